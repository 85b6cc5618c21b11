"""Plans, their versions, memberships, and how much of every entitlement was used."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from uuid import UUID

from forecourt.kernel import DriverId, NotFound, OperatorId
from forecourt.offers import EntitlementUse, Membership, Plan, PlanVersion
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, DbQuery, Table
from forecourt.store.postgres.identity_map import IdentityMap

_PLANS = Table(
    "membership_plans",
    (("operator_id", "uuid"), ("plan_id", "uuid"), ("title", "text"), ("join_code", "text"), ("data", "jsonb")),
    ("plan_id",),
)
_VERSIONS = Table(
    "plan_versions",
    (("operator_id", "uuid"), ("plan_id", "uuid"), ("number", "integer"), ("version_id", "uuid"), ("data", "jsonb")),
    (),
).insert()
_MEMBERSHIPS = Table(
    "memberships",
    (
        ("operator_id", "uuid"),
        ("membership_id", "uuid"),
        ("driver_id", "uuid"),
        ("plan_id", "uuid"),
        ("joined_at", "timestamptz"),
        ("due_at", "timestamptz"),
        ("over", "boolean"),
        ("data", "jsonb"),
    ),
    ("membership_id",),
)
_USES = Table(
    "offer_uses",
    (("use_id", "uuid"), ("source", "text"), ("document_id", "uuid"), ("at", "timestamptz"), ("data", "jsonb")),
    ("use_id",),
)
_VERSION = Codec[PlanVersion](PlanVersion)
_PLAN_CODEC = Codec[Plan](Plan)
_MEMBERSHIP_CODEC = Codec[Membership](Membership)
_USE_CODEC = Codec[EntitlementUse](EntitlementUse)


def _membership_record(one: Membership) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "membership_id": one.id,
        "driver_id": one.driver_id,
        "plan_id": one.plan_id,
        "joined_at": one.joined_at,
        "due_at": one.due_at,
        "over": one.over,
    }


_OF_DRIVER = "driver_id = %s ORDER BY joined_at DESC, membership_id DESC"
_MAYBE_ENTITLED = """SELECT driver_id FROM memberships WHERE driver_id = ANY(%s)
UNION SELECT driver_id FROM coupon_claims WHERE driver_id = ANY(%s) UNION SELECT driver_id FROM vouchers WHERE driver_id = ANY(%s)"""


class Memberships:
    def __init__(self, db: DbConnection) -> None:
        self._db = db
        self._plans: IdentityMap[UUID, Plan] = IdentityMap(
            db,
            _PLANS,
            _PLAN_CODEC,
            lambda one: one.id,
            lambda one: {"operator_id": one.operator_id, "plan_id": one.id, "title": one.title, "join_code": one.join_code or None},
        )
        self._map: IdentityMap[UUID, Membership] = IdentityMap(db, _MEMBERSHIPS, _MEMBERSHIP_CODEC, lambda one: one.id, _membership_record)

    def plan(self, plan_id: UUID) -> Plan | None:
        return self._plans.get(plan_id, "plan_id = %s", plan_id)

    def plans(self, operator_id: OperatorId) -> Sequence[Plan]:
        return sorted(self._plans.find("operator_id = %s", operator_id), key=lambda one: (one.title, one.id))

    def put_plan(self, plan: Plan) -> None:
        self._plans.put(plan)

    def version(self, version_id: UUID) -> PlanVersion:
        found = self._db.one("SELECT data FROM plan_versions WHERE version_id = %s", version_id)
        if found is None:
            raise NotFound("plan_version", "There is no such plan.")
        return _VERSION.read(found[0])

    def versions(self, plan_id: UUID) -> Sequence[PlanVersion]:
        found = self._db.rows("SELECT data FROM plan_versions WHERE plan_id = %s ORDER BY number", plan_id)
        return [_VERSION.read(data) for (data,) in found]

    def put_version(self, version: PlanVersion) -> None:
        record = {
            "operator_id": version.operator_id,
            "plan_id": version.plan_id,
            "number": version.number,
            "version_id": version.id,
            "data": _VERSION.pack(version),
        }
        self._db.write(_VERSIONS, [record])

    def membership(self, membership_id: UUID) -> Membership | None:
        return self._map.get(membership_id, "membership_id = %s", membership_id)

    def lock(self, membership_id: UUID) -> Membership | None:
        return self._map.first("membership_id = %s FOR NO KEY UPDATE", membership_id)

    def of_driver(self, driver_id: DriverId) -> Sequence[Membership]:
        return self._map.find(_OF_DRIVER, driver_id)

    def find_query(self, driver_id: DriverId) -> DbQuery:
        """The query that `of_driver` runs."""
        return self._map.find_query(_OF_DRIVER, driver_id)

    def of_drivers(self, driver_ids: Collection[DriverId]) -> Sequence[Membership]:
        if not driver_ids:
            return []
        return self._map.find("driver_id = ANY(%s) AND NOT over ORDER BY membership_id", list(driver_ids))

    def due(self, operator_id: OperatorId, at: datetime, limit: int = 500) -> Sequence[Membership]:
        return self._map.find(
            "operator_id = %s AND NOT over AND due_at <= %s ORDER BY due_at, membership_id LIMIT %s", operator_id, at, limit
        )

    def active(self, operator_id: OperatorId) -> Sequence[Membership]:
        return self._map.find("operator_id = %s AND NOT over ORDER BY membership_id", operator_id)

    def members(self, plan_id: UUID) -> int:
        self.flush()
        found = self._db.one("SELECT count(*) FROM memberships WHERE plan_id = %s AND NOT over", plan_id)
        return int(found[0]) if found else 0

    def put(self, membership: Membership) -> None:
        self._map.put(membership)

    def flush(self) -> None:
        self._plans.flush()
        self._map.flush()


class Entitlements:
    """flush_others: of what is read here and may not be written yet."""

    def __init__(self, db: DbConnection, flush_others: Callable[[], None]) -> None:
        self._db, self._flush_others = db, flush_others
        self._uses: IdentityMap[UUID, EntitlementUse] = IdentityMap(
            db,
            _USES,
            _USE_CODEC,
            lambda one: one.id,
            lambda one: {"use_id": one.id, "source": one.source, "document_id": one.document_id, "at": one.at},
        )

    def lock_driver(self, driver_id: DriverId) -> None:
        self._db.lock("entitlements", driver_id)
        self._uses.forget()

    def lock_drivers(self, driver_ids: Collection[DriverId]) -> None:
        self._db.lock_all("entitlements", driver_ids)
        self._uses.forget()

    def maybe_entitled(self, driver_ids: Collection[DriverId]) -> set[DriverId]:
        self._flush_others()
        ids = list(driver_ids)
        return {driver_id for (driver_id,) in self._db.rows(_MAYBE_ENTITLED, ids, ids, ids)}

    def put(self, use: EntitlementUse) -> None:
        self._uses.put(use)

    def uses_of(self, source: str, since: datetime | None = None) -> Sequence[EntitlementUse]:
        return self._uses.find("source = %s AND at >= coalesce(%s, '-infinity'::timestamptz) ORDER BY at, use_id", source, since)

    def uses_on(self, document_id: UUID) -> Sequence[EntitlementUse]:
        return self._uses.find("document_id = %s ORDER BY at, use_id", document_id)

    def flush(self) -> None:
        self._uses.flush()
