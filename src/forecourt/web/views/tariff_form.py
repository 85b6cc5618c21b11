"""A tariff as a plain form: one line for each price, in the order they are tried; and back to OCPI."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from forecourt.billing import standard_vat
from forecourt.kernel import BadInput, parse_day
from forecourt.tariffs import (
    Component,
    Dimension,
    HolidayRule,
    Holidays,
    PriceLimit,
    ReservationKind,
    Restrictions,
    Tariff,
    days_text,
    number_text,
)

DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
MAX_LINES = 24
HOLIDAYS = (("", "like other days"), ("as_sunday", "like Sundays"), ("only", "only on holidays"), ("never", "not on holidays"))


@dataclass(frozen=True, slots=True)
class LineKind:
    """A kind of price in the form. per_minute: its price is; OCPI's is per hour."""

    key: str
    words: str
    dimension: Dimension
    reservation: ReservationKind | None = None
    per_minute: bool = False


KINDS = (
    LineKind("energy", "Energy, per kWh", Dimension.ENERGY),
    LineKind("time-minute", "Charging time, per minute", Dimension.TIME, per_minute=True),
    LineKind("time-hour", "Charging time, per hour", Dimension.TIME),
    LineKind("idle-minute", "Parked after charging, per minute", Dimension.PARKING_TIME, per_minute=True),
    LineKind("idle-hour", "Parked after charging, per hour", Dimension.PARKING_TIME),
    LineKind("start", "Start, once", Dimension.FLAT),
    LineKind("reserved", "Booking, once", Dimension.FLAT, ReservationKind.RESERVATION),
    LineKind("reserved-hour", "Bay kept free, per hour", Dimension.TIME, ReservationKind.RESERVATION),
    LineKind("no-show", "No-show, once", Dimension.FLAT, ReservationKind.RESERVATION_EXPIRES),
    LineKind("no-show-hour", "No-show, per hour kept free", Dimension.TIME, ReservationKind.RESERVATION_EXPIRES),
)
_BY_KEY = {kind.key: kind for kind in KINDS}


_NEW = (("energy", "0.49"), ("idle-minute", ""), ("no-show", ""))


@dataclass(frozen=True, slots=True)
class FormLine:
    """The texts of one line. days: numbers of the days it applies on, 0 is Monday; none: every day. holidays: a HolidayRule or none."""

    kind: str = "energy"
    price: str = ""
    vat: str = ""
    step: str = ""
    start: str = ""
    end: str = ""
    after: str = ""
    holidays: str = ""
    days: frozenset[int] = frozenset()

    @property
    def blank(self) -> bool:
        return not self.price.strip()

    @property
    def what(self) -> str:
        """The kind of price, as people call it."""
        return _BY_KEY[self.kind].words if self.kind in _BY_KEY else self.kind

    @property
    def when(self) -> str:
        """When it applies, in one line; empty: always."""
        hours = f"{self.start or '00:00'} to {self.end or '24:00'}" if self.start or self.end else ""
        days = days_text(self.days) if self.days and len(self.days) < len(DAYS) else ""
        after = f"after {self.after} min" if self.after else ""
        holidays = dict(HOLIDAYS).get(self.holidays, "") if self.holidays else ""
        return ", ".join(filter(None, (hours, days, after, f"holidays: {holidays}" if holidays else "")))


@dataclass(frozen=True, slots=True)
class TariffForm:
    """The form's content as text; `source` gives its meaning, or the field that is wrong.

    region: whose public holidays apply; closed: the operator's own days, which count as holidays.
    """

    id: str = ""
    currency: str = ""
    tax_included: str = "NO"
    least: str = ""
    most: str = ""
    hold: str = ""
    text: str = ""
    region: str = ""
    closed: str = ""
    lines: tuple[FormLine, ...] = field(default_factory=lambda: (FormLine(),))
    raw: str = ""

    def source(self) -> Mapping[str, Any] | str:
        """The OCPI tariff: the raw JSON where there is any, else the lines. Raises BadInput whose code is the field's name."""
        if self.raw.strip():
            return self.raw
        if not 1 <= len(self.id) <= 36 or not self.id.isprintable():
            raise BadInput("id", "The tariff needs a short name.", "1 to 36 characters.")
        elements = [_element(line, index) for index, line in enumerate(self.lines) if not line.blank]
        if not elements:
            raise BadInput("price-0", "Enter at least one price.", "A free tariff has one line with a price of 0.")
        document: dict[str, Any] = {"id": self.id, "currency": self.currency, "tax_included": self.tax_included, "elements": elements}
        for name, ocpi, text in (("least", "min_price", self.least), ("most", "max_price", self.most)):
            if text.strip():
                document[ocpi] = {"after_taxes": number(text, name)}
        if self.hold.strip():
            document["preauthorize_amount"] = number(self.hold, "hold")
        if self.text.strip():
            document["tariff_alt_text"] = [{"language": "en", "text": self.text.strip()}]
        if any(line.holidays for line in self.lines if not line.blank):
            document["holidays"] = self._holidays()
        return document

    def _holidays(self) -> dict[str, Any]:
        closed = [_day(text) for text in self.closed.replace(",", " ").split()]
        if not self.region and not closed:
            raise BadInput("region", "A price depends on holidays: which days are they?", "Choose a place, or enter your own holidays.")
        return {name: value for name, value in (("region", self.region), ("closed", closed)) if value}

    def with_lines(self, count: int) -> "TariffForm":
        """With that many empty lines at the end, at the tax rate that all others share."""
        filled = tuple(line for line in self.lines if not line.blank)
        rates = {line.vat for line in filled}
        empty = FormLine(vat=rates.pop() if len(rates) == 1 else "")
        lines = (*filled, *[empty] * count)[:MAX_LINES]
        return replace(self, lines=lines)

    def require_tax(self) -> None:
        """Raises BadInput, whose code is the field's name, if a price has no tax rate although another price of the tariff has one: it
        would be billed untaxed without anybody having decided that."""
        priced = [(index, line) for index, line in enumerate(self.lines) if not line.blank and number(line.price, f"price-{index}")]
        if self.raw.strip() or self.tax_included == "N/A" or not any(line.vat for _, line in priced):
            return
        for index, line in priced:
            if not line.vat:
                raise BadInput(f"vat-{index}", "The tax rate is missing.", "Enter 0 if no tax is due on this price.")


def new_form(country: str, currency: str, region: str = "") -> TariffForm:
    """The most usual tariff, at the country's standard rate; empty if no single rate applies, as in the United States."""
    rate = standard_rate(country)
    return TariffForm(currency=currency, region=region, lines=tuple(FormLine(kind, price, rate) for kind, price in _NEW))


def standard_rate(country: str) -> str:
    """Percent of VAT as written in a form."""
    rate = standard_vat(country)
    return "" if rate is None else str(rate)


def read_form(fields: Mapping[str, str]) -> TariffForm:
    """The form as sent, without any check."""
    count = sum(1 for index in range(MAX_LINES) if f"kind-{index}" in fields)
    lines = tuple(_line(fields, index) for index in range(count))
    names = ("id", "currency", "tax_included", "least", "most", "hold", "text", "region", "closed")
    texts = {name: fields.get(name, "").strip() for name in names}
    raw = fields.get("raw", "") if fields.get("mode") == "json" else ""
    return TariffForm(**texts, lines=lines or (FormLine(),), raw=raw)


def tariff_to_form(tariff: Tariff) -> TariffForm | None:
    """A tariff as form; None if it has what the form lacks (power, energy, dates, bookings): then it is edited as JSON."""
    lines = [_line_of(component, element.restrictions) for element in tariff.elements for component in element.components]
    texts = dict(tariff.alt_text)
    limits = [_limit_of(limit) for limit in (tariff.min_price, tariff.max_price)]
    if None in lines or None in limits or set(texts) - {"en"} or tariff.kind or tariff.valid_from or tariff.valid_to:
        return None
    holidays = tariff.holidays or Holidays()
    if holidays.public and not holidays.region:
        return None
    least, most = (limit or "" for limit in limits)
    hold = "" if tariff.preauthorise is None else number_text(tariff.preauthorise)
    plain_lines = tuple(line for line in lines if line is not None)
    form = TariffForm(tariff.id, tariff.currency, tariff.tax_included, least, most, hold, texts.get("en", ""), lines=plain_lines)
    return replace(form, region=holidays.region, closed=", ".join(day.isoformat() for day in holidays.own))


def number(text: str, name: str) -> Decimal:
    """A number as people write it, with a point or a comma."""
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation as error:
        raise BadInput(name, f"{text[:20]!r} is not a number.", "Enter it as 0.49.") from error
    if not value.is_finite():
        raise BadInput(name, f"{text[:20]!r} is not a number.", "Enter it as 0.49.")
    return value


def _line(fields: Mapping[str, str], index: int) -> FormLine:
    names = ("kind", "price", "vat", "step", "start", "end", "after", "holidays")
    texts = {name: fields.get(f"{name}-{index}", "").strip() for name in names}
    return FormLine(**texts, days=frozenset(day for day in range(7) if fields.get(f"day-{index}-{day}")))


def _element(line: FormLine, index: int) -> dict[str, Any]:
    kind = _BY_KEY.get(line.kind)
    if kind is None:
        raise BadInput(f"kind-{index}", "That type of price is unknown.", "Choose one from the list.")
    price = number(line.price, f"price-{index}") * (60 if kind.per_minute else 1)
    component: dict[str, Any] = {"type": kind.dimension.value, "price": price, "step_size": _whole(line.step, f"step-{index}") or 1}
    if line.vat:
        component["vat"] = number(line.vat, f"vat-{index}")
    restrictions: dict[str, Any] = {}
    if line.start:
        restrictions["start_time"] = line.start
    if line.end:
        restrictions["end_time"] = line.end
    if line.days and len(line.days) < 7:
        restrictions["day_of_week"] = [DAYS[day] for day in sorted(line.days)]
    if line.holidays:
        restrictions["holidays"] = _holiday_rule(line, index)
    if after := _whole(line.after, f"after-{index}"):
        restrictions["min_duration"] = after * 60
    if kind.reservation is not None:
        restrictions["reservation"] = kind.reservation.value
    return {"price_components": [component]} | ({"restrictions": restrictions} if restrictions else {})


def _holiday_rule(line: FormLine, index: int) -> str:
    if line.holidays not in [rule.value for rule in HolidayRule]:
        raise BadInput(f"holidays-{index}", "That rule for holidays is unknown.", "Choose one from the list.")
    if line.holidays == HolidayRule.AS_SUNDAY and not 0 < len(line.days) < 7:
        raise BadInput(f"holidays-{index}", "This price already applies every day, including Sundays.", "Choose its days of the week.")
    return line.holidays


def _day(text: str) -> str:
    return parse_day(text, "closed").isoformat()


def _whole(text: str, name: str) -> int:
    if not text:
        return 0
    if not text.isascii() or not text.isdecimal() or len(text) > 8:
        raise BadInput(name, f"{text[:20]!r} is not a whole number.", "Leave it empty, or enter 1, 60, ….")
    return int(text)


def _line_of(component: Component, restrictions: Restrictions) -> FormLine | None:
    if not _is_plain(restrictions):
        return None
    per_minute, exact = component.price / 60, (component.price / 60).quantize(Decimal("0.0001"))
    is_per_minute = exact * 60 == component.price
    kinds = [one for one in KINDS if (one.dimension, one.reservation) == (component.dimension, restrictions.reservation)]
    kind = next((one for one in kinds if one.per_minute is is_per_minute), kinds[0] if len(kinds) == 1 else None)
    if kind is None:
        return None
    price = number_text(per_minute if kind.per_minute else component.price, 2)
    vat = "" if component.vat_percent is None else number_text(component.vat_percent)
    step = str(component.step_size) if component.step_size > 1 else ""
    start, end = _clock(restrictions.start_minute), _clock(restrictions.end_minute)
    after = str((restrictions.min_seconds or 0) // 60 or "")
    return FormLine(kind.key, price, vat, step, start, end, after, restrictions.holidays or "", restrictions.days or frozenset())


def _is_plain(restrictions: Restrictions) -> bool:
    """Whether the form has a field for every restriction."""
    known = Restrictions(
        start_minute=restrictions.start_minute,
        end_minute=restrictions.end_minute,
        min_seconds=restrictions.min_seconds,
        days=restrictions.days,
        holidays=restrictions.holidays,
        reservation=restrictions.reservation,
    )
    return restrictions == known and (restrictions.min_seconds or 0) % 60 == 0


def _clock(minute: int | None) -> str:
    return "" if minute is None else f"{minute % 1440 // 60:02d}:{minute % 60:02d}"


def _limit_of(limit: PriceLimit | None) -> str | None:
    if limit is None:
        return ""
    return None if limit.before_taxes is not None or limit.after_taxes is None else number_text(limit.after_taxes, 2)


def local_instant(text: str, zone_name: str, name: str = "valid_from") -> datetime | None:
    """A local date and time of a form (2026-06-01T06:00) as an instant; None if empty. Raises BadInput for a time the clocks skip."""
    if not text.strip():
        return None
    try:
        local = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise BadInput(name, f"{text[:20]!r} is not a date and time.", "Enter it as 2026-06-01T06:00.") from error
    if local.tzinfo is not None or not 2000 <= local.year <= 2100:
        raise BadInput(name, f"{text[:20]!r} is not a local date and time.", "Enter it as 2026-06-01T06:00.")
    zone = ZoneInfo(zone_name)
    # Of an hour that occurs twice in autumn, the first is meant.
    at = local.replace(tzinfo=zone).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) != local:
        raise BadInput(name, f"The clocks skip {local:%H:%M} on that day.", "Choose a time before or after the change.")
    return at
