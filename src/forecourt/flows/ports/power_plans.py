"""Repository for a site's power: its plans, what each socket was granted, and figures for each day."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from forecourt.kernel import ChargerId, EvseId, OperatorId, SessionId, SiteId, Span
from forecourt.planning import EnergyCosts, SiteStays
from forecourt.stations import AcceptanceTest, Obedience, SiteAllowances

DISOBEYED_TOO_OFTEN = 3


@dataclass(frozen=True, slots=True)
class Setpoint:
    """limit_a: whole amps this EVSE may draw under the plan; because: the reason, one sentence. applied_a: the lowest limit it may have
    been applying when the plan was made; None = unknown."""

    evse_id: EvseId
    limit_a: int
    because: str = ""
    applied_a: int | None = None


@dataclass(frozen=True, slots=True)
class PowerPlan:
    """A site's complete power plan: every EVSE with a session has a setpoint."""

    operator_id: OperatorId
    site_id: SiteId
    number: int
    made_at: datetime
    status: str
    setpoints: tuple[Setpoint, ...]
    binding: tuple[str, ...] = ()
    drawn_w: int | None = None  # what the site drew when the plan was made
    allotted_w: int | None = None
    took_ms: float | None = None  # solver time, as measured by the edge
    allowed_w: int | None = None  # what third parties (a grid operator, say) allowed the site then; None = no limit was stated


@dataclass(frozen=True, slots=True)
class Grant:
    """What one EVSE has been told, and what it must be counted at.

    target_a: the newest plan's setpoint. sent_a / sent_at: the last order handed to the courier; sent_plan: the plan since which every
    order has been for these amps. confirmed_a: the last the charger accepted (the least it may have, after an order without an answer).
    verified: a meter value after the acceptance showed the current within confirmed_a. counted_a: amps to assume it may draw. fallback_a:
    the fallback it has accepted; None = none yet, or perhaps lost, so it may draw all; fallback_after_s: it holds from so many seconds
    of a charge on, and nothing before; fallback_at: when it accepted it last, None = not known. disobeyed: times it was seen above its
    limit, or its fallback; defied_at: when last, of the order that holds now. prompt: it was seen to obey at once. ends_at: when the last
    of the orders it may be keeping to ends by itself; None: one of them has no end. raised_over_a: an order to draw more may still come
    true, the last or one before; a reading above this shows that it holds. None: there is no such order.
    refused_at: when a charge was last refused here, for want of room for an untested socket. raise_from: when the raise that waits at
    random may be sent. at_once: the driver wants no such wait in this charge. obeys: what is known of the socket. testing: an acceptance
    test has it, so the planner sends it nothing. turn_since / waiting_since / pauses: the present session's turns.
    """

    evse_id: EvseId
    operator_id: OperatorId
    site_id: SiteId
    plan: int = 0
    target_a: int = 0
    counted_a: int = 0
    sent_a: int | None = None
    sent_at: datetime | None = None
    confirmed_a: int | None = None
    confirmed_at: datetime | None = None
    verified: bool = False
    fallback_a: int | None = None
    disobeyed: int = 0
    prompt: bool = False
    session_id: SessionId | None = None
    turn_since: datetime | None = None
    waiting_since: datetime | None = None
    pauses: int = 0
    defied_at: datetime | None = None
    ends_at: datetime | None = None
    raised_over_a: int | None = None
    obeys: Obedience = Obedience.UNTESTED
    testing: bool = False
    raise_from: datetime | None = None
    at_once: bool = False
    refused_at: datetime | None = None
    sent_plan: int = 0
    fallback_after_s: int = 0
    fallback_at: datetime | None = None

    @property
    def quarantined(self) -> bool:
        """It exceeded its limits too often; only an acceptance test lifts this."""
        return self.disobeyed >= DISOBEYED_TOO_OFTEN

    @property
    def obedience(self) -> Obedience:
        return Obedience.IGNORES if self.quarantined else self.obeys

    def without_session(self) -> "Grant":
        """The grant without anything about a charge: the next car starts from the fallback."""
        return Grant(
            self.evse_id,
            self.operator_id,
            self.site_id,
            plan=self.plan,
            fallback_a=self.fallback_a,
            fallback_after_s=self.fallback_after_s,
            fallback_at=self.fallback_at,
            disobeyed=self.disobeyed,
            prompt=self.prompt,
            obeys=self.obeys,
            refused_at=self.refused_at,
        )

    def for_replaced_charger(self) -> "Grant":
        """For a replaced charger under the same id: it has no fallback yet, and has not been seen to keep a limit."""
        return replace(self.without_fallback(), disobeyed=0, prompt=False, obeys=Obedience.UNTESTED)

    def without_fallback(self) -> "Grant":
        """For a charger that may have lost its fallback: nothing limits a charge there until it accepts one again."""
        return replace(self, fallback_a=None, fallback_after_s=0, fallback_at=None)

    @property
    def applied_a(self) -> int:
        """The lowest limit it may be applying, since the last order may or may not have arrived."""
        begins_a = 0 if self.fallback_after_s else self.fallback_a or 0
        before = self.confirmed_a if self.confirmed_a is not None else begins_a
        return before if self.sent_a is None else min(before, self.sent_a)


@dataclass(frozen=True, slots=True)
class PowerDay:
    """Of the charges that ended on a local day of the site.

    charges: those the figures are made of. left_out: others of the day, whose readings or clocks were doubtful. assumed: charges of
    which nobody knows what they needed: nobody said, and the car left before it was full. requested_wh: what the cars needed.
    bound_wh: the most that could have been delivered to these cars by one who knew everything, within the limits as they were when
    this was worked out, and what others allowed the site meanwhile. cut_s: for so long of the day plans found that others allowed anything.
    jain, fifth: of each car's part of what it could have had (None: there was none); starved: cars with less than a twentieth.
    """

    operator_id: OperatorId
    site_id: SiteId
    day: date
    made_at: datetime
    charges: int
    left_out: int
    assumed: int
    requested_wh: int
    delivered_wh: int
    bound_wh: int
    jain: float | None
    fifth: float | None
    starved: int
    cut_s: int = 0

    @property
    def percent(self) -> float | None:
        """Delivered energy in percent of what was possible; None if nothing was."""
        return 100 * self.delivered_wh / self.bound_wh if self.bound_wh else None


class PowerPlanRepository(Protocol):
    def lock_site(self, site_id: SiteId) -> None:
        """One planner at a time for a site, until this unit of work ends."""
        ...

    def sites_to_plan(self) -> Collection[SiteId]:
        """Where time alone may change what is told within minutes: a charge is open, a car is plugged in, others have said what the site
        may draw, or a charger in contact has not accepted a fallback for each of its sockets in service."""
        ...

    def latest(self, site_id: SiteId) -> PowerPlan | None: ...
    def since(self, site_id: SiteId, at: datetime, until: datetime | None = None) -> Sequence[PowerPlan]:
        """Plans made from an instant on (and before `until`), by number."""
        ...

    def allowed(self, site_id: SiteId, span: Span) -> Sequence[tuple[datetime, int | None]]:
        """The site's third-party limit (watts; None = none) as its plans in this span found it: one row for each change, by time."""
        ...

    def put(self, plan: PowerPlan) -> None: ...
    def grants(self, site_id: SiteId) -> Mapping[EvseId, Grant]:
        """The site's grants, by socket."""
        ...

    def grant(self, evse_id: EvseId) -> Grant | None: ...
    def lacks_fallback(self, charger_id: ChargerId) -> bool:
        """Whether the charger has a socket in service without an accepted fallback. Reads without the site's lock."""
        ...

    def put_grant(self, grant: Grant) -> None: ...
    def energy_costs(self, site_id: SiteId) -> EnergyCosts | None: ...
    def put_energy_costs(self, costs: EnergyCosts) -> None: ...
    def allowances(self, site_id: SiteId) -> SiteAllowances | None: ...
    def put_allowances(self, allowances: SiteAllowances) -> None: ...
    def open_test(self, evse_id: EvseId) -> AcceptanceTest | None: ...
    def open_tests(self, site_id: SiteId) -> Sequence[AcceptanceTest]:
        """By id."""
        ...

    def tests_of(self, evse_id: EvseId, limit: int = 10) -> Sequence[AcceptanceTest]:
        """Newest first, including a running one."""
        ...

    def put_test(self, test: AcceptanceTest) -> None: ...
    def stays(self, site_id: SiteId) -> SiteStays | None: ...
    def put_stays(self, stays: SiteStays) -> None: ...
    def days(self, site_id: SiteId, first: date) -> Sequence[PowerDay]:
        """From a local day on, oldest first."""
        ...

    def put_day(self, day: PowerDay) -> None:
        """Replaces the figures stored for the site and day."""
        ...
