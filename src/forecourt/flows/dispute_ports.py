"""What flows need for disputed payments, within a Store."""

from collections.abc import Sequence
from typing import Protocol

from forecourt.kernel import OperatorId, PaymentId
from forecourt.payments import BlockRule, Dispute


class DisputeBook(Protocol):
    def dispute(self, operator_id: OperatorId, dispute_id: str) -> Dispute | None: ...
    def put(self, dispute: Dispute) -> None: ...
    def of_payment(self, payment_id: PaymentId) -> Sequence[Dispute]:
        """Oldest first."""
        ...

    def recent(self, operator_id: OperatorId, limit: int = 200) -> Sequence[Dispute]:
        """Open ones first, then newest first."""
        ...

    def rule(self, operator_id: OperatorId) -> BlockRule:
        """NEVER where the operator has set none."""
        ...

    def put_rule(self, operator_id: OperatorId, rule: BlockRule) -> None: ...


__all__ = ["DisputeBook"]
