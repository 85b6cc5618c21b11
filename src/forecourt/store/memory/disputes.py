"""Disputed payments, in memory."""

from collections.abc import Sequence

from forecourt.kernel import OperatorId, PaymentId
from forecourt.payments import BlockRule, Dispute
from forecourt.store.memory.world import World


class Disputes:
    def __init__(self, world: World) -> None:
        self._world = world

    def dispute(self, operator_id: OperatorId, dispute_id: str) -> Dispute | None:
        return self._world.disputes.get((operator_id, dispute_id))

    def put(self, dispute: Dispute) -> None:
        self._world.disputes.put((dispute.operator_id, dispute.id), dispute)

    def of_payment(self, payment_id: PaymentId) -> Sequence[Dispute]:
        return sorted(self._world.disputes.where(lambda one: one.payment_id == payment_id), key=lambda one: (one.opened_at, one.id))

    def recent(self, operator_id: OperatorId, limit: int = 200) -> Sequence[Dispute]:
        mine = self._world.disputes.where(lambda one: one.operator_id == operator_id)
        newest = sorted(mine, key=lambda one: (one.opened_at, one.id), reverse=True)
        return sorted(newest, key=lambda one: not one.open)[:limit]

    def rule(self, operator_id: OperatorId) -> BlockRule:
        return self._world.dispute_rules.get(operator_id) or BlockRule.NEVER

    def put_rule(self, operator_id: OperatorId, rule: BlockRule) -> None:
        self._world.dispute_rules.put(operator_id, rule)
