"""Uptime figures computed from the troubles of sockets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from forecourt.kernel import Span
from forecourt.stations.facts import StopReason
from forecourt.stations.history import Incident, IncidentKind
from forecourt.stations.site_hours import merged, minus

SHORTEST_OUTAGE_S = 60
# An ongoing outage is traced back this far before a span; anything that ended earlier is not joined to it.
BEGUN_WITHIN = timedelta(days=31)
# Ends caused by the charger, not the driver.
CHARGER_CAUSED_ENDS = frozenset({StopReason.FAULT, StopReason.POWER_LOSS, StopReason.EMERGENCY, StopReason.REBOOT})
_EVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Uptime:
    """Seconds are counted under one cause only: offline before faulted before out of use. open_s: watched time that is not closed_s
    (outside opening hours, planned maintenance). outages: those that began; repaired, repair_s: those that ended, with their
    whole length. charges: those that ended; empty: without energy; broken: ended by a fault, a loss of power or an emergency stop."""

    open_s: int = 0
    closed_s: int = 0
    offline_s: int = 0
    faulted_s: int = 0
    unavailable_s: int = 0
    outages: int = 0
    repaired: int = 0
    repair_s: int = 0
    no_starts: int = 0
    charges: int = 0
    empty: int = 0
    broken: int = 0

    def __add__(self, other: "Uptime") -> "Uptime":
        return Uptime(*(getattr(self, name) + getattr(other, name) for name in Uptime.__slots__))

    @property
    def down_s(self) -> int:
        return self.offline_s + self.faulted_s + self.unavailable_s

    @property
    def share(self) -> float | None:
        """The fraction of the open time in which it could be used; None = no such time is known."""
        return (self.open_s - self.down_s) / self.open_s if self.open_s > 0 else None

    @property
    def mean_repair_s(self) -> int | None:
        return self.repair_s // self.repaired if self.repaired else None


def uptime(watched: Sequence[Span], closed: Sequence[Span], troubles: Sequence[Incident], span: Span) -> Uptime:
    """The uptime of one socket. closed: when it was not meant to serve. An outage keeps it from serving for at least a minute without a
    break; being out of use while closed is none."""
    served = minus(watched, closed)
    offline, faulted, unavailable = (
        [Span(one.since, one.until or _EVER) for one in troubles if one.what is what and one.until != one.since]
        for what in (IncidentKind.OFFLINE, IncidentKind.FAULTED, IncidentKind.UNAVAILABLE)
    )
    outages = [
        one for one in merged((*offline, *faulted, *minus(unavailable, closed))) if _seconds(_common(served, [one])) >= SHORTEST_OUTAGE_S
    ]
    repaired = [one for one in outages if one.end <= span.end]
    return Uptime(
        open_s=_seconds(served),
        closed_s=_seconds(minus(watched, served)),
        offline_s=_seconds(_common(served, offline)),
        faulted_s=_seconds(minus(_common(served, faulted), offline)),
        unavailable_s=_seconds(minus(_common(served, unavailable), (*offline, *faulted))),
        outages=sum(span.contains(one.start) for one in outages),
        repaired=len(repaired),
        repair_s=_seconds(repaired),
    )


def _common(served: Sequence[Span], bad: Sequence[Span]) -> tuple[Span, ...]:
    return minus(served, minus(served, bad))


def _seconds(spans: Iterable[Span]) -> int:
    return round(sum((one.length for one in spans), timedelta()).total_seconds())
