"""Texts, numbers, money and times of pages in their reader's language. English pages are written as in the source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from string import Formatter
from typing import Any
from unicodedata import normalize
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton

from forecourt.kernel import COUNTRIES, Money, NearbyDay, Text, kilowatt_hours, minor_digits, round_half_up
from forecourt.notices import LANGUAGES, Notice, one_line
from forecourt.payments import PaymentProgress
from forecourt.tariffs import PriceReason, displayed_number, parse_price_reason, tax_name
from forecourt.wording.catalogues import ENGLISH, translations_of
from forecourt.wording.clocks import wall_clock
from forecourt.wording.languages import Wording
from forecourt.wording.notice_texts import fill_in, notice_values
from forecourt.wording.payment_texts import payment_text

_IN_MILES = frozenset({"GB", "LR", "MM", "US"})
_CHANNELS = {
    "without a contract": Text("without a contract"),
    "with a contract": Text("with a contract"),
    "through roaming": Text("through roaming"),
}
_FIXED = {
    "as quoted with the booking": Text("as quoted with the booking"),
    "as shown before paying": Text("as shown before paying"),
}


@dataclass(frozen=True, slots=True, init=False)
class LocalisedValue:
    """A value that is worded only once the reader's language is known: by the name of a method of Speech, and its arguments."""

    how: str
    what: tuple[Any, ...]

    def __init__(self, how: str, *what: Any) -> None:
        object.__setattr__(self, "how", how)
        object.__setattr__(self, "what", what)

    def __str__(self) -> str:
        return localiser_for(ENGLISH).shown(self)


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """A price per kWh, minute or hour; exact, because it gets multiplied. As plain text its currency is a code, as Money's is, for
    programs."""

    price: Decimal
    currency: str
    unit: str

    def __str__(self) -> str:
        return f"{self.price:f} {self.currency}/{self.unit}"


class Localiser:
    """Its methods are the filters of the templates."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = Wording(language, "UTC")
        self._translations = translations_of(language)

    def localise(self, value: Any) -> Any:
        """A text or value still to be worded, in this language; anything else unchanged."""
        if isinstance(value, Text):
            return self._text(value)
        return self.shown(value) if isinstance(value, LocalisedValue) else value

    def shown(self, value: LocalisedValue) -> str:
        return str(getattr(self, value.how)(*value.what))

    def gettext(self, text: str) -> str:
        return self._translations.gettext(text) if text else ""

    def ngettext(self, one: str, many: str, n: int) -> str:
        return self._translations.ngettext(one, many, n)

    def _text(self, text: Text) -> str:
        if self.language == ENGLISH and not any(isinstance(one, Money | UnitPrice | Text) for one in text.values.values()):
            return str(text)
        count = text.values.get("n")
        found = self.ngettext(text.pattern, text.many, int(str(count))) if text.many else self.gettext(text.pattern)
        return _Filled(self).vformat(found, (), text.values) if text.values else found

    def value(self, value: Any, how: str) -> str:
        """What replaces a placeholder in a text."""
        if isinstance(value, Money):
            return self.money(value)
        if isinstance(value, UnitPrice):
            return self.unit_price(value)
        if isinstance(value, int | Decimal) and not isinstance(value, bool) and not how:
            return self.number(Decimal(value))
        if isinstance(value, NearbyDay) and self.language != ENGLISH:
            return _dated(value, "MMMMEd", self._words.locale)
        if type(value) is date and not how:
            return self.long_day(value)
        return format(self.localise(value), how)

    def number(self, value: Decimal) -> str:
        """With the decimals it has."""
        if self.language == ENGLISH:
            return f"{value:,f}"
        decimals = max(0, -int(value.as_tuple().exponent))
        return self._words.number(value, f"#,##0.{'0' * decimals}" if decimals else "#,##0")

    def percent(self, value: Decimal) -> str:
        """12.50 as 12.5: the number alone, without trailing zeros."""
        return self.number(displayed_number(value))

    def decimals(self, value: float, places: int) -> str:
        """For the axis of a picture."""
        return self.number(Decimal(f"{value:.{places}f}"))

    def country(self, code: str) -> str:
        """The name of a country (ISO 3166-1 alpha-2)."""
        return self._words.country(code)

    def countries(self, chosen: str) -> tuple[tuple[str, str], ...]:
        """Code and name of every country, by name, to choose from; first none at all, if what is chosen is not one of them."""
        known = _countries(self.language)
        return known if chosen in COUNTRIES else (("", "–"), *known)

    def money(self, amount: Money) -> str:
        """12.50 USD as $12.50; never rounded, Money has no more digits than the currency."""
        return self._words.money(amount)

    def exact_money(self, amount: Decimal, currency: str) -> str:
        """With as many decimals as it needs, and at least the currency's."""
        return self._words.price(amount, currency, max(minor_digits(currency), -int(displayed_number(amount).as_tuple().exponent)))

    def unit_price(self, of: UnitPrice) -> str:
        """0.37485 USD/kWh as $0.37485/kWh."""
        return f"{self.exact_money(of.price, of.currency)}/{self.label('hour') if of.unit == 'h' else of.unit}"

    def kwh_number(self, energy_wh: int) -> str:
        return self.number(round_half_up(kilowatt_hours(energy_wh), 2 if energy_wh < 10_000 else 1))

    def kwh(self, energy_wh: int) -> str:
        return f"{self.kwh_number(energy_wh)} kWh"

    def kwh_exact(self, energy_wh: int) -> str:
        """To the watt-hour, so that it multiplies by its price: 0.085 kWh, 20.04 kWh. Never with fewer decimals than kwh()."""
        exact = kilowatt_hours(energy_wh)
        decimals = max(2 if energy_wh < 10_000 else 1, -int(displayed_number(exact).as_tuple().exponent))
        return f"{self.number(round_half_up(exact, decimals))} kWh"

    def kw(self, power_w: int) -> str:
        return f"{self.number(round_half_up(kilowatt_hours(power_w), 1))} kW"

    def distance(self, metres: int, country: str) -> str:
        """350 m, 1.2 km, 14 km; in miles where roads are signed in miles."""
        if country in _IN_MILES:
            miles = Decimal(metres) / Decimal("1609.344")
            return f"{self.number(round_half_up(miles, 1 if miles < 10 else 0))} mi"
        if metres < 995:
            return f"{round(metres, -1)} m"
        return f"{self.number(round_half_up(Decimal(metres) / 1000, 1 if metres < 9_950 else 0))} km"

    def duration(self, length: timedelta) -> str:
        """Hours and minutes as a person says them: 45 s, 12 min, 1 h 05 min."""
        seconds = max(0, length // timedelta(seconds=1))
        if seconds < 60:
            return f"{seconds} s"
        minutes = seconds // 60
        return f"{minutes} min" if minutes < 60 else f"{minutes // 60} {self._words.labels['hour']} {minutes % 60:02d} min"

    def duration_of(self, seconds: int) -> str:
        return self.duration(timedelta(seconds=seconds))

    def clock(self, at: datetime, zone: str) -> str:
        return wall_clock(at.astimezone(ZoneInfo(zone)))

    def clock_s(self, at: datetime, zone: str) -> str:
        return at.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S")

    def day(self, at: datetime, zone: str) -> str:
        return self.day_words(at.astimezone(ZoneInfo(zone)).date())

    def day_words(self, value: date) -> str:
        """ "Mon 5 May 2026"."""
        return f"{value:%a} {value.day} {value:%b %Y}" if self.language == ENGLISH else _dated(value, "yMMMEd", self._words.locale)

    def day_options(self, days: Sequence[date], zone: str) -> list[tuple[str, str]]:
        return [(value.isoformat(), self.day_words(value)) for value in days]

    def weekday(self, value: date) -> str:
        """ "Mon"."""
        return f"{value:%a}" if self.language == ENGLISH else _dated(value, "E", self._words.locale)

    def month(self, at: datetime, zone: str) -> str:
        """ "May 2026"."""
        local = at.astimezone(ZoneInfo(zone))
        return f"{local:%B %Y}" if self.language == ENGLISH else _dated(local.date(), "yMMMM", self._words.locale)

    def tax_name(self, currency: str, first: bool = False) -> str:
        """The usual name of the tax in the currency's prices. first: at the start of a sentence or label."""
        return str(self.localise(tax_name(currency, first)))

    def tax_words(self, tax: Money, lines: Sequence[Any], gross: Money) -> str:
        """The label of the tax between lines and total; says "included" if the lines already add up to the total."""
        is_included = tax and sum((line.amount for line in lines), Money.zero(gross.currency)) == gross
        name = self.tax_name(tax.currency, first=True)
        return str(self.localise(Text("{tax}, included above", tax=name))) if is_included else name

    def because(self, reason: str, currency: str) -> str:
        """Why a price or bill has a line."""
        return self._words.reason(reason, currency)

    def conditions(self, when: str, currency: str) -> str:
        """When a price applies."""
        return self._words.conditions(when, currency)

    def cut(self, cut: str, currency: str) -> str:
        """What a discount takes off."""
        return self._words.cut(cut, currency)

    def price_because(self, reason: str) -> str:
        """Why a price applies to a driver."""
        found = None if self.language == ENGLISH else parse_price_reason(reason)
        return ", ".join(str(self.localise(part)) for part in self._price_parts(found)) if found else reason

    def _price_parts(self, chosen: PriceReason) -> Iterator[Text]:
        kinds = {
            "Partner price": Text("Partner price “{name}”", name=chosen.name),
            "Member price": Text("Member price “{name}”", name=chosen.name),
        }
        yield kinds.get(chosen.kind, Text("Price “{name}”", name=chosen.name))
        if chosen.group:
            yield Text("at {group}", group=chosen.group)
        if chosen.power:
            yield Text("for sockets of {power}", power=chosen.power)
        if chosen.channel:
            yield _CHANNELS[chosen.channel]
        yield Text("valid since {day}", day=LocalisedValue("long_day", chosen.since))
        if chosen.in_demand:
            yield Text("many want a bay at that time, and it costs the ordinary price")
        if chosen.fixed_by:
            yield _FIXED[chosen.fixed_by]

    def long_day(self, value: date) -> str:
        """ "5 May 2026"."""
        return f"{value.day} {value:%B %Y}" if self.language == ENGLISH else _dated(value, "yMMMMd", self._words.locale)

    def subject(self, notice: Notice, operator: str) -> str:
        """The subject of an email: as sent, otherwise as it will be."""
        wording = Wording(self.language, notice.content.zone)
        values = {"operator": one_line(operator), **dict(notice_values(notice.content, wording))}
        return notice.subject or fill_in(wording.labels["messages"][notice.kind][0], values)

    def payment_progress(self, how: PaymentProgress, zone: str, number: str, bank: str = "") -> str:
        """How far a document has been paid, for the person who pays it."""
        return payment_text(how, Wording(self.language, zone), number, bank, self.money(how.left))

    def session_fee(self) -> str:
        """The line on a bill: "Start" alone is the label of a button."""
        return "Start" if self.language == ENGLISH else self.label("SESSION_FEE")

    def label(self, name: str) -> str:
        """The word documents use for a name."""
        return self._words.label(name)

    def energy_options(self, energy_wh: int) -> list[tuple[int, str]]:
        """The choices of energy, in kWh: the usual amounts, and the requested one."""
        return [(kwh, f"{kwh} kWh") for kwh in sorted({10, 20, 40, 60, energy_wh // 1000})]


class _Filled(Formatter):
    """Fills in a text with its values worded."""

    def __init__(self, localiser: Localiser) -> None:
        self._localiser = localiser

    def format_field(self, value: Any, format_spec: str) -> str:
        return self._localiser.value(value, format_spec)


@lru_cache(maxsize=512)
def _dated(value: date, skeleton: str, locale: Locale) -> str:
    return str(format_skeleton(skeleton, datetime(value.year, value.month, value.day, tzinfo=UTC), locale=locale))


@cache
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    words = Wording(language, "UTC")
    named = ((code, words.country(code)) for code in COUNTRIES)
    return tuple(sorted(named, key=lambda one: normalize("NFKD", one[1]).casefold()))  # É among E


@cache
def _localiser(language: str) -> Localiser:
    return Localiser(language)


def localiser_for(language: str) -> Localiser:
    """The Speech of a language; English for an unknown one."""
    return _localiser(language if language in LANGUAGES else ENGLISH)


EN = localiser_for(ENGLISH)
