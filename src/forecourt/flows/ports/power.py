"""What flows need for a site's power: its plans, what each socket was granted, and how its days went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from forecourt.flows.ports.papers import Grant, PlanPaper
from forecourt.kernel import EvseId, OperatorId, SiteId
from forecourt.planning import EnergyCosts, SiteStays
from forecourt.stations import AcceptanceTest


@dataclass(frozen=True, slots=True)
class PowerDay:
    """Of the charges that ended on a local day of the site.

    charges: those the figures are made of. left_out: others of the day, whose readings or clocks were doubtful. assumed: charges of
    which nobody knows what they needed: nobody said, and the car left before it was full.
    bound_wh: the most that could have been delivered to these cars by one who knew everything, within the limits as they were when
    this was worked out.
    jain, fifth: of each car's part of what it could have had (None: there was none); starved: cars with less than a twentieth.
    """

    operator_id: OperatorId
    site_id: SiteId
    day: date
    made_at: datetime
    charges: int
    left_out: int
    assumed: int
    asked_wh: int
    delivered_wh: int
    bound_wh: int
    jain: float | None
    fifth: float | None
    starved: int

    @property
    def percent(self) -> float | None:
        """Delivered, of what was possible; None: nothing was."""
        return 100 * self.delivered_wh / self.bound_wh if self.bound_wh else None


class PlanBook(Protocol):
    def lock_site(self, site_id: SiteId) -> None:
        """One planner at a time for a site, until this unit of work ends."""
        ...

    def latest(self, site_id: SiteId) -> PlanPaper | None: ...
    def since(self, site_id: SiteId, at: datetime, until: datetime | None = None) -> Sequence[PlanPaper]:
        """Made from an instant on, by number; until: and before that one."""
        ...

    def put(self, plan: PlanPaper) -> None: ...
    def grants(self, site_id: SiteId) -> Mapping[EvseId, Grant]: ...
    def grant(self, evse_id: EvseId) -> Grant | None: ...
    def put_grant(self, grant: Grant) -> None: ...
    def energy_costs(self, site_id: SiteId) -> EnergyCosts | None: ...
    def put_energy_costs(self, costs: EnergyCosts) -> None: ...
    def open_test(self, evse_id: EvseId) -> AcceptanceTest | None: ...
    def open_tests(self, site_id: SiteId) -> Sequence[AcceptanceTest]: ...
    def tests_of(self, evse_id: EvseId, limit: int = 10) -> Sequence[AcceptanceTest]:
        """Newest first, with the one that runs."""
        ...

    def put_test(self, test: AcceptanceTest) -> None: ...
    def stays(self, site_id: SiteId) -> SiteStays | None: ...
    def put_stays(self, stays: SiteStays) -> None: ...
    def days(self, site_id: SiteId, first: date) -> Sequence[PowerDay]:
        """From a local day on, oldest first."""
        ...

    def put_day(self, day: PowerDay) -> None:
        """In place of what was kept for the site and day."""
        ...
