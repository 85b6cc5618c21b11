"""Orders to the processor and its possible answers. A courier delivers each order at least once, always under the same idempotency
key."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from forecourt.kernel import Money, OperatorId, PaymentId
from forecourt.payments.cards import GivenCard
from forecourt.payments.model import check_amount


@dataclass(frozen=True, slots=True)
class _OfAmount:
    """An order for an amount. Raises BadInput unless it is above zero."""

    payment_id: PaymentId
    operator_id: OperatorId
    amount: Money

    def __post_init__(self) -> None:
        check_amount(self.amount)


@dataclass(frozen=True, slots=True)
class PlaceHold(_OfAmount):
    """Reserve an amount on a stored method."""

    method: str
    key: str


@dataclass(frozen=True, slots=True)
class OpenHold(_OfAmount):
    """Have the processor ask a payer who is present to put up a hold. Answered with Opened; the hold itself arrives as an event."""

    key: str


@dataclass(frozen=True, slots=True)
class Adopt:
    """Adopt a hold that a card terminal placed on our account: from now on the processor knows it as this payment. reference: the
    processor's. Answered at once with the record of a hold in place, Rejected or Unanswered; not delivered by courier."""

    payment_id: PaymentId
    reference: str


@dataclass(frozen=True, slots=True)
class OpenCharge(_OfAmount):
    """Have the processor charge a payer who is present. Answered with Opened; the payment itself arrives as an event.

    keep_card: store the card for the driver's later payments; the record then describes it.
    """

    key: str
    keep_card: bool = False


@dataclass(frozen=True, slots=True)
class Capture(_OfAmount):
    """Capture an amount of a hold, once; the rest of the hold is released."""

    method: str
    key: str
    reference: str


@dataclass(frozen=True, slots=True)
class Release:
    """Release a hold of that amount in full."""

    payment_id: PaymentId
    operator_id: OperatorId
    amount: Money
    method: str
    key: str
    reference: str


@dataclass(frozen=True, slots=True)
class Charge(_OfAmount):
    """Charge a stored method at once, without the driver present."""

    method: str
    key: str


@dataclass(frozen=True, slots=True)
class Refund(_OfAmount):
    """Refund an amount of a captured payment. already: what had been refunded before."""

    method: str
    key: str
    reference: str
    already: Money


@dataclass(frozen=True, slots=True)
class QueryPayment:
    """Read the processor's own record of a payment: after an event, or when an answer is long overdue.

    reference: the processor's name for it, if known.
    """

    payment_id: PaymentId
    operator_id: OperatorId
    key: str
    reference: str = ""


PaymentOrder = PlaceHold | OpenHold | OpenCharge | Capture | Release | Charge | Refund | QueryPayment


@dataclass(frozen=True, slots=True)
class Accepted:
    """The order was carried out. expires_at: of a hold."""

    reference: str
    at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """The payer can be asked. page: its address; empty if our own page calls the processor with the secret."""

    reference: str
    at: datetime
    page: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The order was not carried out and will not be. code: the processor's word ("card_declined", "hold_expired")."""

    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer, or none that says whether the order was carried out."""

    error: str


Answer = Accepted | Opened | Rejected | Unanswered


@dataclass(frozen=True, slots=True)
class DisputeRecord:
    """The processor's own record of a dispute. state: a `DisputeState`; at: when it was entered; answer_by: the deadline for evidence."""

    id: str
    state: str
    amount: Money
    fee: Money
    reason: str
    opened_at: datetime
    at: datetime
    answer_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProcessorRecord:
    """The processor's own record of a payment, as read. status: "requested", "held", "captured", "released", "expired",
    "declined". held: what is reserved now; captured and refunded: totals. bounced: the total of refunds that the payer's bank has sent
    back to us; it only grows, as refunded does. card: the card to be stored at the payer's wish, once paid."""

    payment_id: PaymentId
    status: str
    reference: str
    held: Money
    captured: Money
    refunded: Money
    at: datetime
    expires_at: datetime | None = None
    code: str = ""
    disputes: tuple[DisputeRecord, ...] = ()
    card: GivenCard | None = None
    bounced: Money | None = None


@dataclass(frozen=True, slots=True)
class ProcessorEvent:
    """An event from the processor, its signature verified. It says that something changed; the record says what."""

    id: str
    name: str
    payment_id: PaymentId
    at: datetime


class RowKind(StrEnum):
    """PAYMENT: money of one payment: captured, refunded, or moved by a dispute. FEE: the processor's own, for no single payment.
    PAYOUT: what left the processor for the bank. RETURNED: a payout that did not arrive. OTHER: anything else, such as an adjustment."""

    PAYMENT = "PAYMENT"
    FEE = "FEE"
    PAYOUT = "PAYOUT"
    RETURNED = "RETURNED"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class ClearingLine:
    """A row of the processor's clearing file: what it settled for a payment (negative for a refund), less its fee.

    payment_id: None if the row names no payment of ours. payout: the processor's name for the payout that included the row; for a
    PAYOUT row its own, if the processor lists the rows in it. description: the processor's description of a row that concerns no payment.
    """

    id: str
    payment_id: PaymentId | None
    gross: Money
    fee: Money
    at: datetime
    kind: RowKind = RowKind.PAYMENT
    payout: str = ""
    description: str = ""

    @property
    def net(self) -> Money:
        return self.gross - self.fee
