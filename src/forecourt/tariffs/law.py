"""Price law as dated, cited rules. Each says what it asks of a tariff; docs/law.md says how we read it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from forecourt.kernel import BadInput
from forecourt.tariffs.model import Tariff
from forecourt.tariffs.terms import Component, Dimension, Element

EU = frozenset(
    {
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    }
)


class Outcome(StrEnum):
    """What a rule says of a tariff."""

    SATISFIED = "satisfied"
    FAILING = "failing"
    NOT_APPLICABLE = "not applicable"
    NOT_YET_IN_FORCE = "not yet in force"


class Channel(StrEnum):
    """How the driver comes: without a contract, with ours, or with somebody else's."""

    ADHOC = "adhoc"
    CONTRACT = "contract"
    ROAMING = "roaming"


@dataclass(frozen=True, slots=True)
class Sale:
    """A tariff as sold somewhere: country (ISO 3166, or US-CA), power of the EVSE, channel, day."""

    tariff: Tariff
    country: str
    power_kw: Decimal
    channel: Channel
    on: date


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's word on one tariff. remedy: what to change where it fails."""

    rule: str
    outcome: Outcome
    citation: str
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """applies: whom the rule binds. fault: what is wrong with the tariff (and the remedy), None where nothing is."""

    name: str
    citation: str
    in_force: date
    scope: str
    applies: Callable[[Sale], bool]
    fault: Callable[[Sale], tuple[str, str] | None]
    good: str


def check_tariff(tariff: Tariff, country: str, power_kw: Decimal | int, channel: Channel, on: date) -> tuple[Finding, ...]:
    """Every rule's finding for a tariff sold in a country, at an EVSE of that power, through a channel, on a day."""
    if len(country.split("-")[0]) != 2 or not country.isupper():
        raise BadInput("country", f"{country!r} is not a country.", "Use ISO 3166: DE, GB, US-CA.")
    sale = Sale(tariff, country, Decimal(power_kw), channel, on)
    return tuple(_finding(rule, sale) for rule in RULES)


def check_report(tariff: Tariff, country: str, power_kw: Decimal, channel: str, on: date) -> dict[str, Any]:
    """`check_tariff` as JSON values."""
    if channel not in list(Channel):
        raise BadInput("channel", f"{channel!r} is not a channel.", f"Use one of {', '.join(Channel)}.")
    findings = check_tariff(tariff, country.upper(), power_kw, Channel(channel), on)
    return {
        "lawful": all(finding.outcome is not Outcome.FAILING for finding in findings),
        "findings": [
            {"rule": f.rule, "outcome": f.outcome.value, "source": f.citation, "text": f.text, "remedy": f.remedy} for f in findings
        ],
    }


def _finding(rule: Rule, sale: Sale) -> Finding:
    if not rule.applies(sale):
        return Finding(rule.name, Outcome.NOT_APPLICABLE, rule.citation, f"Binds {rule.scope}.")
    if sale.on < rule.in_force:
        return Finding(rule.name, Outcome.NOT_YET_IN_FORCE, rule.citation, f"In force from {rule.in_force.isoformat()}.")
    fault = rule.fault(sale)
    if fault is None:
        return Finding(rule.name, Outcome.SATISFIED, rule.citation, rule.good)
    return Finding(rule.name, Outcome.FAILING, rule.citation, fault[0], fault[1])


def _session_elements(tariff: Tariff) -> list[Element]:
    return [element for element in tariff.elements if element.restrictions.reservation is None]


def _priced(tariff: Tariff, *dimensions: Dimension) -> list[tuple[Element, Component]]:
    """Components of a charging session that cost something."""
    return [(e, c) for e in _session_elements(tariff) for c in e.components if c.dimension in dimensions and c.price > 0]


def _is_free(tariff: Tariff) -> bool:
    return not _priced(tariff, *Dimension) and not _least(tariff)


def _least(tariff: Tariff) -> Decimal:
    limit = tariff.min_price
    return Decimal(0) if limit is None else max(limit.before_taxes or Decimal(0), limit.after_taxes or Decimal(0))


def _needs_kwh(sale: Sale) -> tuple[str, str] | None:
    if _is_free(sale.tariff) or _priced(sale.tariff, Dimension.ENERGY):
        return None
    return "The tariff has no price per kWh.", "Add an ENERGY price; time may only come beside it."


def _afir_fast(sale: Sale) -> tuple[str, str] | None:
    tariff = sale.tariff
    if _is_free(tariff):
        return None
    if (fault := _needs_kwh(sale)) is not None:
        return fault
    if _priced(tariff, Dimension.FLAT):
        return "A fee per session is not allowed at 50 kW and above.", "Take the FLAT price out; put it into the price per kWh."
    if _least(tariff):
        return "A minimum price is a fee per session in effect.", "Take min_price out."
    if any(element.restrictions.min_seconds is None for element, _ in _priced(tariff, Dimension.TIME)):
        return (
            "Charging time costs from the first minute, so it is no occupancy fee.",
            "Price PARKING_TIME, or let TIME begin after a min_duration.",
        )
    if any(component.step_size > 60 for _, component in _priced(tariff, Dimension.TIME, Dimension.PARKING_TIME)):
        return "The occupancy fee is billed in blocks longer than a minute.", "Set its step_size to 60 or less."
    return None


def _no_fault(_: Sale) -> tuple[str, str] | None:
    return None


def _quarter_hours(sale: Sale) -> tuple[str, str] | None:
    for element, _ in _priced(sale.tariff, Dimension.ENERGY):
        for minute in (element.restrictions.start_minute, element.restrictions.end_minute):
            if minute is not None and minute % 15:
                text = f"The energy price changes at {minute // 60:02d}:{minute % 60:02d}, inside a quarter-hour measuring period."
                return text, "Let prices change at :00, :15, :30 or :45."
    return None


def _in_california(sale: Sale, fast: bool) -> bool:
    return sale.country == "US-CA" and (sale.power_kw >= 50) is fast


_AFIR = "Regulation (EU) 2023/1804, Article 5(4)"
_CTEP = "California Code of Regulations, Title 4, section 4002.11 (CTEP)"

RULES = (
    Rule(
        "eu-afir-50kw",
        _AFIR,
        date(2024, 4, 13),
        "ad hoc charging at 50 kW and above in the EU",
        lambda sale: sale.country in EU and sale.channel is Channel.ADHOC and sale.power_kw >= 50,
        _afir_fast,
        "The price is per kWh, with no more than an occupancy fee per minute beside it.",
    ),
    Rule(
        "eu-afir-below-50kw",
        _AFIR,
        date(2024, 4, 13),
        "ad hoc charging below 50 kW in the EU",
        lambda sale: sale.country in EU and sale.channel is Channel.ADHOC and sale.power_kw < 50,
        _no_fault,
        "All components are shown before the start in the order kWh, minute, session, other.",
    ),
    Rule(
        "de-pangv-14",
        "Preisangabenverordnung § 14(2) to (4)",
        date(2022, 5, 28),
        "ad hoc charging in Germany",
        lambda sale: sale.country == "DE" and sale.channel is Channel.ADHOC,
        _needs_kwh,
        "There is a price for 1 kWh, and all other components stand beside it.",
    ),
    Rule(
        "de-eichrecht",
        "Mess- und Eichgesetz § 33; PTB-A 50.7",
        date(2015, 1, 1),
        "charging in Germany",
        lambda sale: sale.country == "DE",
        _quarter_hours,
        "Energy prices change at quarter hours only; bill signed meter values alone.",
    ),
    Rule(
        "gb-price-per-kwh",
        "Public Charge Point Regulations 2023 (SI 2023/1168), regulation 11",
        date(2023, 11, 24),
        "public charging in the United Kingdom",
        lambda sale: sale.country == "GB",
        _needs_kwh,
        "The price can be shown in pence per kWh.",
    ),
    Rule(
        "us-ca-ctep-ac",
        _CTEP,
        date(2021, 1, 1),
        "charging below 50 kW in California",
        lambda sale: _in_california(sale, fast=False),
        _needs_kwh,
        "Energy is sold by the kWh; other fees only beside it.",
    ),
    Rule(
        "us-ca-ctep-dc",
        _CTEP,
        date(2023, 1, 1),
        "charging at 50 kW and above in California",
        lambda sale: _in_california(sale, fast=True),
        _needs_kwh,
        "Energy is sold by the kWh; other fees only beside it.",
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
