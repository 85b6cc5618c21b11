"""Charging profiles as a charger stores them, and the limit they combine to (OCPP 1.6 part 3.13, 2.0.1 block K).

For a socket with a transaction: the transaction's own profile of the highest stack level whose schedule covers the instant, otherwise the
default one (the socket's before the charger's); always capped by the charger's maximum.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from forecourt.simulation.clock import instant_of

DAY_S = 86_400.0


class Purpose(StrEnum):
    CHARGER_MAX = "CHARGER_MAX"
    DEFAULT = "DEFAULT"
    TRANSACTION = "TRANSACTION"


PURPOSES = {
    "ChargePointMaxProfile": Purpose.CHARGER_MAX,
    "ChargingStationMaxProfile": Purpose.CHARGER_MAX,
    "TxDefaultProfile": Purpose.DEFAULT,
    "TxProfile": Purpose.TRANSACTION,
}


@dataclass(frozen=True, slots=True)
class Profile:
    """periods: (seconds from its start, limit), ascending from 0; unit A per phase or W in total. Instants in unix seconds."""

    number: int
    stack: int
    purpose: Purpose
    kind: str  # Absolute, Recurring, Relative
    periods: tuple[tuple[float, float], ...]
    unit: str = "A"
    recurrency_s: float | None = None
    start: float | None = None
    duration_s: float | None = None
    valid_from: float = -math.inf
    valid_to: float = math.inf
    transaction: str | None = None

    def _begin(self, at: float, started_at: float | None) -> float | None:
        """The start of the schedule that covers `at`; without a start of its own, it counts from the transaction's."""
        if self.kind == "Relative" or self.start is None:
            return started_at
        if self.recurrency_s is None or at < self.start:
            return self.start
        return self.start + math.floor((at - self.start) / self.recurrency_s) * self.recurrency_s

    def limit(self, at: float, started_at: float | None) -> float | None:
        """Its limit at an instant in its own unit; None where it has none."""
        begin = self._begin(at, started_at)
        if begin is None or not self.valid_from <= at < self.valid_to or at < begin:
            return None
        if self.duration_s is not None and at >= begin + self.duration_s:
            return None
        return next((limit for offset, limit in reversed(self.periods) if begin + offset <= at), None)

    def changes(self, at: float, started_at: float | None) -> Iterator[float]:
        """Instants at which its limit may change (also past ones)."""
        yield from (self.valid_from, self.valid_to)
        begin = self._begin(at, started_at)
        if begin is None:
            return
        yield from (begin + offset for offset, _ in self.periods)
        if self.duration_s is not None:
            yield begin + self.duration_s
        if self.recurrency_s is not None:
            yield begin + self.recurrency_s


class ProfileRefused(ValueError):
    """The profile cannot be taken; the text says why."""


def parse_profile(raw: Mapping[str, Any], schedule: Mapping[str, Any]) -> Profile:
    """From OCPP's fields, 1.6 or 2.0.1. Raises ProfileRefused."""
    recurrency = raw.get("recurrencyKind")
    number = raw.get("chargingProfileId", raw.get("id"))
    start, valid_from, valid_to = (
        instant_of(t) if t else None for t in (schedule.get("startSchedule"), raw.get("validFrom"), raw.get("validTo"))
    )
    periods = tuple((float(p["startPeriod"]), float(p["limit"])) for p in schedule["chargingSchedulePeriod"])
    offsets = [offset for offset, _ in periods]
    if number is None or not periods or offsets[0] != 0 or offsets != sorted(set(offsets)) or any(limit < 0 for _, limit in periods):
        raise ProfileRefused("schedule periods do not ascend from 0")
    duration = schedule.get("duration")
    transaction = raw.get("transactionId")
    return Profile(
        number=int(number),
        stack=int(raw["stackLevel"]),
        purpose=PURPOSES[raw["chargingProfilePurpose"]],
        kind=raw["chargingProfileKind"],
        periods=periods,
        unit=schedule["chargingRateUnit"],
        recurrency_s={"Daily": DAY_S, "Weekly": 7 * DAY_S}.get(recurrency or "") if raw["chargingProfileKind"] == "Recurring" else None,
        start=start,
        duration_s=None if duration is None else float(duration),
        valid_from=-math.inf if valid_from is None else valid_from,
        valid_to=math.inf if valid_to is None else valid_to,
        transaction=None if transaction is None else str(transaction),
    )


@dataclass(frozen=True, slots=True)
class LimitUntil:
    """What the profiles allow a socket: None = no limit. until: when that may change on its own."""

    limit_a: float | None
    until: float


class ProfileStore:
    """The installed profiles of one charger; socket number 0 is the whole charger.

    strict: a second profile of the same purpose and stack level with another number and an overlapping validity is
    refused (2.0.1); otherwise it takes the place of the first (1.6).
    """

    def __init__(self, max_stack: int = 8, max_periods: int = 24, max_profiles: int = 16, strict: bool = False) -> None:
        self.max_stack = max_stack
        self.max_periods = max_periods
        self.max_profiles = max_profiles
        self.strict = strict
        self._installed: list[tuple[int, Profile]] = []

    def __len__(self) -> int:
        return len(self._installed)

    def install(self, evse: int, profile: Profile) -> None:
        """Raises ProfileRefused beyond what the charger can hold."""
        if not 0 <= profile.stack <= self.max_stack:
            raise ProfileRefused(f"stack level {profile.stack} is above {self.max_stack}")
        if len(profile.periods) > self.max_periods:
            raise ProfileRefused(f"{len(profile.periods)} periods are more than {self.max_periods}")
        if profile.purpose is Purpose.CHARGER_MAX and evse != 0:
            raise ProfileRefused("a charger's maximum belongs to socket 0")
        if profile.purpose is Purpose.TRANSACTION and evse == 0:
            raise ProfileRefused("a transaction's profile belongs to one socket")
        rivals = [(n, p) for n, p in self._installed if n == evse and (p.purpose, p.stack) == (profile.purpose, profile.stack)]
        clashes = [
            p for _, p in rivals if p.number != profile.number and p.valid_from < profile.valid_to and profile.valid_from < p.valid_to
        ]
        if self.strict and clashes:
            raise ProfileRefused(f"profile {clashes[0].number} has the same purpose and stack level")
        replaced = {p.number for p in clashes} | {profile.number}
        kept = [(n, p) for n, p in self._installed if p.number not in replaced or (n != evse and p.number != profile.number)]
        if len(kept) >= self.max_profiles:
            raise ProfileRefused(f"{self.max_profiles} profiles are installed already")
        self._installed = [*kept, (evse, profile)]

    def clear(self, number: int | None = None, evse: int | None = None, purpose: Purpose | None = None, stack: int | None = None) -> int:
        """Remove profiles that match all given criteria; returns how many."""

        def fits(n: int, p: Profile) -> bool:
            if number is not None:
                return p.number == number
            return (evse is None or n == evse) and (purpose is None or p.purpose is purpose) and (stack is None or p.stack == stack)

        before = len(self._installed)
        self._installed = [(n, p) for n, p in self._installed if not fits(n, p)]
        return before - len(self._installed)

    def end_transaction(self, evse: int) -> None:
        """A transaction's profile ends with it."""
        self.clear(evse=evse, purpose=Purpose.TRANSACTION)

    def limit_at(self, evse: int, at: float, started_at: float | None, power_per_amp_w: float, sharing: int = 1) -> LimitUntil:
        """The limit of a socket with a transaction that began at `started_at`, and until when it applies.

        sharing: the number of busy sockets that share the charger's maximum.
        """
        groups = [
            [p for n, p in self._installed if n == evse and p.purpose is Purpose.TRANSACTION],
            [p for n, p in self._installed if n == evse and p.purpose is Purpose.DEFAULT],
            [p for n, p in self._installed if n == 0 and p.purpose is Purpose.DEFAULT],
        ]
        own = next((a for a in (_highest_stack(g, at, started_at, power_per_amp_w) for g in groups) if a is not None), None)
        maximum = [p for n, p in self._installed if p.purpose is Purpose.CHARGER_MAX]
        whole = _highest_stack(maximum, at, started_at, power_per_amp_w)
        limits = [a for a in (own, None if whole is None else whole / sharing) if a is not None]
        until = min((t for g in (*groups, maximum) for p in g for t in p.changes(at, started_at) if t > at), default=math.inf)
        return LimitUntil(min(limits, default=None), until)


def _highest_stack(profiles: list[Profile], at: float, started_at: float | None, power_per_amp_w: float) -> float | None:
    """The limit in amps from the highest stack level that has one at this instant."""
    for profile in sorted(profiles, key=lambda p: -p.stack):
        limit = profile.limit(at, started_at)
        if limit is not None:
            return limit if profile.unit == "A" else limit / power_per_amp_w
    return None
