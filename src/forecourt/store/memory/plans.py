"""Power plans and grants, and a site's costs, allowances, stays and acceptance tests, in memory."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby

from forecourt.flows.ports import Grant, PowerDay, PowerPlan
from forecourt.kernel import ChargerId, EvseId, SiteId, Span
from forecourt.planning import EnergyCosts, SiteStays
from forecourt.stations import AcceptanceTest, ConnectorState, SiteAllowances
from forecourt.store.memory.database import MemoryDatabase


class Plans:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def lock_site(self, site_id: SiteId) -> None:
        """Nothing to do: units of work run one after another."""

    def sites_to_plan(self) -> Collection[SiteId]:
        db = self._db
        linked = {one.id for one in db.chargers if one.connected}
        occupied = {one.evse_id for one in db.sockets if one.state is ConnectorState.OCCUPIED}
        serving = [one for one in db.evses if one.retired_at is None and one.charger_id in linked]
        unheld = {one.id for one in serving if (grant := self.grant(one.id)) is None or grant.fallback_a is None}
        at_sockets = {one.site_id for one in db.evses if one.id in occupied | unheld}
        return at_sockets | {one.site_id for one in db.sessions} | {one.site_id for one in db.site_allowances}

    def latest(self, site_id: SiteId) -> PowerPlan | None:
        return max(self._db.plans.where(lambda one: one.site_id == site_id), key=lambda one: one.number, default=None)

    def since(self, site_id: SiteId, at: datetime, until: datetime | None = None) -> Sequence[PowerPlan]:
        here = self._db.plans.where(lambda one: one.site_id == site_id and one.made_at >= at)
        return sorted((one for one in here if until is None or one.made_at < until), key=lambda one: one.number)

    def allowed(self, site_id: SiteId, span: Span) -> Sequence[tuple[datetime, int | None]]:
        by_value = groupby(self.since(site_id, span.start, span.end), lambda one: one.allowed_w)
        return [(next(plans).made_at, watts) for watts, plans in by_value]

    def put(self, plan: PowerPlan) -> None:
        self._db.plans.put((plan.operator_id, plan.site_id, plan.number), plan)

    def grants(self, site_id: SiteId) -> Mapping[EvseId, Grant]:
        return {one.evse_id: one for one in self._db.grants if one.site_id == site_id}

    def grant(self, evse_id: EvseId) -> Grant | None:
        return self._db.grants.get(evse_id)

    def lacks_fallback(self, charger_id: ChargerId) -> bool:
        own = self._db.evses.where(lambda one: one.charger_id == charger_id and one.retired_at is None)
        return any((grant := self.grant(one.id)) is None or grant.fallback_a is None for one in own)

    def put_grant(self, grant: Grant) -> None:
        self._db.grants.put(grant.evse_id, grant)

    def energy_costs(self, site_id: SiteId) -> EnergyCosts | None:
        kept = self._db.energy_costs.get(site_id)
        return kept if isinstance(kept, EnergyCosts) else None

    def put_energy_costs(self, costs: EnergyCosts) -> None:
        self._db.energy_costs.put(costs.site_id, costs)

    def allowances(self, site_id: SiteId) -> SiteAllowances | None:
        return self._db.site_allowances.get(site_id)

    def put_allowances(self, allowances: SiteAllowances) -> None:
        self._db.site_allowances.put(allowances.site_id, allowances)

    def open_test(self, evse_id: EvseId) -> AcceptanceTest | None:
        return next(iter(self._db.tests.where(lambda one: one.evse_id == evse_id and one.ended_at is None)), None)

    def open_tests(self, site_id: SiteId) -> Sequence[AcceptanceTest]:
        return sorted(self._db.tests.where(lambda one: one.site_id == site_id and one.ended_at is None), key=lambda one: one.id)

    def tests_of(self, evse_id: EvseId, limit: int = 10) -> Sequence[AcceptanceTest]:
        found = self._db.tests.where(lambda one: one.evse_id == evse_id)
        return sorted(found, key=lambda one: one.id, reverse=True)[:limit]

    def put_test(self, test: AcceptanceTest) -> None:
        self._db.tests.put(test.id, test)

    def stays(self, site_id: SiteId) -> SiteStays | None:
        kept = self._db.site_stays.get(site_id)
        return kept if isinstance(kept, SiteStays) else None

    def put_stays(self, stays: SiteStays) -> None:
        self._db.site_stays.put(stays.site_id, stays)

    def days(self, site_id: SiteId, first: date) -> Sequence[PowerDay]:
        return sorted(self._db.power_days.where(lambda one: one.site_id == site_id and one.day >= first), key=lambda one: one.day)

    def put_day(self, day: PowerDay) -> None:
        self._db.power_days.put((day.operator_id, day.site_id, day.day), day)
