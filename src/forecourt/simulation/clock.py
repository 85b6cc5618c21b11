"""Virtual time, shared by several processes without communication.

virtual now = origin + (wall clock - real origin) x speed. The environment variable FORECOURT_CLOCK carries the three numbers as "<origin
RFC 3339>,<speed>,<real origin in unix seconds>"; without it, time is the system's own. An optional fourth part names a file with which the
owning process can slow the clock down for all of them; if it stops writing, the clock stops (`Pace`).
"""

import asyncio
import math
import mmap
import os
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

VARIABLE = "FORECOURT_CLOCK"

_WHICH = struct.Struct("=Q")
_LINE = struct.Struct("=dddd")
_SEEN = struct.Struct("@d")  # aligned: written and read atomically
_SEEN_AT = _WHICH.size + 2 * _LINE.size
_SIZE = _SEEN_AT + _SEEN.size
# Timers that are early by less than this are on time (real seconds).
_EARLY_S = 0.0005


@dataclass(frozen=True, slots=True)
class Pace:
    """The line that time currently follows: from (virtual, real) unix seconds at a rate, for a number of real seconds; then time stands
    still until there is a new line. One process writes, any number read.

    The file holds two lines and which of them is in force, so that no reader sees a half-written one; and the latest instant that anybody
    has read, so that time never goes backwards for anyone, even if the writer was suspended halfway through a new line.
    """

    path: Path
    _file: mmap.mmap = field(compare=False, repr=False)

    @classmethod
    def create(cls, path: Path, virtual: float, real: float, rate: float) -> "Pace":
        path.write_bytes(_WHICH.pack(0) + _LINE.pack(virtual, real, rate, math.inf) * 2 + _SEEN.pack(virtual))
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> "Pace":
        """Raises ValueError for a file that is not a pace file."""
        try:
            with path.open("r+b") as file:
                return cls(path, mmap.mmap(file.fileno(), _SIZE))
        except (OSError, ValueError) as error:
            raise ValueError(f"{path} is no pace of a clock") from error

    def at(self, real: float) -> float:
        """The virtual instant at a real one, by the line in force."""
        (slot,) = _WHICH.unpack_from(self._file)
        virtual, since, rate, lasts_s = _LINE.unpack_from(self._file, _WHICH.size + slot * _LINE.size)
        return float(virtual + min(real - since, lasts_s) * rate)

    def now(self) -> float:
        """The virtual instant, recorded as read."""
        return self._seen(self.at(time.time()))

    def _seen(self, instant: float) -> float:
        latest: float = _SEEN.unpack_from(self._file, _SEEN_AT)[0]
        if instant > latest:
            _SEEN.pack_into(self._file, _SEEN_AT, instant)
        return max(instant, latest)

    def line(self, rate: float, lasts_s: float = math.inf) -> bytes:
        """A line from now on with `rate` virtual seconds per second."""
        real = time.time()
        return _LINE.pack(self._seen(self.at(real)), real, rate, lasts_s)

    def follow(self, line: bytes) -> None:
        """From now on time follows this line."""
        (slot,) = _WHICH.unpack_from(self._file)
        start = _WHICH.size + (1 - slot) * _LINE.size
        self._file[start : start + _LINE.size] = line
        _WHICH.pack_into(self._file, 0, 1 - slot)


class Timer:
    """A call at a virtual instant. It checks again when it fires, as the clock may have slowed down since."""

    def __init__(self, clock: "Clock", instant: float, callback: Callable[[], None]) -> None:
        self._clock, self._instant, self._callback = clock, instant, callback
        self._handle = self._armed()

    def cancel(self) -> None:
        self._handle.cancel()

    def _armed(self) -> asyncio.TimerHandle:
        wait_s = self._clock.real(self._instant - self._clock.seconds())
        return asyncio.get_running_loop().call_later(wait_s, self._fire)

    def _fire(self) -> None:
        if self._clock.real(self._instant - self._clock.seconds()) > _EARLY_S:
            self._handle = self._armed()
        else:
            self._callback()


@dataclass(frozen=True, slots=True)
class Clock:
    """origin and real_origin in unix seconds; speed in virtual seconds per real second (> 0), with a pace the maximum."""

    origin: float = 0.0
    speed: float = 1.0
    real_origin: float = 0.0
    pace: Pace | None = None

    def __post_init__(self) -> None:
        if not self.speed > 0:
            raise ValueError(f"clock speed {self.speed} is not above 0")

    @classmethod
    def starting(cls, origin: datetime, speed: float, pace: Path | None = None) -> "Clock":
        """A clock that shows `origin` now and runs at `speed`. pace: a file to create, with which it can be slowed down."""
        start, real = origin.timestamp(), time.time()
        return cls(start, speed, real, Pace.create(pace, start, real, speed) if pace else None)

    def run_at(self, rate: float, lasts_s: float = math.inf) -> None:
        """Set the rate for all who share it, for that many real seconds, after which it stands still; without a pace it keeps its speed."""
        if self.pace is not None:
            self.pace.follow(self.pace.line(min(rate, self.speed), lasts_s))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Clock":
        """The shared clock of FORECOURT_CLOCK, else the system's. Raises ValueError for a malformed value."""
        text = environment.get(VARIABLE, "")
        if not text:
            return cls()
        parts = text.split(",", 3)
        if len(parts) < 3:
            raise ValueError(f"{VARIABLE} is not '<origin>,<speed>,<real origin>': {text!r}")
        origin = datetime.fromisoformat(parts[0])
        if origin.tzinfo is None:
            raise ValueError(f"{VARIABLE} has an origin without a time zone: {text!r}")
        return cls(origin.timestamp(), float(parts[1]), float(parts[2]), Pace.open(Path(parts[3])) if parts[3:] else None)

    def to_environment(self) -> str:
        """The value of FORECOURT_CLOCK that makes another process see the same time."""
        line = f"{datetime.fromtimestamp(self.origin, UTC).isoformat()},{self.speed!r},{self.real_origin!r}"
        return f"{line},{os.fspath(self.pace.path)}" if self.pace else line

    def seconds(self) -> float:
        """Now, in unix seconds."""
        if self.pace is None:
            return self.origin + (time.time() - self.real_origin) * self.speed
        return self.pace.now()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def real(self, seconds: float) -> float:
        """The least real seconds that a virtual span takes; never negative."""
        return max(0.0, seconds / self.speed)

    async def sleep(self, seconds: float) -> None:
        await self.sleep_until(self.seconds() + seconds)

    async def sleep_until(self, instant: float) -> None:
        """Sleep until a virtual instant (unix seconds). Timers may fire a little early, so it checks again."""
        while (left_s := instant - self.seconds()) > 0:
            await asyncio.sleep(max(self.real(left_s), _EARLY_S))

    def call_at(self, instant: float, callback: Callable[[], None]) -> Timer:
        return Timer(self, instant, callback)


SYSTEM_CLOCK = Clock()


def stamp(instant: float) -> str:
    """Unix seconds as OCPP writes them: RFC 3339, UTC, milliseconds."""
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant_of(text: str) -> float:
    """The unix seconds of an RFC 3339 instant; without a zone it is read as UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
