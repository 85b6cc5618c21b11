"""What is asked of the processor, and what it can answer. A courier delivers orders at least once, each under one key of its own, its
idempotency key: the same for every delivery."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from forecourt.kernel import Money, OperatorId, PaymentId
from forecourt.payments.cards import GivenCard
from forecourt.payments.model import check_amount


@dataclass(frozen=True, slots=True)
class _OfAmount:
    """Raises BadInput for an amount that is not above zero."""

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
    """Have the processor ask a payer who is at hand to put up a hold. It is answered with Opened; the hold itself is news."""

    key: str


@dataclass(frozen=True, slots=True)
class Adopt:
    """Take over a hold that a card terminal has put up on our account: from now on the processor knows it as this payment. reference: the
    processor's. Answered at once, with the record of a hold that stands, or Rejected, or Unanswered; no courier carries it."""

    payment_id: PaymentId
    reference: str


@dataclass(frozen=True, slots=True)
class OpenCharge(_OfAmount):
    """Have the processor take an amount from a payer who is at hand. It is answered with Opened; the money itself is news.

    keep_card: the card that is shown is stored for the driver's later payments, and told in the record.
    """

    key: str
    keep_card: bool = False


@dataclass(frozen=True, slots=True)
class Capture(_OfAmount):
    """Take an amount of a hold, once; what is left of the hold goes back."""

    method: str
    key: str
    reference: str


@dataclass(frozen=True, slots=True)
class Release:
    """Give a hold of that amount back whole."""

    payment_id: PaymentId
    operator_id: OperatorId
    amount: Money
    method: str
    key: str
    reference: str


@dataclass(frozen=True, slots=True)
class Charge(_OfAmount):
    """Take an amount from a stored method at once, the driver not being there."""

    method: str
    key: str


@dataclass(frozen=True, slots=True)
class Refund(_OfAmount):
    """Give an amount of a captured payment back. already: what had gone back before."""

    method: str
    key: str
    reference: str
    already: Money


@dataclass(frozen=True, slots=True)
class Look:
    """Read the processor's own record of a payment: after news from it, or when an answer has been missing for long.

    reference: the processor's name of it, where it is known.
    """

    payment_id: PaymentId
    operator_id: OperatorId
    key: str
    reference: str = ""


PaymentOrder = PlaceHold | OpenHold | OpenCharge | Capture | Release | Charge | Refund | Look


@dataclass(frozen=True, slots=True)
class Accepted:
    """It is done. expires_at: of a hold."""

    reference: str
    at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """The payer can be asked. page: where; empty where a page of ours asks with the secret."""

    reference: str
    at: datetime
    page: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """It is not done and will not be. code: the processor's word ("card_declined", "hold_expired")."""

    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer, or none that says whether it was done."""

    error: str


Answer = Accepted | Opened | Rejected | Unanswered


@dataclass(frozen=True, slots=True)
class DisputeRecord:
    """The processor's own record of a dispute. state: a `DisputeState`; at: since when; answer_by: until when evidence counts."""

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
    "declined". held: what is reserved now; captured and refunded: in total. bounced: what of the refunds has failed since, at the payer's
    bank, and came back to us; it only grows, as refunded does. card: what its payer wanted stored, once it is paid."""

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
    """News from the processor, its signature checked. It says that something changed; the record says what."""

    id: str
    name: str
    payment_id: PaymentId
    at: datetime


class RowKind(StrEnum):
    """PAYMENT: money of one payment: taken, refunded, taken or given back in a dispute. FEE: the processor's own, of no payment.
    PAYOUT: what left the processor for the bank. RETURNED: a payout that did not arrive. OTHER: anything else, such as an adjustment."""

    PAYMENT = "PAYMENT"
    FEE = "FEE"
    PAYOUT = "PAYOUT"
    RETURNED = "RETURNED"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class ClearingLine:
    """A row of the processor's clearing file: what it paid out for a payment (a refund is negative), less its fee.

    payment_id: None where the row names no payment of ours. payout: the processor's name of the payout it went to the bank with; of a
    PAYOUT its own, where the processor tells which rows are in it. words: how the processor describes a row that is no payment's.
    """

    id: str
    payment_id: PaymentId | None
    gross: Money
    fee: Money
    at: datetime
    kind: RowKind = RowKind.PAYMENT
    payout: str = ""
    words: str = ""

    @property
    def net(self) -> Money:
        return self.gross - self.fee
