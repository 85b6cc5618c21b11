"""Payments that a cardholder disputes, in memory."""

from collections.abc import Sequence

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import OperatorId, PaymentId
from forecourt.payments import BlockRule, Dispute
from forecourt.store.memory.database import MemoryDatabase


class Disputes:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def dispute(self, operator_id: OperatorId, dispute_id: str) -> Dispute | None:
        return self._db.disputes.get((operator_id, dispute_id))

    def put(self, dispute: Dispute) -> None:
        self._db.disputes.put((dispute.operator_id, dispute.id), dispute)

    def of_payment(self, payment_id: PaymentId) -> Sequence[Dispute]:
        return _by_opening(self._db.disputes.where(lambda one: one.payment_id == payment_id))

    def waiting(self, operator_id: OperatorId) -> Sequence[Dispute]:
        return _by_opening(self._db.disputes.where(lambda one: one.operator_id == operator_id and one.open))

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Dispute]:
        return page_of(self._db.disputes.where(lambda one: one.operator_id == operator_id), ListOrders.DISPUTES, request)

    def rule(self, operator_id: OperatorId) -> BlockRule:
        return self._db.dispute_rules.get(operator_id) or BlockRule.NEVER

    def put_rule(self, operator_id: OperatorId, rule: BlockRule) -> None:
        self._db.dispute_rules.put(operator_id, rule)


def _by_opening(disputes: Sequence[Dispute]) -> list[Dispute]:
    return sorted(disputes, key=lambda one: (one.opened_at, one.id))
