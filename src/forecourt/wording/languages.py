"""How each language (ISO 639-1) words names, numbers, money, reasons and times, in a place's time zone.

The texts of documents and emails are in `words/<language>.json`; a language without a file falls back to English.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_day_names

from forecourt.billing import AccountPart, Contribution, InvoiceLine, month_in_reason
from forecourt.kernel import Money, Span, minor_digits, round_half_up
from forecourt.offers import DiscountKind, DiscountReason, parse_discount_reason
from forecourt.tariffs import Condition, Reason, ReasonKind, parse_conditions, parse_reason
from forecourt.wording.clocks import wall_clock
from forecourt.wording.number_format import format_number

# The locale of each language: that of the country where most of its documents go.
_LOCALES = {"en": "en_GB", "de": "de_DE", "fr": "fr_FR", "nl": "nl_NL", "es": "es_ES"}
# English as most of its readers write currencies: $5, not US$5 as in Britain.
_MONEY_AS = {"en": "en"}
_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_DATES = {"FROM_DATE", "BEFORE_DATE"}
_TIMES = {"BETWEEN_TIMES", "BETWEEN_DAYS", "DAY"}


@lru_cache(maxsize=len(_LOCALES))
def document_texts(language: str) -> Mapping[str, Any]:
    return MappingProxyType(json.loads((files("forecourt.wording") / "words" / f"{language}.json").read_text("utf-8")))


@cache
def _locale(name: str) -> Locale:
    return Locale.parse(name)


@lru_cache(maxsize=512)
def _day_text(day: date, locale: Locale) -> str:
    return str(format_date(day, "long", locale=locale))


class Wording:
    """How a language words names, money and times."""

    def __init__(self, language: str, zone: str) -> None:
        self.language = language if language in _LOCALES else "en"
        self.labels = document_texts(self.language)
        self.locale = _locale(_LOCALES[self.language])
        self._of_money = _locale(_MONEY_AS.get(self.language, _LOCALES[self.language]))
        self.zone: tzinfo = ZoneInfo(zone)

    def label(self, name: str) -> str:
        """The word for a name; a kind without a word is shown by its name."""
        return str(self.labels.get(name, name.replace("_", " ").capitalize()))

    def titled(self, name: str, what: str) -> str:
        """A name with its subject."""
        return f"{name}{self.labels['colon']} {what}"

    def money(self, money: Money) -> str:
        return self.price(money.amount, money.currency, minor_digits(money.currency))

    def price(self, amount: Decimal, currency: str, digits: int | None = None) -> str:
        """An amount with its currency; digits None: as many as it needs, at least the currency's."""
        min_decimals = minor_digits(currency) if digits is None else digits
        decimals = f".{'0' * min_decimals}{'#' * (4 if digits is None else 0)}" if min_decimals or digits is None else ""
        pattern = self._of_money.currency_formats["standard"].pattern.replace("0.00", f"0{decimals}")
        return format_number(amount, pattern, self._of_money, currency)

    def number(self, value: Decimal, pattern: str = "#,##0.###") -> str:
        return format_number(value, pattern, self.locale)

    def country(self, code: str) -> str:
        """The name of a country (ISO 3166-1 alpha-2)."""
        return str(self.locale.territories.get(code, code))

    def day(self, instant: datetime) -> str:
        return _day_text(instant.astimezone(self.zone).date(), self.locale)

    def clock(self, instant: datetime) -> str:
        return wall_clock(instant.astimezone(self.zone))

    def period(self, span: Span) -> str:
        """A span of up to a day with its times; otherwise from the first day to the last day inside."""
        if span.length <= timedelta(days=1):
            return f"{self.day(span.start)}, {self.clock(span.start)} – {self.clock(span.end)}"
        return f"{self.day(span.start)} – {self.day(span.end - timedelta(seconds=1))}"

    def minutes(self, seconds: int) -> str:
        """Rounded to whole minutes, half up: for display, never for pricing."""
        return f"{self.number(round_half_up(Decimal(seconds) / 60, 0))}\u00a0{self.labels['minutes']}"

    def percent(self, percent: Decimal | None) -> str:
        return f"{self.number(percent or Decimal(0))}\u00a0%"

    def because(self, line: InvoiceLine | Contribution | AccountPart) -> str:
        """Why a line exists: in this language if it comes from a tariff or an offer, otherwise as entered."""
        return self.reason(line.because, line.amount.currency)

    def reason(self, text: str, currency: str) -> str:
        """The same for a reason on its own."""
        if reason := parse_reason(text):
            return self._reason(reason, currency)
        if discount := parse_discount_reason(text):
            return self._discount(discount, currency)
        if month := month_in_reason(text):
            return str(self.labels["because"]["MONTH"].format(number=self.number(Decimal(month))))
        return text

    def conditions(self, text: str, currency: str) -> str:
        """When a price applies; as entered if the text is not known."""
        found = parse_conditions(text)
        return text if found is None else self._listed(found, currency)

    def cut(self, text: str, currency: str) -> str:
        """What a discount takes off."""
        found = parse_discount_reason(f"{text}, borne by the operator")
        return self._cut(found, currency) if found else text

    def _listed(self, conditions: Iterable[Condition], currency: str) -> str:
        return ", ".join(self._condition(one, currency) for one in conditions)

    def _reason(self, reason: Reason, currency: str) -> str:
        labels, conditions = self.labels["because"], self._listed(reason.conditions, currency)
        if reason.kind is ReasonKind.LIMIT:
            return str(labels["LIMIT"].format(conditions=conditions))
        if reason.kind is ReasonKind.ONCE and not conditions:
            return str(labels["once"])
        price = labels["when"].format(conditions=conditions) if conditions else labels["always"]
        text = str(labels[reason.kind.value].format(price=price, quantity=self.number(reason.quantity, "#,##0.####")))
        if not reason.block:
            return text
        rounded = labels["rounded_energy" if reason.kind is ReasonKind.ENERGY else "rounded_time"]
        return str(rounded.format(text=text, extra=self.number(reason.rounded_up, "#,##0.####"), block=self.number(Decimal(reason.block))))

    def _discount(self, reason: DiscountReason, currency: str) -> str:
        labels = self.labels["because"]
        return str(labels["BORNE"].format(what=self._cut(reason, currency), name=reason.funder or labels["OPERATOR"]))

    def _cut(self, reason: DiscountReason, currency: str) -> str:
        is_money = reason.kind in (DiscountKind.AMOUNT_OFF, DiscountKind.OFF_EACH_KWH)
        value = self.price(reason.value, currency) if is_money else self.number(reason.value)
        return str(self.labels["because"][reason.kind.value].format(value))

    def _condition(self, condition: Condition, currency: str) -> str:
        values = [self._value(condition.code, value, currency) for value in condition.values]
        return str(self.labels["because"][condition.code].format(*values))

    def _value(self, code: str, value: str, currency: str) -> str:
        if value in _DAYS:
            return str(get_day_names("abbreviated", locale=self.locale)[_DAYS.index(value)])
        if code in _DATES:
            return str(format_date(date.fromisoformat(value), "medium", locale=self.locale))
        if code in _TIMES or code == "RESERVATION":
            return value
        return self.price(Decimal(value), currency) if code.endswith("_TAX") else self.number(Decimal(value))
