"""The rules of price law, dated and cited, as checks of a tariff. docs/law.md explains how we interpret them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from forecourt.tariffs.matching import Candidate
from forecourt.tariffs.model import Tariff

# Countries in which some regions have their own price law; the region of a site decides which applies.
COUNTRIES_WITH_REGIONAL_LAW = frozenset({"US"})
_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU = frozenset(_MEMBERS.split())
# Time that costs only after this long is a fee for staying on, and not a price of charging. No statute has the number.
_OCCUPANCY_S = 600
# Points installed since then have duties of payment from the start: Regulation (EU) 2023/1804; SI 2023/1168.
_AFIR_FROM, _GB_FROM = date(2024, 4, 13), date(2024, 11, 24)
# Energy billed in larger blocks is a fee for a block, and not a price per kWh.
_KWH_STEP = 1000


class Channel(StrEnum):
    """How the driver pays: without a contract, by a contract with us, or by one with a roaming partner."""

    ADHOC = "adhoc"
    CONTRACT = "contract"
    ROAMING = "roaming"


class Payment(StrEnum):
    """How a charging point takes money from a driver without a contract."""

    CARD_READER = "card-reader"
    CONTACTLESS = "contactless"
    QR_CODE = "qr-code"


@dataclass(frozen=True, slots=True)
class ChargingPoint:
    """What is known of a charging point. payment: its means of payment, all of them only if `complete`. deployed: the day it was installed;
    on_ten_t: whether it lies on the TEN-T road network; None = not known."""

    payment: frozenset[Payment]
    deployed: date | None
    on_ten_t: bool | None = False
    complete: bool = True


UNKNOWN_POINT = ChargingPoint(frozenset(), None, None, complete=False)


@dataclass(frozen=True, slots=True)
class Sale:
    """A tariff as sold somewhere: country (ISO 3166) or a part of it (US-CA, DE-BE), power of the EVSE, channel, day, and the point where
    it is known."""

    tariff: Tariff
    country: str
    power_kw: Decimal
    channel: Channel
    on: date
    point: ChargingPoint = UNKNOWN_POINT

    @property
    def nation(self) -> str:
        """The country without its part."""
        return self.country.split("-")[0]


# What is wrong, and what to change.
Violation = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Rule:
    """applies: whether the rule binds a sale. fault: what is wrong (and the remedy), or None. missing: which fact must be known to judge it
    (and where to state it), or None. good: the text if it is satisfied."""

    name: str
    citation: str
    in_force: date
    scope: str
    applies: Callable[[Sale], bool]
    fault: Callable[[Sale], Violation | None]
    good: str
    missing: Callable[[Sale], Violation | None] = lambda _: None


def _costly(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates with a price above zero."""
    return [candidate for candidate in candidates if candidate.component.price > 0]


def _is_free(tariff: Tariff) -> bool:
    plan = tariff.plan.session
    return not _costly((*plan.energy, *plan.time, *plan.parking, *plan.flat)) and not _least(tariff)


def _least(tariff: Tariff) -> Decimal:
    limit = tariff.min_price
    return Decimal(0) if limit is None else max(limit.before_taxes or Decimal(0), limit.after_taxes or Decimal(0))


def _needs_kwh(sale: Sale) -> Violation | None:
    energy = _costly(sale.tariff.plan.session.energy)
    if not energy and not _is_free(sale.tariff):
        return "The tariff has no price per kWh.", "Add an ENERGY price; time may only be charged in addition."
    if any(candidate.component.step_size > _KWH_STEP for candidate in energy):
        return "Energy is billed in blocks of more than one kWh.", "Set the step_size of ENERGY to 1000 or less."
    return None


def _afir_fast(sale: Sale) -> Violation | None:
    plan = sale.tariff.plan.session
    if (fault := _needs_kwh(sale)) is not None:
        return fault
    if _costly(plan.flat):
        return "A fee per session is not allowed at 50 kW and above.", "Remove the FLAT price; include it in the price per kWh."
    if _least(sale.tariff):
        return "A minimum price is in effect a fee per session.", "Remove min_price."
    if any((candidate.restrictions.min_seconds or 0) < _OCCUPANCY_S for candidate in _costly(plan.time)):
        return (
            "Charging time costs money from the first minutes, so it is not an occupancy fee.",
            "Price PARKING_TIME, or let TIME begin after a min_duration of at least 600 s.",
        )
    if any(candidate.component.step_size > 60 for candidate in _costly((*plan.time, *plan.parking))):
        return "The occupancy fee is billed in blocks longer than a minute.", "Set its step_size to 60 or less."
    return None


def _no_fault(_: Sale) -> Violation | None:
    return None


def _quarter_hours(sale: Sale) -> Violation | None:
    for candidate in _costly(sale.tariff.plan.session.energy):
        for minute in (candidate.restrictions.start_minute, candidate.restrictions.end_minute):
            if minute is not None and minute % 15:
                text = f"The energy price changes at {minute // 60:02d}:{minute % 60:02d}, inside a quarter-hour measuring period."
                return text, "Let prices change at :00, :15, :30 or :45."
    return None


def _state_unstated(sale: Sale, fast: bool) -> Violation | None:
    if sale.country != "US" or (sale.power_kw >= 50) is not fast:
        return None
    return "It binds California, and which state the site lies in is not stated.", "State the region of the site, such as US-CA."


def _in_california(sale: Sale, fast: bool) -> bool:
    return sale.country == "US-CA" and (sale.power_kw >= 50) is fast


def _adhoc_in_eu(sale: Sale) -> bool:
    return sale.nation in EU and sale.channel is Channel.ADHOC


def _new_in_eu(sale: Sale) -> bool:
    return _adhoc_in_eu(sale) and not _before(sale, _AFIR_FROM)


def _older_on_ten_t(sale: Sale) -> bool:
    older = sale.point.deployed is None or sale.point.deployed < _AFIR_FROM
    return _adhoc_in_eu(sale) and sale.power_kw >= 50 and sale.point.on_ten_t is not False and older


def _takes_contactless_in_gb(sale: Sale) -> bool:
    if sale.nation != "GB":
        return False
    return sale.power_kw >= 50 or (sale.power_kw >= 8 and not _before(sale, _GB_FROM))


def _before(sale: Sale, day: date) -> bool:
    """Whether the point is known to have been installed before that day."""
    return sale.point.deployed is not None and sale.point.deployed < day


def _takes_cards(sale: Sale) -> Violation | None:
    allowed = {Payment.CARD_READER, Payment.CONTACTLESS} | ({Payment.QR_CODE} if sale.power_kw < 50 else set())
    if sale.point.payment & allowed:
        return None
    return "A driver without a contract cannot pay by card at this point.", f"Offer one of {', '.join(sorted(allowed))}."


def _takes_contactless(sale: Sale) -> Violation | None:
    if Payment.CONTACTLESS in sale.point.payment:
        return None
    return "A driver cannot pay contactless at this point.", "Offer contactless payment."


def _unknown_in_eu(sale: Sale) -> Violation | None:
    return _unknown(sale, _takes_cards(sale), dated=True) if _new_in_eu(sale) else None


def _unknown_on_ten_t(sale: Sale) -> Violation | None:
    return _unknown(sale, _takes_cards(sale), dated=True, placed=True) if _older_on_ten_t(sale) else None


def _unknown_in_gb(sale: Sale) -> Violation | None:
    return _unknown(sale, _takes_contactless(sale), dated=sale.power_kw < 50) if _takes_contactless_in_gb(sale) else None


def _unknown(sale: Sale, fault: Violation | None, dated: bool, placed: bool = False) -> Violation | None:
    """Which facts must be known before missing means of payment count as a violation. dated, placed: the rule depends on when the point
    was installed, and on whether it lies on the TEN-T road network."""
    point = sale.point
    lacking = (
        (not point.complete, "all its means of payment"),
        (dated and point.deployed is None, "the day it was installed"),
        (placed and point.on_ten_t is None, "whether it is on the TEN-T road network"),
    )
    texts = ", ".join(text for lacks, text in lacking if lacks)
    if fault is None or not texts:
        return None
    return f"Of the charging point it is not known: {texts}.", f"Check it. {fault[1]}"


_AFIR_PAY = "Regulation (EU) 2023/1804, Article 5(1)"
_AFIR = "Regulation (EU) 2023/1804, Article 5(4)"
_CTEP = "California Code of Regulations, Title 4, section 4002.11 (CTEP)"

RULES = (
    Rule(
        "eu-afir-payment",
        _AFIR_PAY,
        _AFIR_FROM,
        "ad hoc charging in the EU at points installed since 2024-04-13",
        _new_in_eu,
        _takes_cards,
        "A driver without a contract can pay by card, below 50 kW also by QR code.",
        _unknown_in_eu,
    ),
    Rule(
        "eu-afir-payment-ten-t",
        _AFIR_PAY,
        date(2027, 1, 1),
        "ad hoc charging in the EU at 50 kW and above, at older points on the TEN-T road network",
        _older_on_ten_t,
        _takes_cards,
        "A driver without a contract can pay by card.",
        _unknown_on_ten_t,
    ),
    Rule(
        "eu-afir-50kw",
        _AFIR,
        date(2024, 4, 13),
        "ad hoc charging at 50 kW and above in the EU",
        lambda sale: _adhoc_in_eu(sale) and sale.power_kw >= 50,
        _afir_fast,
        "The price is per kWh, with no more than an occupancy fee per minute in addition.",
    ),
    Rule(
        "eu-afir-below-50kw",
        _AFIR,
        date(2024, 4, 13),
        "ad hoc charging below 50 kW in the EU",
        lambda sale: _adhoc_in_eu(sale) and sale.power_kw < 50,
        _no_fault,
        "All components are shown before the start in the order kWh, minute, session, other.",
    ),
    Rule(
        "de-pangv-14",
        "Preisangabenverordnung § 14(2) to (4)",
        date(2022, 5, 28),
        "ad hoc charging in Germany",
        lambda sale: sale.nation == "DE" and sale.channel is Channel.ADHOC,
        _needs_kwh,
        "There is a price for 1 kWh, and all other components are shown next to it.",
    ),
    Rule(
        "de-eichrecht",
        "Mess- und Eichgesetz § 33; PTB-A 50.7",
        date(2015, 1, 1),
        "charging in Germany",
        lambda sale: sale.nation == "DE",
        _quarter_hours,
        "Energy prices change only at quarter hours; only signed meter values may be billed.",
    ),
    Rule(
        "gb-price-per-kwh",
        "Public Charge Point Regulations 2023 (SI 2023/1168), regulation 11",
        date(2023, 11, 24),
        "public charging in the United Kingdom",
        lambda sale: sale.nation == "GB",
        _needs_kwh,
        "The price can be shown in pence per kWh.",
    ),
    Rule(
        "gb-contactless",
        "Public Charge Point Regulations 2023 (SI 2023/1168), regulation 5",
        _GB_FROM,
        "UK points of 8 kW and above installed since 2024-11-24, and all of 50 kW and above",
        _takes_contactless_in_gb,
        _takes_contactless,
        "A driver can pay contactless, without a contract.",
        _unknown_in_gb,
    ),
    Rule(
        "us-ca-ctep-ac",
        _CTEP,
        date(2021, 1, 1),
        "charging below 50 kW in California",
        lambda sale: _in_california(sale, fast=False),
        _needs_kwh,
        "Energy is sold by the kWh; other fees only in addition.",
        lambda sale: _state_unstated(sale, fast=False),
    ),
    Rule(
        "us-ca-ctep-dc",
        _CTEP,
        date(2023, 1, 1),
        "charging at 50 kW and above in California",
        lambda sale: _in_california(sale, fast=True),
        _needs_kwh,
        "Energy is sold by the kWh; other fees only in addition.",
        lambda sale: _state_unstated(sale, fast=True),
    ),
    Rule(
        "price-fixed-in-session",
        "OCPI 2.3.0 Tariff object, note on start_date_time; national consumer law",
        date(2000, 1, 1),
        "everybody",
        lambda sale: True,
        _no_fault,
        "A running session keeps the version it started with; its rules are shown before the start.",
    ),
)
