"""Templates and the words of their numbers: money, energy, power, time."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import format_currency
from jinja2 import Environment, PackageLoader, StrictUndefined

from forecourt.drivers import Driver
from forecourt.kernel import Money, kilowatt_hours, round_half_up
from forecourt.tariffs import tax_name
from forecourt.web import drawing
from forecourt.web.frame.languages import NAMES

_IN_MILES = frozenset({"GB", "LR", "MM", "US"})
STATIC = Path(str(files("forecourt.web") / "static"))


def money(amount: Money) -> str:
    """12.50 USD as $12.50; never rounded, Money has no more digits than the currency."""
    return format_currency(amount.amount, amount.currency, locale="en", currency_digits=True)


def kwh_number(energy_wh: int) -> str:
    decimals = 2 if energy_wh < 10_000 else 1
    return str(round_half_up(kilowatt_hours(energy_wh), decimals))


def kwh(energy_wh: int) -> str:
    return f"{kwh_number(energy_wh)} kWh"


def kw(power_w: int) -> str:
    return f"{round_half_up(kilowatt_hours(power_w), 1)} kW"


def distance(metres: int, country: str) -> str:
    """350 m, 1.2 km, 14 km; in miles where roads are signed in miles."""
    if country in _IN_MILES:
        miles = Decimal(metres) / Decimal("1609.344")
        return f"{round_half_up(miles, 1 if miles < 10 else 0)} mi"
    if metres < 995:
        return f"{round(metres, -1)} m"
    return f"{round_half_up(Decimal(metres) / 1000, 1 if metres < 9_950 else 0)} km"


def duration(length: timedelta) -> str:
    """Hours and minutes in words a person says: 45 s, 12 min, 1 h 05 min."""
    seconds = max(0, length // timedelta(seconds=1))
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def duration_of(seconds: int) -> str:
    return duration(timedelta(seconds=seconds))


def clock(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")


def clock_s(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S")


def day(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y}"


def month(at: datetime, zone: str) -> str:
    """ "May 2026"."""
    return at.astimezone(ZoneInfo(zone)).strftime("%B %Y")


def day_words(value: date) -> str:
    return f"{value:%a} {value.day} {value:%b %Y}"


def day_options(days: Sequence[date], zone: str) -> list[tuple[str, str]]:
    return [(value.isoformat(), day_words(value)) for value in days]


def place_name(zone: str) -> str:
    """America/Los_Angeles as Los Angeles."""
    return zone.rpartition("/")[2].replace("_", " ")


def tax_words(tax: Money, lines: Sequence[Any], gross: Money) -> str:
    """What the tax between lines and total is called, and that the lines hold it where they come to the total by themselves."""
    held = tax and sum((line.amount for line in lines), Money.zero(gross.currency)) == gross
    return tax_name(tax.currency, first=True) + (", included above" if held else "")


def pairs(values: Sequence[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


def energy_options(energy_wh: int) -> list[tuple[int, str]]:
    """What can be asked for, in kWh: the usual amounts, and the one that was asked for."""
    return [(kwh, f"{kwh} kWh") for kwh in sorted({10, 20, 40, 60, energy_wh // 1000})]


def fleet_options(drivers: Sequence[Driver]) -> list[tuple[str, str]]:
    return [(str(one.id), one.name) for one in drivers]


@cache
def asset(path: str) -> str:
    """The address of a static file with its content's digest: cached for ever, never stale."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()[:10]
    return f"/static/{path}?v={digest}"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("forecourt.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(asset=asset, languages=NAMES)
    filters = (
        money,
        kwh_number,
        kwh,
        kw,
        distance,
        duration,
        duration_of,
        clock,
        clock_s,
        day,
        month,
        day_words,
        day_options,
        place_name,
        pairs,
        fleet_options,
        energy_options,
        tax_name,
        tax_words,
    )
    environment.filters.update({function.__name__: function for function in filters})
    for name in drawing.__all__:
        environment.filters[name] = getattr(drawing, name)
    return environment


_ENVIRONMENT = _environment()


def render(template: str, values: Mapping[str, Any]) -> str:
    """The page as text. Values are escaped; an undefined one is an error, not an empty space."""
    return _ENVIRONMENT.get_template(template).render(values)
