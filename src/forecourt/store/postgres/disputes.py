"""Disputed payments, and the operators' rule on their drivers."""

from collections.abc import Sequence
from dataclasses import dataclass

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest
from forecourt.kernel import OperatorId, PaymentId
from forecourt.payments import BlockRule, Dispute
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.identity_map import IdentityMap
from forecourt.store.postgres.paged_query import PagedQuery

_DISPUTES = Table(
    "disputes",
    (
        ("operator_id", "uuid"),
        ("dispute_id", "text"),
        ("payment_id", "uuid"),
        ("open", "boolean"),
        ("opened_at", "timestamptz"),
        ("data", "jsonb"),
    ),
    ("operator_id", "dispute_id"),
)
_RULES = Table("dispute_rules", (("operator_id", "uuid"), ("data", "jsonb")), ("operator_id",))


@dataclass(frozen=True, slots=True)
class _Rule:
    rule: BlockRule


_OLDEST = "ORDER BY opened_at, dispute_id"
_PAGED = PagedQuery(ListOrders.DISPUTES, ("open", "opened_at", "dispute_id"))
_DISPUTE, _RULE = Codec[Dispute](Dispute), Codec[_Rule](_Rule)


class Disputes:
    def __init__(self, db: DbConnection) -> None:
        self._db = db
        self._map: IdentityMap[tuple[OperatorId, str], Dispute] = IdentityMap(
            db, _DISPUTES, _DISPUTE, lambda one: (one.operator_id, one.id), _record
        )

    def dispute(self, operator_id: OperatorId, dispute_id: str) -> Dispute | None:
        return self._map.get((operator_id, dispute_id), "operator_id = %s AND dispute_id = %s", operator_id, dispute_id)

    def put(self, dispute: Dispute) -> None:
        self._map.put(dispute)

    def of_payment(self, payment_id: PaymentId) -> Sequence[Dispute]:
        return self._map.find(f"payment_id = %s {_OLDEST}", payment_id)

    def waiting(self, operator_id: OperatorId) -> Sequence[Dispute]:
        return self._map.find(f"operator_id = %s AND open {_OLDEST}", operator_id)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Dispute]:
        return _PAGED.page(self._map.find, request, "operator_id = %s", operator_id)

    def rule(self, operator_id: OperatorId) -> BlockRule:
        found = self._db.one("SELECT data FROM dispute_rules WHERE operator_id = %s", operator_id)
        return _RULE.read(found[0]).rule if found else BlockRule.NEVER

    def put_rule(self, operator_id: OperatorId, rule: BlockRule) -> None:
        self._db.write(_RULES.upsert(), [{"operator_id": operator_id, "data": _RULE.pack(_Rule(rule))}])

    def flush(self) -> None:
        self._map.flush()


def _record(one: Dispute) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "dispute_id": one.id,
        "payment_id": one.payment_id,
        "open": one.open,
        "opened_at": one.opened_at,
    }
