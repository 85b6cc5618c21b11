"""A notice: one thing somebody is told, over one channel."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from forecourt.kernel import DocumentId, DriverId, Money, OperatorId, PaymentId


class NoticeKind(StrEnum):
    BOOKING_MADE = "booking_made"
    BOOKING_FLEXIBLE = "booking_flexible"  # made, for an hour still to be chosen
    BOOKING_SERIES = "booking_series"  # several, made in one go
    BOOKING_CHANGED = "booking_changed"  # by the driver
    BOOKING_TIME = "booking_time"  # a flexible one has its hour now, or had to move inside what was promised
    BOOKING_BAY = "booking_bay"
    BOOKING_WAITS = "booking_waits"  # its time has come, or its socket cannot be kept, and none is free yet
    BOOKING_OUT_OF_REACH = "booking_out_of_reach"  # the charger of its socket has no link: it costs nothing any more
    BOOKING_CANCELLED = "booking_cancelled"
    BOOKING_CANCELLED_LATE = "booking_cancelled_late"
    BOOKING_MISSED = "booking_missed"
    BOOKING_HAD_COME = "booking_had_come"  # they were called missing, and a charger tells only now that they had come
    BOOKING_BROKEN = "booking_broken"
    BOOKING_CLOSES = "booking_closes"  # the place closes for good before it
    BOOKING_POWER = "booking_power"  # it got less than it was promised
    BOOKING_POWER_UNSURE = "booking_power_unsure"  # it may get less: the site's limit was cut
    BOOKING_POWER_SURE = "booking_power_sure"  # all that was promised can be there again
    BOOKING_UNSECURED = "booking_unsecured"  # what was to be held for it could not be
    BOOKING_LET_GO = "booking_let_go"  # nobody put it up in time
    TURN = "turn"
    TURN_LOST = "turn_lost"  # the socket that was kept is needed, or failed: they are next again
    TURN_TAKEN = "turn_taken"  # the same: somebody else charges there
    TURN_OVER = "turn_over"  # nobody came: the place in the queue is gone
    SLOT_OFFERED = "slot_offered"  # a time that was full has come free, and is kept for them for a while
    WAIT_CLOSES = "wait_closes"  # the place closes for good: what they wait for there does not come
    READY = "ready"  # the car takes no more
    REACHED = "reached"  # the energy asked for is in
    OVERSTAY = "overstay"
    STAY_ENDING = "stay_ending"
    STAY_OVER = "stay_over"  # it has ended, and somebody waits for a socket
    HOLD_NEARS = "hold_nears"  # a guest's charge: what is held for it is soon used up, and more can be
    STOPPED_MONEY = "stopped_money"  # the charge: what is held or set aside for it is used up
    STOPPED_LIMIT = "stopped_limit"  # the charge: what a fleet's payer lets its driver charge is used up
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    COMPLAINTS_WAIT = "complaints_wait"  # to the operator's people: nobody has answered them
    COLLECTIONS_DUE = "collections_due"  # to the operator's people: no file asks for them
    COMPLAINT_DECLINED = "complaint_declined"  # about a bill; where it is not, a credit note says so
    STATEMENT = "statement"
    PARTNER_STATEMENT = "partner_statement"  # to a café or shop: what its vouchers come to
    QUESTION_ANSWERED = "question_answered"  # to a partner: the line of a statement that it asked about stays as it is
    QUESTION_CORRECTED = "question_corrected"  # the same: its next statement corrects it
    PARTNER_CLOSES = "partner_closes"  # to a café, shop or host: a site beside which it is closes for good
    PARTNER_STAYS = "partner_stays"  # the same: it stays after all
    PAYMENT_FAILED = "payment_failed"
    REMINDER = "reminder"
    PLAN_CLOSES = "plan_closes"  # a membership ends: the places it is for close for good
    PLAN_STAYS = "plan_stays"  # the same: they stay after all
    TOPPED_UP = "topped_up"  # money came onto the prepaid balance
    MANDATE_GIVEN = "mandate_given"  # statements are collected from a bank account from now on
    MANDATE_CHANGED = "mandate_changed"  # the creditor has another identifier from now on
    DEBIT_AGAIN = "debit_again"  # what could not be collected, came back or was called off, is collected after all
    DEBIT_OFF = "debit_off"  # nothing is collected on the day that was announced
    MANDATE_ENDED = "mandate_ended"  # by the operator or a bank
    REFUND_MISSED = "refund_missed"  # a card did not take it back: it is owed, and goes another way
    PAYBACK_OFF = "payback_off"  # what was to be transferred is not: they have it another way
    REFUSED_BALANCE = "refused_balance"  # a card was refused at a charger: too little on the balance
    REFUSED_CURRENCY = "refused_currency"  # the same: the balance is in another currency than the place
    REFUSED_CARD = "refused_card"  # the same: no payment card is stored
    REFUSED_DEBT = "refused_debt"  # the same: something is owed
    REFUSED_LIMIT = "refused_limit"  # the same: what a fleet's payer lets its driver charge is used up
    REFUSED_CLOSED = "refused_closed"  # the same: the place is closed, or the bay under maintenance
    PASSWORD_LINK = "password_link"  # noqa: S105 - asked for: a new one can be chosen
    SIGN_UP = "sign_up"  # asked for: the first password can be chosen
    SIGN_UP_KNOWN = "sign_up_known"  # the same, by who has an account already
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind, not a password
    EMAIL_CONFIRM = "email_confirm"  # to a new address: it is to be confirmed
    EMAIL_TAKEN = "email_taken"  # to whoever has an address that somebody else asked for
    EMAIL_CHANGED = "email_changed"  # to the old address: how to go back
    FACTOR_ON = "factor_on"  # a second factor is asked for from now on
    FACTOR_OFF = "factor_off"
    TEAM_INVITED = "team_invited"  # to the operator's people: a first password can be chosen
    # To the operator's own system alone: money has moved, or has not.
    PAYMENT_CAPTURED = "payment_captured"  # it came in, by whichever way
    PAYMENT_DECLINED = "payment_declined"  # this one try brings nothing, or what it had brought was taken back
    PAYMENT_REFUNDED = "payment_refunded"  # a part or all of it went back to its payer
    DISPUTE_OPENED = "dispute_opened"  # a cardholder's bank has a payment back until it is decided
    DISPUTE_DECIDED = "dispute_decided"
    PAYOUT_SENT = "payout_sent"  # a partner, a host among them, was paid its statement


# ISO 639-1, as documents and letters are written.
LANGUAGES = ("en", "de", "fr", "nl", "es")


class Topic(StrEnum):
    """What a driver can choose about. Money matters are always told."""

    BOOKINGS = "bookings"
    QUEUE = "queue"
    CHARGING = "charging"
    MONEY = "money"


class Channel(StrEnum):
    """MAIL: to the driver. PUSH: to the browsers in which the driver asked for it. HOOK: to the operator's own system."""

    MAIL = "mail"
    PUSH = "push"
    HOOK = "hook"


class NoticeState(StrEnum):
    """KEPT: there is no mail server, so it can be read here alone. LATE: it made no sense any more when it could be sent."""

    WAITING = "waiting"
    SENT = "sent"
    KEPT = "kept"
    LATE = "late"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Says:
    """What a notice is about, as it was when it was made; what does not apply is empty.

    zone: IANA name, in which start, end and until are told. label: the socket, a line of a statement, or a dispute. number: the document's.
    amount: what is owed, paid or given. level: which reminder it is. count: how many bookings. words: what somebody wrote.
    before: the socket it was until now. flexible: start and end are the earliest and the latest of what may still move.
    payer: who is billed a fee of the driver's, where somebody else pays for them.
    Of a change of address: words is the new one, address the old.
    """

    site: str = ""
    address: str = ""
    zone: str = "UTC"
    label: str = ""
    number: str = ""
    start: datetime | None = None
    end: datetime | None = None
    amount: Money | None = None
    energy_wh: int = 0
    level: int = 0
    count: int = 0
    until: datetime | None = None
    words: str = ""
    before: str = ""
    flexible: bool = False
    payer: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """driver_id: whom it is for; account_id: of what concerns an account, which may be without a driver; partner_id: of what concerns a
    partner; a partner's statement is for whom it states. path: the page it leads to.
    document_id: whose file goes with it. good_until: after it, it makes no sense; None = always. payment_id: of the payment it is about.

    to, subject and text: as it was last sent, or tried. tries: how often. error: why it is not sent.
    """

    id: UUID
    operator_id: OperatorId
    driver_id: DriverId | None
    kind: NoticeKind
    channel: Channel
    made_at: datetime
    says: Says
    path: str = ""
    document_id: DocumentId | None = None
    good_until: datetime | None = None
    state: NoticeState = NoticeState.WAITING
    done_at: datetime | None = None
    to: str = ""
    subject: str = ""
    text: str = ""
    tries: int = 0
    error: str = ""
    account_id: UUID | None = None
    partner_id: UUID | None = None
    payment_id: PaymentId | None = None

    def __post_init__(self) -> None:
        if not (self.driver_id or self.account_id or self.partner_id) and self.kind is not NoticeKind.PARTNER_STATEMENT:
            raise ValueError("a notice is for somebody")


@dataclass(frozen=True, slots=True)
class Choices:
    """off: the topics a driver does not want mail about; push_off: those that are not pushed."""

    operator_id: OperatorId
    driver_id: DriverId
    off: tuple[Topic, ...] = ()
    push_off: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that asked to be told. endpoint: where its push service takes messages for it; p256dh, auth: its keys, base64url.

    label: what the driver knows it by.
    """

    id: UUID
    operator_id: OperatorId
    driver_id: DriverId
    endpoint: str
    p256dh: str
    auth: str
    label: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Hook:
    """Where an operator's own system hears of every notice. secret: signs each call. url empty: nowhere."""

    operator_id: OperatorId
    url: str
    secret: str
