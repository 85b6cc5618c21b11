"""Parses what a driver enters about the car."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from forecourt.drivers import BatteryGoal, Pace, StatedNeeds
from forecourt.kernel import BadInput, Text
from forecourt.web.queries.local_days import local_date

_MAX_DIGITS = 6  # digits


class NeedForm(Struct):
    """All fields as typed. energy, size: kWh. level, target: percent of the battery. stop: a tick."""

    energy: str = ""
    departure: str = ""
    stop: str = ""
    pace: str = ""
    size: str = ""
    level: str = ""
    target: str = ""


def words_of(form: NeedForm, zone: str, now: datetime) -> StatedNeeds:
    """Raises BadInput, named like the field that is wrong. Times are by the site's clock: today, or tomorrow if past."""
    energy_kwh, departure = _number(form.energy, "energy_wh", Text("energy")), _departure(form.departure, zone, now)
    energy_wh = None if energy_kwh is None else energy_kwh * 1000
    return StatedNeeds(energy_wh, departure, bool(form.stop), _pace(form.pace), _battery(form))


def _battery(form: NeedForm) -> BatteryGoal | None:
    """Only if a level to reach is given: the size alone is remembered from before."""
    target = _number(form.target, "battery_target", Text("level to charge to"))
    if target is None:
        return None
    size_kwh, level = _number(form.size, "battery_size", Text("battery size")), _number(form.level, "battery_level", Text("battery level"))
    if size_kwh is None:
        raise BadInput("battery_size", "The battery size is missing.", "Give it in kWh. It is in your car's documents.")
    return BatteryGoal(size_kwh * 1000, target, level)


def _number(text: str, code: str, name: Text) -> int | None:
    """A whole number; fractions are rounded up, as drivers copy what the car shows."""
    digits = text.strip().replace(",", ".")
    if not digits:
        return None
    whole, _, fraction = digits.partition(".")
    if not (whole + fraction).isascii() or not whole.isdigit() or (fraction and not fraction.isdigit()) or len(digits) > _MAX_DIGITS:
        raise BadInput(code, "The {name} {given!r} is not a number.", "Enter it in digits, such as 20.", name=name, given=text.strip()[:20])
    return int(whole) + (int(fraction) > 0 if fraction else 0)


def _pace(text: str) -> Pace:
    if not text:
        return Pace.FAST
    if text not in list(Pace):
        raise BadInput("pace", "{given!r} is not a way to charge.", "Use {known}.", given=text[:20], known=", ".join(Pace))
    return Pace(text)


def _departure(text: str, zone: str, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        wanted = datetime.strptime(text[:5], "%H:%M").time()  # noqa: DTZ007 - a time of day, placed in the zone below
    except ValueError as error:
        raise BadInput("departure", "{given!r} is not a time.", "Write it as 17:30.", given=text[:20]) from error
    local = datetime.combine(local_date(now, zone), wanted, ZoneInfo(zone))
    return local if local > now else local + timedelta(days=1)
