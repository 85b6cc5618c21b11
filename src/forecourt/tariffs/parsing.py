"""OCPI tariff JSON (2.2.1 and 2.3.0) to a Tariff, strictly: every refusal says where the fault is, what it is and how to fix it."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from forecourt.kernel import BadInput
from forecourt.tariffs.json_reader import Reader
from forecourt.tariffs.model import Tariff
from forecourt.tariffs.terms import (
    Component,
    Dimension,
    Element,
    HolidayRule,
    Holidays,
    PriceLimit,
    ReservationKind,
    Restrictions,
    TaxIncluded,
)
from forecourt.tariffs.texts import number_text

_DAYS = {name: index for index, name in enumerate(("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"))}
_RESERVATION_DIMENSIONS = (Dimension.FLAT, Dimension.TIME)
_BOUNDED = ("time", "date", "kwh", "current", "power", "duration")
# The names of all restrictions there are: those of OCPI, and holidays.
RESTRICTIONS = frozenset({"day_of_week", "holidays", "reservation", "booking"}).union(
    *({f"start_{of}", f"end_{of}"} if of in ("time", "date") else {f"min_{of}", f"max_{of}"} for of in _BOUNDED)
)


def parse_tariff(source: Mapping[str, Any] | str) -> Tariff:
    """Read an OCPI tariff, as JSON text or a decoded object (numbers best as Decimal; floats are read by their printed digits).

    Raises BadInput with code, place and remedy.
    """
    return read_tariff(Reader.of(source, "tariff"))


def read_tariff(root: Reader) -> Tariff:
    """As `parse_tariff`, for a tariff that stands inside another document."""
    currency = root.text("currency")
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():
        raise BadInput("tariff_currency", f"{root.place}.currency: {currency[:40]!r} is not a currency code.", "Use ISO 4217, such as EUR.")
    elements = tuple(_element(each) for each in root.objects("elements"))
    if not elements:
        raise BadInput("tariff_empty", f"{root.place}.elements: there are none.", "A free tariff has one element with a FLAT price of 0.")
    holidays = _holidays(root)
    if holidays is None and any(each.restrictions.holidays for each in elements):
        text = f"{root.place}.elements: a price goes by holidays, and the tariff does not say which days these are."
        raise BadInput("tariff_holidays", text, 'Give it "holidays": {"region": "DE-BE"}, or days of your own: {"closed": ["2026-12-24"]}.')
    return Tariff(
        id=root.text("id"),
        currency=currency,
        elements=elements,
        tax_included=TaxIncluded(root.choice("tax_included", [kind.value for kind in TaxIncluded], "NO")),
        min_price=_limit(root, "min_price"),
        max_price=_limit(root, "max_price"),
        preauthorise=root.number("preauthorize_amount", least=Decimal(0)),
        valid_from=root.instant("start_date_time"),
        valid_to=root.instant("end_date_time"),
        kind=root.text_or_none("type"),
        alt_text=tuple((each.text("language"), each.text("text")) for each in root.objects("tariff_alt_text")),
        holidays=holidays,
    )


def canonical_source(source: Mapping[str, Any] | str) -> str:
    """The tariff's JSON with keys in order and without blanks: what is hashed and kept."""
    try:
        return _encoded(Reader.of(source, "tariff").value)
    except (ValueError, TypeError, RecursionError) as error:
        raise BadInput("json", f"tariff: this cannot be written as JSON ({str(error)[:80]}).", "Give plain JSON values.") from error


def _encoded(value: object) -> str:
    """JSON whose numbers keep their digits, whatever type they were decoded to: 0.25 is 0.25, 1.0 is 1."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(name)}:{_encoded(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_encoded, value)) + "]"
    if isinstance(value, Decimal | float):
        return number_text(Decimal(str(value)))
    return json.dumps(value, ensure_ascii=False)


def _element(at: Reader) -> Element:
    restrictions = at.object("restrictions")
    limits = Restrictions() if restrictions is None else _restrictions(restrictions)
    components = tuple(_component(each) for each in at.objects("price_components"))
    if not components:
        raise BadInput("tariff_components", f"{at.place}.price_components: there are none.", "Give at least one price.")
    for component in components:
        if limits.reservation is not None and component.dimension not in _RESERVATION_DIMENSIONS:
            raise BadInput(
                "tariff_reservation",
                f"{at.place}: {component.dimension} cannot be priced under {limits.reservation}.",
                "Reservations and bookings have FLAT and TIME prices only.",
            )
    return Element(components, limits)


def _component(at: Reader) -> Component:
    step = at.integer("step_size", most=100_000_000)
    return Component(
        dimension=Dimension(at.choice("type", [kind.value for kind in Dimension])),
        price=at.required_number("price", least=Decimal(-1_000_000), most=Decimal(1_000_000)),
        vat_percent=at.number("vat", least=Decimal(0), most=Decimal(100)),
        step_size=1 if step is None else step,
    )


def _limit(root: Reader, name: str) -> PriceLimit | None:
    """2.3.0 before_taxes/after_taxes, 2.2.1 excl_vat/incl_vat, or a bare number (2.1.1: before tax)."""
    if isinstance(root.value.get(name), int | float | Decimal):
        return PriceLimit(root.number(name, least=Decimal(0)))
    at = root.object(name)
    if at is None:
        return None
    before = at.number("before_taxes", least=Decimal(0))
    after = at.number("after_taxes", least=Decimal(0))
    before = at.number("excl_vat", least=Decimal(0)) if before is None else before
    after = at.number("incl_vat", least=Decimal(0)) if after is None else after
    if before is None and after is None:
        raise BadInput("tariff_limit", f"{at.place}: neither before_taxes nor after_taxes.", "Give at least one amount.")
    return PriceLimit(before, after)


def _restrictions(at: Reader) -> Restrictions:
    end = at.minute("end_time")
    return Restrictions(
        start_minute=at.minute("start_time"),
        end_minute=1440 if end == 0 else end,
        start_date=_date(at, "start_date"),
        end_date=_date(at, "end_date"),
        min_wh=at.thousands("min_kwh"),
        max_wh=at.thousands("max_kwh"),
        min_ma=at.thousands("min_current"),
        max_ma=at.thousands("max_current"),
        min_w=at.thousands("min_power"),
        max_w=at.thousands("max_power"),
        min_seconds=at.integer("min_duration", most=10**9),
        max_seconds=at.integer("max_duration", most=10**9),
        days=_days(at),
        holidays=_holiday_rule(at),
        reservation=_reservation(at),
    )


def _days(at: Reader) -> frozenset[int] | None:
    names = at.texts("day_of_week")
    if not names:
        return None
    unknown = [name for name in names if name not in _DAYS]
    if unknown:
        raise BadInput("tariff_day", f"{at.place}.day_of_week: {unknown[0]!r} is not a day.", "Use MONDAY to SUNDAY.")
    return frozenset(_DAYS[name] for name in names)


def _holiday_rule(at: Reader) -> HolidayRule | None:
    rule = at.choice("holidays", ["ignore", *(kind.value for kind in HolidayRule)], "ignore")
    if rule == HolidayRule.AS_SUNDAY and not at.texts("day_of_week"):
        text = f"{at.place}.holidays: every day is one of this price, a Sunday too."
        raise BadInput("tariff_holidays", text, "Give day_of_week, or ignore.")
    return None if rule == "ignore" else HolidayRule(rule)


def _holidays(root: Reader) -> Holidays | None:
    """Public holidays are dates by now: a tariff that names their region alone is not ready to price anything."""
    at = root.object("holidays")
    if at is None:
        return None
    region, public = at.text_or_none("region") or "", _dates(at, "days")
    if region and at.value.get("days") is None:
        raise BadInput("tariff_holidays", f"{at.place}.days: there are none.", "Publishing writes those of the region.")
    return Holidays(region, public, _dates(at, "closed"))


def _dates(at: Reader, name: str) -> tuple[date, ...]:
    return tuple(sorted({_day(text, f"{at.place}.{name}[{index}]") for index, text in enumerate(at.texts(name))}))


def _reservation(at: Reader) -> ReservationKind | None:
    """The bookings edition has a property of its own; earlier drafts of it used `reservation` for both."""
    kinds = [kind.value for kind in ReservationKind]
    found = [ReservationKind(at.choice(name, kinds)) for name in ("reservation", "booking") if at.value.get(name) is not None]
    if len(found) > 1:
        text = f"{at.place}: both reservation and booking; one stretch of time cannot be both."
        raise BadInput("tariff_reservation", text, "Make two elements of it.")
    return found[0] if found else None


def _date(at: Reader, name: str) -> date | None:
    text = at.text_or_none(name)
    return None if text is None else _day(text, f"{at.place}.{name}")


def _day(text: str, place: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("tariff_date", f"{place}: {text[:40]!r} is not a date.", "Write it as 2026-11-23.") from error
