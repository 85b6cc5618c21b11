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
    """The limits sent to one EVSE, and the current that must be assumed for it.

    target_a: the newest plan's setpoint. sent_a / sent_at: the last order handed to the courier; sent_plan: the plan since which every
    order has been for these amps. confirmed_a: the last limit that the charger accepted (after an order without an answer, the
    lowest that it may be applying). verified: a meter value after the acceptance showed the current within confirmed_a. counted_a: amps
    to assume that it may draw. fallback_a: the fallback it has accepted; None: none yet, or it may have lost it, so nothing limits it;
    fallback_after_s: seconds of a charge before the fallback takes effect, with no limit until then; fallback_at: when it was last
    accepted, None: unknown.
    disobeyed: how often a reading exceeded its limit or fallback; defied_at: when last, under the order in force. prompt: it was seen to
    obey at once. ends_at: when the last of the orders that it may be applying expires; None: one of them does not. sent_until: when the
    last order expires. lapses_from: the first instant at which one of them may expire, by whatever clock, so that what it draws from then
    on says nothing of the last; None: none does. raised_over_a: a raise (the last order or an earlier one) may still take effect, and a
    reading above these amps shows that it has; None: there is none.
    refused_at: when a charge was last refused here because there was no room for an untested socket. raise_from: when a raise with a
    random delay may be sent. at_once: the driver wants no such delay in this charge. obeys: what is known about the socket. testing: an
    acceptance test is using it, so the planner sends it nothing. turn_since / waiting_since / pauses: turns of the current session.
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
    lapses_from: datetime | None = None
    sent_until: datetime | None = None

    @property
    def quarantined(self) -> bool:
        """Whether it exceeded its limits too often; only an acceptance test lifts this."""
        return self.disobeyed >= DISOBEYED_TOO_OFTEN

    @property
    def obedience(self) -> Obedience:
        return Obedience.IGNORES if self.quarantined else self.obeys

    def without_session(self) -> "Grant":
        """The grant after a charge, without anything about it: the next car starts from the fallback."""
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
        """The grant for another charger under the same id: it has no fallback yet, and has not been seen to obey a limit."""
        return replace(self.without_fallback(), disobeyed=0, prompt=False, obeys=Obedience.UNTESTED)

    def without_fallback(self) -> "Grant":
        """The grant for a charger that may have lost its fallback: nothing limits a charge there until it accepts one again."""
        return replace(self, fallback_a=None, fallback_after_s=0, fallback_at=None)

    @property
    def applied_a(self) -> int:
        """The lowest limit it may be applying, since the last order may or may not have arrived."""
        begins_a = 0 if self.fallback_after_s else self.fallback_a or 0
        before = self.confirmed_a if self.confirmed_a is not None else begins_a
        return before if self.sent_a is None else min(before, self.sent_a)


@dataclass(frozen=True, slots=True)
class PowerDay:
    """Figures about the charges that ended on one local day of a site.

    charges: how many the figures cover. left_out: the day's other charges, whose readings or clocks were doubtful. assumed: charges with
    an unknown need, because nobody stated one and the car left before it was full. requested_wh: what the cars needed. bound_wh: the most
    that a planner with perfect foresight could have delivered to them, within the limits configured when this was computed and those that
    third parties set during the day. cut_s: seconds of the day in which third parties limited the site. jain, fifth: Jain's index and the
    5th percentile of each car's share of what it could have had (None: undefined); starved: cars with less than 5 %.
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
        """Lock a site's power until this unit of work ends: one planner at a time. Grants are read anew afterwards."""
        ...

    def sites_to_plan(self) -> Collection[SiteId]:
        """Sites whose limits may change within minutes without any event: a charge is open, a car is plugged in, a third party limits the
        site, or a connected charger has a socket in service without an accepted fallback."""
        ...

    def latest(self, site_id: SiteId) -> PowerPlan | None:
        """The site's plan with the highest number."""
        ...

    def since(self, site_id: SiteId, at: datetime, until: datetime | None = None) -> Sequence[PowerPlan]:
        """Plans made from an instant on (and before `until`), by number."""
        ...

    def allowed(self, site_id: SiteId, span: Span) -> Sequence[tuple[datetime, int | None]]:
        """The third-party limit on the site (watts; None: no limit) that the plans made in a span found: the first, then each change."""
        ...

    def put(self, plan: PowerPlan) -> None: ...
    def grants(self, site_id: SiteId) -> Mapping[EvseId, Grant]:
        """The site's grants, by socket."""
        ...

    def grant(self, evse_id: EvseId) -> Grant | None:
        """The grant of an EVSE as it is now; None if it has none yet. Locks its site, like `lock_site`."""
        ...

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
        """The site's acceptance tests that have not ended, by id."""
        ...

    def tests_of(self, evse_id: EvseId, limit: int = 10) -> Sequence[AcceptanceTest]:
        """The acceptance tests of an EVSE, newest first, including a running one."""
        ...

    def put_test(self, test: AcceptanceTest) -> None: ...
    def stays(self, site_id: SiteId) -> SiteStays | None: ...
    def put_stays(self, stays: SiteStays) -> None: ...
    def days(self, site_id: SiteId, first: date) -> Sequence[PowerDay]:
        """The site's figures from a local day on (inclusive), oldest first."""
        ...

    def put_day(self, day: PowerDay) -> None:
        """Store a day's figures, replacing those stored for the same site and day."""
        ...
