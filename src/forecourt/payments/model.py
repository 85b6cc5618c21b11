"""Payments as intents: what is to be charged to whom, and how far that has come. One class for each state."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from forecourt.kernel import BadInput, BookingId, DocumentId, DriverId, EvseId, Money, OperatorId, PaymentId, SessionId

# The method of a payment whose payer is present and uses a card or a device on the processor's page.
PAYER_PRESENT = "present"


@dataclass(frozen=True, slots=True)
class HoldAsked:
    """A hold that was requested, or the page where a payer who is present pays. unwanted: why to release it as soon as it is in
    place; empty = it is wanted. keep_card: the payer wants the card to be stored."""

    amount: Money
    requested_at: datetime
    unwanted: str = ""
    keep_card: bool = False


@dataclass(frozen=True, slots=True)
class AtPayer:
    """The payer is on the processor's page, with a card or a device's wallet; nothing is reserved or charged yet.

    page: its address; empty if our own page calls the processor with the secret. refusal: why the last attempt failed.
    """

    amount: Money
    requested_at: datetime
    reference: str
    page: str
    secret: str
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawing:
    """Withdrawing a request to the payer. If a hold was placed meanwhile, it is released too."""

    hold: Money
    reference: str
    why: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """reference: the processor's name for it. expires_at: when the processor releases it automatically."""

    amount: Money
    reference: str
    expires_at: datetime
    held_at: datetime


@dataclass(frozen=True, slots=True)
class Capturing:
    """Capturing an amount of a hold; the rest of the hold is released."""

    hold: Money
    amount: Money
    reference: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class Releasing:
    hold: Money
    reference: str
    why: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class Charging:
    """Charging an amount at once, without a hold first."""

    amount: Money
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class Captured:
    """The money is on its way to us. refunded: how much of it was refunded since; bounced: how much of that came back, in minor units."""

    amount: Money
    reference: str
    captured_at: datetime
    refunded: Money
    bounced: int = 0


@dataclass(frozen=True, slots=True)
class Refunding:
    """Refunding an amount of a captured payment. refunded, bounced: as in `Captured`, before this refund."""

    captured: Money
    amount: Money
    refunded: Money
    reference: str
    captured_at: datetime
    requested_at: datetime
    why: str
    bounced: int = 0


@dataclass(frozen=True, slots=True)
class Released:
    """The hold was released; nothing was charged."""

    released_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Expired:
    """The hold lapsed at the processor before it was captured or released."""

    expired_at: datetime


@dataclass(frozen=True, slots=True)
class Declined:
    """The processor refused; nothing was charged. amount: what had been requested. code: the processor's word."""

    amount: Money
    declined_at: datetime
    code: str
    text: str = ""


class TopUp(StrEnum):
    """What triggered a top-up of the prepaid balance: the driver, or the balance running low."""

    DRIVER = "DRIVER"
    AUTO = "AUTO"


# The method of a payment from the driver's prepaid balance.
WALLET = "wallet"

Pending = HoldAsked | Withdrawing | Capturing | Releasing | Charging | Refunding


@dataclass(frozen=True, slots=True)
class Unknown:
    """The processor was asked, but no answer came: it may or may not have happened. Nothing new may be requested until the
    same order, under the same key, is answered, or the processor's own record has been read."""

    pending: Pending
    since: datetime
    error: str


KnownState = Pending | AtPayer | Held | Captured | Released | Expired | Declined
PaymentState = KnownState | Unknown


@dataclass(frozen=True, slots=True)
class Payment:
    """method: the processor's reference of the stored card or mandate. evse_id: the socket for which a hold was placed.
    top_up: the money goes to the driver's prepaid balance, not towards a debt. booking_id: the booking a guest's hold secures.

    attempt: counts the payment's orders, so that each has an idempotency key of its own.
    """

    id: PaymentId
    operator_id: OperatorId
    driver_id: DriverId
    method: str
    currency: str
    made_at: datetime
    state: PaymentState
    attempt: int = 1
    evse_id: EvseId | None = None
    session_id: SessionId | None = None
    document_id: DocumentId | None = None
    top_up: TopUp | None = None
    booking_id: BookingId | None = None

    @property
    def stage(self) -> KnownState:
        """The state; if that is Unknown, the state that was requested, which may or may not have been reached."""
        return self.state.pending if isinstance(self.state, Unknown) else self.state

    @property
    def waits_for_payer(self) -> bool:
        """Whether the payer is, or is about to be, asked to pay or put up a hold on the processor's page."""
        return isinstance(self.stage, AtPayer) or (isinstance(self.stage, HoldAsked) and not self.stage.unwanted)

    @property
    def state_name(self) -> str:
        """The state's class name, for columns and pages: "Held"."""
        return type(self.state).__name__

    @property
    def reference(self) -> str:
        """The processor's name for it; empty while it is unknown, or once it is no longer stored."""
        return str(getattr(self.stage, "reference", ""))

    @property
    def open(self) -> bool:
        """Whether something is still to happen: requested, held or unknown."""
        return not isinstance(self.state, Captured | Released | Expired | Declined)

    @property
    def holding(self) -> bool:
        """Whether money is, or may be, reserved on the card, or the payer is being asked to use one."""
        return isinstance(self.stage, HoldAsked | AtPayer | Withdrawing | Held | Capturing | Releasing)

    @property
    def is_in_force(self) -> bool:
        """Whether others must take this hold into account: on a stored method, or put up by a payer who was present."""
        return self.holding and (self.method != PAYER_PRESENT or isinstance(self.state, Held))

    @property
    def is_direct_top_up(self) -> bool:
        """Whether a payer who is present tops up the prepaid balance: this is charged at once, without a hold."""
        return self.method == PAYER_PRESENT and self.top_up is not None

    @property
    def taken(self) -> Money:
        """The captured amount, whether or not it was refunded since."""
        match self.stage:
            case Captured(amount=amount) | Refunding(captured=amount):
                return amount
        return Money.zero(self.currency)

    @property
    def captured_at(self) -> datetime | None:
        state = self.stage
        return state.captured_at if isinstance(state, Captured | Refunding) else None

    @property
    def returned(self) -> Money:
        """What was refunded and did not bounce."""
        match self.stage:
            case Captured(refunded=amount, bounced=bounced) | Refunding(refunded=amount, bounced=bounced):
                return amount - Money(bounced, amount.currency)
        return Money.zero(self.currency)

    @property
    def bounced(self) -> Money:
        """The total of refunds that bounced back to us."""
        state = self.stage
        return Money(state.bounced if isinstance(state, Captured | Refunding) else 0, self.currency)

    @property
    def returning(self) -> Money:
        """The amount of the refund under way."""
        state = self.stage
        return state.amount if isinstance(state, Refunding) else Money.zero(self.currency)

    @property
    def refunded_or_refunding(self) -> Money:
        """What was refunded, plus the refund under way."""
        return self.returned + self.returning

    @property
    def refunds(self) -> str:
        """A key for what was refunded and bounced so far: "700", or "700-700" once that has bounced."""
        return f"{(self.returned + self.bounced).minor}" + (f"-{self.bounced.minor}" if self.bounced else "")

    @property
    def captured(self) -> Money:
        """What was captured and not refunded."""
        return self.taken - self.returned

    @property
    def pending_amount(self) -> Money:
        """What is being charged right now, or may have been (unknown); zero for a hold that is only in place."""
        state = self.stage
        return state.amount if isinstance(state, Capturing | Charging) else Money.zero(self.currency)


def check_amount(amount: Money) -> None:
    """Raises BadInput unless the amount is above zero."""
    if amount.minor <= 0:
        raise BadInput("payment_amount", f"{amount} is not an amount to ask for.", "Give more than zero.")
