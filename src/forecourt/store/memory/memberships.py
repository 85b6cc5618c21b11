"""Plans, memberships, and how much of every entitlement was used, in memory."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from forecourt.kernel import DriverId, NotFound, OperatorId
from forecourt.offers import EntitlementUse, Membership, Plan, PlanVersion
from forecourt.store.memory.database import MemoryDatabase


class Memberships:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def plan(self, plan_id: UUID) -> Plan | None:
        return self._db.plans_offered.get(plan_id)

    def plans(self, operator_id: OperatorId) -> Sequence[Plan]:
        mine = self._db.plans_offered.where(lambda one: one.operator_id == operator_id)
        return sorted(mine, key=lambda one: (one.title, one.id))

    def put_plan(self, plan: Plan) -> None:
        self._db.plans_offered.put(plan.id, plan)

    def version(self, version_id: UUID) -> PlanVersion:
        found = self._db.plan_versions.get(version_id)
        if found is None:
            raise NotFound("plan_version", "There is no such plan.")
        return found

    def versions(self, plan_id: UUID) -> Sequence[PlanVersion]:
        return sorted(self._db.plan_versions.where(lambda one: one.plan_id == plan_id), key=lambda one: one.number)

    def put_version(self, version: PlanVersion) -> None:
        self._db.plan_versions.put(version.id, version)

    def membership(self, membership_id: UUID) -> Membership | None:
        return self._db.memberships.get(membership_id)

    def lock(self, membership_id: UUID) -> Membership | None:
        return self.membership(membership_id)  # units of work run alone here

    def of_driver(self, driver_id: DriverId) -> Sequence[Membership]:
        mine = self._db.memberships.where(lambda one: one.driver_id == driver_id)
        return sorted(mine, key=lambda one: (one.joined_at, one.id), reverse=True)

    def of_drivers(self, driver_ids: Collection[DriverId]) -> Sequence[Membership]:
        found = self._db.memberships.where(lambda one: one.driver_id in driver_ids and not one.over)
        return sorted(found, key=lambda one: one.id)

    def due(self, operator_id: OperatorId, at: datetime, limit: int = 500) -> Sequence[Membership]:
        mine = self._db.memberships.where(lambda one: one.operator_id == operator_id and not one.over and one.due_at <= at)
        return sorted(mine, key=lambda one: (one.due_at, one.id))[:limit]

    def active(self, operator_id: OperatorId) -> Sequence[Membership]:
        mine = self._db.memberships.where(lambda one: one.operator_id == operator_id and not one.over)
        return sorted(mine, key=lambda one: one.id)

    def members(self, plan_id: UUID) -> int:
        return len(self._db.memberships.where(lambda one: one.plan_id == plan_id and not one.over))

    def put(self, membership: Membership) -> None:
        self._db.memberships.put(membership.id, membership)


class Entitlements:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def lock_driver(self, driver_id: DriverId) -> None:
        """Nothing to do: units of work run one after another."""

    def lock_drivers(self, driver_ids: Collection[DriverId]) -> None:
        """Nothing to do: units of work run one after another."""

    def maybe_entitled(self, driver_ids: Collection[DriverId]) -> set[DriverId]:
        kept = (*self._db.memberships, *self._db.claims, *self._db.vouchers)
        return {one.driver_id for one in kept if one.driver_id is not None} & set(driver_ids)

    def put(self, use: EntitlementUse) -> None:
        self._db.uses.put(use.id, use)

    def uses_of(self, source: str, since: datetime | None = None) -> Sequence[EntitlementUse]:
        return _by_time(self._db.uses.where(lambda one: one.source == source and (since is None or one.at >= since)))

    def uses_on(self, document_id: UUID) -> Sequence[EntitlementUse]:
        return _by_time(self._db.uses.where(lambda one: one.document_id == document_id))


def _by_time(uses: Sequence[EntitlementUse]) -> list[EntitlementUse]:
    return sorted(uses, key=lambda one: (one.at, one.id))
