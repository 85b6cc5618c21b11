"""Who comes in a week, when they ask and how long they really stay: from the recorded garage, with random draws for what it lacks."""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from forecourt.kernel import Span
from forecourt.reservations import PastStay
from forecourt.simulation import RecordedSession, load_recording

ZONE = ZoneInfo("America/Los_Angeles")
HELD_OUT_WEEKS, HELD_OUT_SEEDS = ("2019-09-09", "2019-10-07", "2019-11-04"), (101, 102, 103)
WEEK, HISTORY = timedelta(days=7), timedelta(days=28)
BOOKS, NO_SHOW, MEMBER, DOWN = 0.5, 0.05, 0.4, 0.02
REPAIR = timedelta(hours=6)
_MINUTE, _ROUND = timedelta(minutes=1), timedelta(minutes=5)
_SHORT = timedelta(hours=4)


@dataclass(frozen=True)
class Visit:
    """One driver's wish. asks_at: when a booking would be asked for; None = never books. off: how much after (or before) the time
    of a booking the driver comes. stays: as it really was; states: as it was said."""

    number: int
    at: datetime
    states: timedelta
    stays: timedelta
    asks_at: datetime | None
    no_show: bool
    member: bool
    off: timedelta
    patience: timedelta

    @property
    def short(self) -> bool:
        return self.states <= _SHORT


@dataclass(frozen=True)
class Outage:
    socket: int
    at: datetime
    until: datetime


def week_of(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), ZONE).astimezone(UTC)


def _sessions(start: datetime, length: timedelta) -> list[RecordedSession]:
    return [one for one in load_recording("caltech").sessions if start <= one.arrival < start + length]


def visits_of(start: datetime, seed: int, length: timedelta = WEEK) -> list[Visit]:
    dice = random.Random(f"{start}/{seed}")
    return [_visit(number, one, dice) for number, one in enumerate(_sessions(start, length), start=1)]


def _visit(number: int, one: RecordedSession, dice: random.Random) -> Visit:
    stated = -(-((one.stated_departure or one.departure) - one.arrival) // _ROUND) * _ROUND
    states = min(max(stated, timedelta(minutes=30)), timedelta(hours=12))
    books, ahead = dice.random() < BOOKS, timedelta(hours=dice.uniform(1, 36))
    no_show, member = dice.random() < NO_SHOW, dice.random() < MEMBER
    off, patience = _MINUTE * dice.randint(-5, 10), _MINUTE * dice.randint(30, 180)
    at = one.arrival - (one.arrival - datetime.min.replace(tzinfo=UTC)) % _ROUND
    # Also who comes unannounced to the other policies would not have come as a no-show: the arrivals are the same.
    return Visit(number, at, states, one.departure - one.arrival, at - ahead if books else None, books and no_show, member, off, patience)


def stays_before(start: datetime) -> list[PastStay]:
    """The four weeks before, in the order in which they ended."""
    known = [one for one in _sessions(start - HISTORY, HISTORY) if one.departure < start]
    return [PastStay(Span(one.arrival, one.departure), one.stated_departure) for one in sorted(known, key=lambda one: one.departure)]


def outages_of(start: datetime, seed: int, sockets: int, length: timedelta = WEEK) -> list[Outage]:
    dice, found = random.Random(f"outage/{start}/{seed}"), []
    for socket in range(sockets):
        at = start
        while True:
            at += timedelta(hours=dice.expovariate(DOWN / (1 - DOWN) / (REPAIR / timedelta(hours=1))))
            if at >= start + length:
                break
            until = at + timedelta(hours=dice.expovariate(timedelta(hours=1) / REPAIR))
            found.append(Outage(socket, at, until))
            at = until
    return found
