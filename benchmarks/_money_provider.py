"""The payment provider of a small world of money, as seen by its client."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from forecourt.kernel import Money, PaymentId
from forecourt.payments import (
    Accepted,
    Adopt,
    Answer,
    Capture,
    Charge,
    ClearingLine,
    DisputeRecord,
    GivenCard,
    OpenCharge,
    Opened,
    OpenHold,
    PlaceHold,
    ProcessorEvent,
    ProcessorRecord,
    Refund,
    Rejected,
    Release,
    RowKind,
)
from forecourt.simulation.provider import Bank, Faults, Intent, PaymentOptions, Refusal


class Provider:
    """Carries orders out at a bank, tells of them in events, and looks things up."""

    def __init__(self, now: Callable[[], datetime], currency: str) -> None:
        self._now, self._currency = now, currency
        self.events: list[ProcessorEvent] = []
        self.bank = Bank(lambda: now().timestamp(), Faults(), self._told)

    def file(self) -> list[ClearingLine]:
        return [
            ClearingLine(row.id, PaymentId(UUID(row.reference)) if row.reference else None,
                         Money(row.gross, row.currency), Money(row.fee, row.currency), self._now(), RowKind(row.kind.upper()), row.payout)
            for row in self.bank.clearing(0)
        ]  # fmt: skip

    def does(self, order: object) -> Answer | ProcessorRecord:
        try:
            match order:
                case OpenHold() | OpenCharge():
                    how = PaymentOptions(True, order.keep_card) if isinstance(order, OpenCharge) else None
                    asked = self.bank.ask(str(order.payment_id), order.amount.minor, self._currency, options=how)
                    return Opened(asked.id, self._now(), f"https://provider.example/pay/{asked.id}")
                case PlaceHold() | Charge():
                    later = isinstance(order, PlaceHold)
                    made = self.bank.create(str(order.payment_id), order.amount.minor, self._currency, order.method, later)
                case Capture():
                    made = self.bank.capture(order.reference, order.amount.minor)
                case Release():
                    made = self.bank.release(order.reference)
                case Refund():
                    made = self.bank.refund(order.reference, order.amount.minor)
                case _:
                    raise TypeError(f"{order!r} is no order")
        except Refusal as refusal:
            found = self.record(str(order.payment_id)) if isinstance(order, Release) else None
            return found if found and found.status == "captured" else Rejected(refusal.code)
        expires = datetime.fromtimestamp(made.expires_at, UTC) if made.expires_at else None
        return Accepted(made.id, self._now(), expires)

    def record(self, reference: str) -> ProcessorRecord | None:
        found = self.intent(reference)
        if found is None:
            return None
        held, captured, refunded = (Money(minor, self._currency) for minor in (found.held, found.captured, found.refunded))
        expires = datetime.fromtimestamp(found.expires_at, UTC) if found.expires_at else None
        disputes: tuple[DisputeRecord, ...] = ()
        if (claim := found.claim) is not None:
            sums = Money(claim.amount, self._currency), Money(claim.fee, self._currency)
            instants = claim.opened_at, claim.changed_at, claim.answer_by
            opened_at, changed_at, answer_by = (datetime.fromtimestamp(at, UTC) for at in instants)
            disputes = (DisputeRecord(claim.id, claim.status, *sums, claim.reason, opened_at, changed_at, answer_by),)
        card = GivenCard(found.method, found.brand, found.last4, 2034, 12) if found.card else None
        payment_id, status = PaymentId(UUID(reference)), found.merchant_status
        return ProcessorRecord(payment_id, status, found.id, held, captured, refunded, self._now(), expires, found.code, disputes, card,
                               Money(found.bounced, self._currency))  # fmt: skip

    def intent(self, reference: str) -> Intent | None:
        try:
            return self.bank.find(reference)
        except Refusal:
            return None

    def adopt(self, wanted: Adopt) -> ProcessorRecord | Rejected:
        """A hold that a terminal has put up."""
        try:
            self.bank.adopt(wanted.reference, str(wanted.payment_id))
        except Refusal as refusal:
            return Rejected(refusal.code)
        return self.record(str(wanted.payment_id)) or Rejected("no_record")

    def _told(self, name: str, intent: Intent) -> None:
        if not intent.reference:
            return
        payment_id = PaymentId(UUID(intent.reference))
        self.events.append(ProcessorEvent(f"evt{len(self.events)}_{intent.id}_{name}_{self._now()}", name, payment_id, self._now()))
