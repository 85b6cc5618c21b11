"""Payments as intents: what is to be taken from whom, and how far that has come. One class for each state."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from forecourt.kernel import BadInput, BookingId, DocumentId, DriverId, EvseId, Money, OperatorId, PaymentId, SessionId

# The method of a payment whose payer is at hand and shows a card or a device to the processor's page.
PRESENT = "present"


@dataclass(frozen=True, slots=True)
class HoldAsked:
    """A hold, or the page where a payer who is at hand pays. unwanted: why it is to be given back as soon as it stands; empty = it
    is wanted. keep_card: the payer wants the card stored that is shown there."""

    amount: Money
    asked_at: datetime
    unwanted: str = ""
    keep_card: bool = False


@dataclass(frozen=True, slots=True)
class AtPayer:
    """The payer is at the processor's page, with a card or a device's wallet; nothing is reserved or taken yet.

    page: where that is; empty where our own page asks the processor with the secret. refusal: why the last try failed.
    """

    amount: Money
    asked_at: datetime
    reference: str
    page: str
    secret: str
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawing:
    """Taking back what a payer was asked for. Where it was put up meanwhile, it goes back with it."""

    hold: Money
    reference: str
    why: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """reference: the processor's name for it. expires_at: when the processor gives it back by itself."""

    amount: Money
    reference: str
    expires_at: datetime
    held_at: datetime


@dataclass(frozen=True, slots=True)
class Capturing:
    """Taking amount of a hold; the rest of the hold goes back."""

    hold: Money
    amount: Money
    reference: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Releasing:
    hold: Money
    reference: str
    why: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Charging:
    """Taking an amount at once, without a hold before it."""

    amount: Money
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Captured:
    """The money is on its way to us. refunded: how much of it was given back since; bounced: what of that came back, minor units."""

    amount: Money
    reference: str
    captured_at: datetime
    refunded: Money
    bounced: int = 0


@dataclass(frozen=True, slots=True)
class Refunding:
    """Giving amount of a captured payment back; refunded, bounced: as of `Captured`, before."""

    captured: Money
    amount: Money
    refunded: Money
    reference: str
    captured_at: datetime
    asked_at: datetime
    why: str
    bounced: int = 0


@dataclass(frozen=True, slots=True)
class Released:
    """The hold went back to the card; nothing was taken."""

    released_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Expired:
    """The hold lapsed at the processor before it was captured or released."""

    expired_at: datetime


@dataclass(frozen=True, slots=True)
class Declined:
    """The processor said no; nothing was taken. amount: what had been asked for. code: the processor's word."""

    amount: Money
    declined_at: datetime
    code: str
    text: str = ""


class TopUp(StrEnum):
    """Who asked for a load of the prepaid balance: the driver, or the balance itself because it ran low."""

    DRIVER = "DRIVER"
    AUTO = "AUTO"


# The method of a payment from the driver's prepaid balance.
WALLET = "wallet"

Pending = HoldAsked | Withdrawing | Capturing | Releasing | Charging | Refunding


@dataclass(frozen=True, slots=True)
class Unknown:
    """The processor was asked and no answer came: it may or may not have happened. Nothing new may be asked until the
    same order, under the same key, has an answer, or the processor's own record was read."""

    pending: Pending
    since: datetime
    error: str


KnownState = Pending | AtPayer | Held | Captured | Released | Expired | Declined
PaymentState = KnownState | Unknown


@dataclass(frozen=True, slots=True)
class Payment:
    """method: the processor's reference of the stored card or mandate. evse_id: of the socket a hold was placed for.
    top_up: the money goes to the driver's prepaid balance, not to what the driver owes. booking_id: the booking a guest's hold secures.

    attempt: counts the orders given for it, so that each has an idempotency key of its own.
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
        """The state; of one without an answer what was asked, which may or may not have happened."""
        return self.state.pending if isinstance(self.state, Unknown) else self.state

    @property
    def waits_for_payer(self) -> bool:
        """Its payer is asked, or about to be, to pay it or put it up at the processor's page."""
        return isinstance(self.stage, AtPayer) or (isinstance(self.stage, HoldAsked) and not self.stage.unwanted)

    @property
    def state_name(self) -> str:
        """The state's class name, for columns and pages: "Held"."""
        return type(self.state).__name__

    @property
    def reference(self) -> str:
        """The processor's name of it; empty while that is not known, or no longer kept."""
        return str(getattr(self.stage, "reference", ""))

    @property
    def open(self) -> bool:
        """Something is still to happen: asked, held or unknown."""
        return not isinstance(self.state, Captured | Released | Expired | Declined)

    @property
    def holding(self) -> bool:
        """Money is, or may be, reserved on the card, or its payer is asked to show one."""
        return isinstance(self.stage, HoldAsked | AtPayer | Withdrawing | Held | Capturing | Releasing)

    @property
    def standing(self) -> bool:
        """A hold that others must reckon with: on a stored method, or put up by a payer who was at hand."""
        return self.holding and (self.method != PRESENT or isinstance(self.state, Held))

    @property
    def paid_in(self) -> bool:
        """A payer who is at hand pays it into the prepaid balance: it is taken at once, without a hold."""
        return self.method == PRESENT and self.top_up is not None

    @property
    def taken(self) -> Money:
        """What was captured, whether or not it went back since."""
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
        """What of it went back, and did not come back to us."""
        match self.stage:
            case Captured(refunded=amount, bounced=bounced) | Refunding(refunded=amount, bounced=bounced):
                return amount - Money(bounced, amount.currency)
        return Money.zero(self.currency)

    @property
    def bounced(self) -> Money:
        """What was given back and came back to us, in all."""
        state = self.stage
        return Money(state.bounced if isinstance(state, Captured | Refunding) else 0, self.currency)

    @property
    def returning(self) -> Money:
        """What of it is on its way back."""
        state = self.stage
        return state.amount if isinstance(state, Refunding) else Money.zero(self.currency)

    @property
    def going_back(self) -> Money:
        """What of it went back, or is on its way."""
        return self.returned + self.returning

    @property
    def refunds(self) -> str:
        """Names how far it went back and forth: "700", or "700-700" once that has bounced."""
        return f"{(self.returned + self.bounced).minor}" + (f"-{self.bounced.minor}" if self.bounced else "")

    @property
    def captured(self) -> Money:
        """What was taken and has not gone back."""
        return self.taken - self.returned

    @property
    def asked(self) -> Money:
        """What is being taken right now, or may have been (unknown); zero for a hold that only stands."""
        state = self.stage
        return state.amount if isinstance(state, Capturing | Charging) else Money.zero(self.currency)


def check_amount(amount: Money) -> None:
    """Orders move more than nothing."""
    if amount.minor <= 0:
        raise BadInput("payment_amount", f"{amount} is not an amount to ask for.", "Give more than zero.")
