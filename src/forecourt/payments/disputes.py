"""Disputed card payments (chargebacks): the processor's record of them, and the ledger entries that follow."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from forecourt.kernel import DriverId, Money, OperatorId, PaymentId, TokenUid
from forecourt.ledger import CLEARING, DISPUTED, WRITE_OFF, Account, Posting, Txn, wallet
from forecourt.payments.model import Payment
from forecourt.payments.orders import DisputeRecord


class DisputeState(StrEnum):
    NEEDS_ANSWER = "NEEDS_ANSWER"
    UNDER_REVIEW = "UNDER_REVIEW"
    WON = "WON"
    LOST = "LOST"


_VERDICTS = frozenset({DisputeState.WON, DisputeState.LOST})


class BlockRule(StrEnum):
    """When to block the tokens of a driver who disputes a payment."""

    NEVER = "NEVER"
    OPENED = "OPENED"
    LOST = "LOST"


@dataclass(frozen=True, slots=True)
class Dispute:
    """id: the processor's. answer_by: the deadline for evidence. fee: what the processor charges for it, booked with its clearing file.

    blocked: the driver's tokens that are blocked because of it, or were until a person unblocked them.
    """

    id: str
    operator_id: OperatorId
    payment_id: PaymentId
    driver_id: DriverId
    amount: Money
    fee: Money
    reason: str
    state: DisputeState
    opened_at: datetime
    changed_at: datetime
    answer_by: datetime | None = None
    blocked: tuple[TokenUid, ...] = ()

    @property
    def open(self) -> bool:
        return self.state not in _VERDICTS

    @property
    def withheld(self) -> Money:
        """The part of the payment that we cannot refund: it is, or stays, with the cardholder's bank."""
        return Money.zero(self.amount.currency) if self.state is DisputeState.WON else self.amount


@dataclass(frozen=True, slots=True)
class DisputeUpdate:
    """txns: to be posted in the same commit. changed: False if the record contained nothing new."""

    dispute: Dispute
    txns: tuple[Txn, ...] = ()
    changed: bool = True


def update_dispute(known: Dispute | None, payment: Payment, record: DisputeRecord, at: datetime) -> DisputeUpdate:
    """Update a dispute from the processor's record. A record older than what is known changes nothing. Won or lost is final unless the
    processor itself later says otherwise; a verdict that moves no money carries the time of the event before it."""
    state = DisputeState(record.state)
    if known is not None:
        reported, stored = (record.at, state in _VERDICTS), (known.changed_at, known.state in _VERDICTS)
        if reported < stored or (reported == stored and state is known.state and record.answer_by == known.answer_by):
            return DisputeUpdate(known, changed=False)
    before = known or Dispute(
        record.id,
        payment.operator_id,
        payment.id,
        payment.driver_id,
        record.amount,
        record.fee,
        record.reason,
        DisputeState.NEEDS_ANSWER,
        record.opened_at,
        record.at,
    )
    after = replace(before, state=state, changed_at=record.at, answer_by=record.answer_by, fee=record.fee)
    return DisputeUpdate(after, tuple(_txns(known, after, payment, at)))


def _txns(known: Dispute | None, after: Dispute, payment: Payment, at: datetime) -> list[Txn]:
    """Park the amount while it is disputed; then return it or write it off. A verdict that is overturned is first undone.

    A top-up is parked, and lost, on its driver's balance: what the bank has taken back cannot be spent.
    """
    parked, lost = (wallet(payment.driver_id),) * 2 if payment.top_up else (DISPUTED, WRITE_OFF)
    txns_made = []
    if known is None:
        txns_made.append(_txn(after, "opened", CLEARING, parked, at))
    state_before = known.state if known else DisputeState.NEEDS_ANSWER
    if state_before is not after.state:
        targets = {DisputeState.WON: CLEARING, DisputeState.LOST: lost}
        step = f"{after.state.value.lower()}/{int(after.changed_at.timestamp())}"
        if state_before in targets:
            txns_made.append(_txn(after, f"reopened/{step}", targets[state_before], parked, at))
        if after.state in targets:
            txns_made.append(_txn(after, step, parked, targets[after.state], at))
    return [txn for txn in txns_made if txn is not None]


def _txn(dispute: Dispute, step: str, source: Account, target: Account, at: datetime) -> Txn | None:
    """The transaction of a step; None if nothing moves."""
    if source == target:
        return None
    key, text = f"dispute/{dispute.id}/{step}", f"Dispute {dispute.id} {step.partition('/')[0]}"
    return Txn(key, dispute.operator_id, at, text, dispute.payment_id, (Posting(source, target, dispute.amount),))
