"""A notice: one message to somebody about one thing, over one channel."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from forecourt.kernel import DocumentId, DriverId, Money, OperatorId, PaymentId, SiteId


class NoticeKind(StrEnum):
    BOOKING_MADE = "booking_made"
    BOOKING_FLEXIBLE = "booking_flexible"  # made, with the time still to be fixed
    BOOKING_SERIES = "booking_series"  # several, made at once
    BOOKING_CHANGED = "booking_changed"  # by the driver
    BOOKING_TIME = "booking_time"  # a flexible one has its final time, or had to move inside what was promised
    BOOKING_BAY = "booking_bay"
    BOOKING_WAITS = "booking_waits"  # its time has come or its socket was lost, and none is free yet
    BOOKING_OUT_OF_REACH = "booking_out_of_reach"  # the charger of its socket is offline: cancelling or not coming is free now
    BOOKING_CANCELLED = "booking_cancelled"
    BOOKING_CANCELLED_LATE = "booking_cancelled_late"
    BOOKING_MISSED = "booking_missed"
    BOOKING_HAD_COME = "booking_had_come"  # they were marked as missing, but a charger has reported since that they had come
    BOOKING_BROKEN = "booking_broken"
    BOOKING_CLOSES = "booking_closes"  # the site closes for good before it
    BOOKING_POWER = "booking_power"  # it got less than it was promised
    BOOKING_POWER_UNSURE = "booking_power_unsure"  # it may get less: the site's limit was lowered
    BOOKING_POWER_SURE = "booking_power_sure"  # everything promised is available again
    BOOKING_UNSECURED = "booking_unsecured"  # the hold for it could not be made
    BOOKING_LET_GO = "booking_let_go"  # it was not secured in time
    TURN = "turn"
    TURN_LOST = "turn_lost"  # the socket reserved is needed, or failed: they are next again
    TURN_TAKEN = "turn_taken"  # the same: somebody else is charging there
    TURN_OVER = "turn_over"  # nobody came: the place in the queue is lost
    SLOT_OFFERED = "slot_offered"  # a full time has become free, and is reserved for them for a while
    WAIT_CLOSES = "wait_closes"  # the site closes for good: what they wait for will not come
    READY = "ready"  # the car has stopped drawing
    REACHED = "reached"  # the energy asked for has been delivered
    OVERSTAY = "overstay"
    STAY_ENDING = "stay_ending"
    STAY_OVER = "stay_over"  # it has ended, and somebody is waiting for a socket
    HOLD_NEARS = "hold_nears"  # a guest's charge: the amount held is soon used up, and can be increased
    STOPPED_MONEY = "stopped_money"  # the charge: the amount held or set aside for it is used up
    STOPPED_LIMIT = "stopped_limit"  # the charge: the limit set by the fleet's payer is used up
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    COMPLAINTS_WAIT = "complaints_wait"  # to the operator's staff: complaints are unanswered
    COLLECTIONS_DUE = "collections_due"  # to the operator's staff: direct debits are due without a file
    PRICES_UNLAWFUL = "prices_unlawful"  # to the operator's staff: prices in force have become unlawful
    COMPLAINT_DECLINED = "complaint_declined"  # about a bill; if it is accepted, the credit note says so
    STATEMENT = "statement"
    PARTNER_STATEMENT = "partner_statement"  # to a café or shop: the total of its vouchers
    QUESTION_ANSWERED = "question_answered"  # to a partner: the line of a statement that it queried stays as it is
    QUESTION_CORRECTED = "question_corrected"  # the same: its next statement corrects it
    PARTNER_CLOSES = "partner_closes"  # to a café, shop or host: a site it is associated with closes for good
    PARTNER_STAYS = "partner_stays"  # the same: the site stays open after all
    PARTNER_ACCOUNT = "partner_account"  # the same: the bank account that it is paid to has changed
    PARTNER_ADDRESS = "partner_address"  # the same, at its old address: its emails go to another one
    PAYEE_CHANGED = "payee_changed"  # to the operator's staff: the bank account that a partner is paid to has changed
    COMPANY_ACCOUNT = "company_account"  # to the operator's staff: the company's own bank account has changed
    WEBHOOK_DISABLED = "webhook_disabled"  # to the operator's staff: nothing has reached one of their systems for long
    PAYMENT_FAILED = "payment_failed"
    REMINDER = "reminder"
    PLAN_CLOSES = "plan_closes"  # a membership ends: the sites it is for close for good
    PLAN_STAYS = "plan_stays"  # the same: they stay after all
    TOPPED_UP = "topped_up"  # money was added to the prepaid balance
    MANDATE_GIVEN = "mandate_given"  # statements will be collected from a bank account
    MANDATE_CHANGED = "mandate_changed"  # the creditor has a new identifier
    DEBIT_AGAIN = "debit_again"  # what could not be collected, was returned or was called off is collected after all
    DEBIT_OFF = "debit_off"  # nothing is collected on the announced day
    MANDATE_ENDED = "mandate_ended"  # by the operator or a bank
    REFUND_MISSED = "refund_missed"  # a refund to a card failed: it is owed, and will be paid another way
    PAYBACK_OFF = "payback_off"  # an announced transfer will not be made: the money has been received another way
    REFUSED_BALANCE = "refused_balance"  # a card was refused at a charger: the balance is too low
    REFUSED_CURRENCY = "refused_currency"  # the same: the balance is in another currency than the site's
    REFUSED_CARD = "refused_card"  # the same: no payment card is stored
    REFUSED_DEBT = "refused_debt"  # the same: something is owed
    REFUSED_LIMIT = "refused_limit"  # the same: the limit set by the fleet's payer is used up
    REFUSED_CLOSED = "refused_closed"  # the same: the site is closed, or the bay under maintenance
    PASSWORD_LINK = "password_link"  # noqa: S105 - asked for: a new one can be chosen
    SIGN_UP = "sign_up"  # asked for: the first password can be chosen
    SIGN_UP_KNOWN = "sign_up_known"  # the same, by who has an account already
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind, not a password
    EMAIL_CONFIRM = "email_confirm"  # to a new address: it must be confirmed
    EMAIL_TAKEN = "email_taken"  # to the owner of an address that somebody else asked for
    EMAIL_CHANGED = "email_changed"  # to the old address: how to undo it
    FACTOR_ON = "factor_on"  # a second factor is asked for from now on
    FACTOR_OFF = "factor_off"
    TEAM_INVITED = "team_invited"  # to the operator's staff: a first password can be chosen
    # To webhooks only: money has moved, or has not.
    PAYMENT_CAPTURED = "payment_captured"  # received, by whichever way
    PAYMENT_DECLINED = "payment_declined"  # this attempt brings nothing, or what it brought was taken back
    PAYMENT_REFUNDED = "payment_refunded"  # all or part of it was returned to the payer
    DISPUTE_OPENED = "dispute_opened"  # a cardholder's bank has reclaimed a payment until the dispute is decided
    DISPUTE_DECIDED = "dispute_decided"
    PAYOUT_SENT = "payout_sent"  # a partner or host was paid its statement
    TEST = "test"  # nothing has happened: staff try out how their system receives events


# ISO 639-1: languages in which documents and emails are written.
LANGUAGES = ("en", "de", "fr", "nl", "es")


class Topic(StrEnum):
    """What a driver can opt out of. Money matters are always sent by email."""

    BOOKINGS = "bookings"
    QUEUE = "queue"
    CHARGING = "charging"
    MONEY = "money"


class Channel(StrEnum):
    """MAIL: to the driver. PUSH: to the browsers in which the driver enabled it. HOOK: to a system of the operator's, by webhook."""

    MAIL = "mail"
    PUSH = "push"
    HOOK = "hook"


class NoticeState(StrEnum):
    """KEPT: there is no mail server, so it can only be read here. LATE: by the time it could be sent, it was no longer useful."""

    WAITING = "waiting"
    SENT = "sent"
    KEPT = "kept"
    LATE = "late"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NoticeContent:
    """What a notice is about, at the time it was made; what does not apply is empty.

    zone: IANA name, in which start, end and until are shown. label: a socket, a line of a statement, or a dispute. number: the document's.
    amount: owed, paid or given. level: the number of the reminder. count: of bookings. words: what somebody wrote.
    before: the previous socket. flexible: start and end are the earliest and the latest of what may still move.
    payer: who is billed for the driver's fee, if somebody else pays for them.
    For a change of an account's address: words is the new one, address the old.
    For a change of a bank account, or of a partner's address: label is the new one (of an account, its ending), before the old one, words
    who changed it, site the name of the partner, address where a partner's email about it goes.
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
    """driver_id: the recipient; account_id: for what concerns an account, possibly without a driver; partner_id: for what concerns a
    partner; a partner's statement goes to the partner it is about. path: the page it links to.
    document_id: of the file attached. good_until: after it the notice is useless; None = never. payment_id: of the payment concerned.
    to, subject and text: as last sent, or tried. tries: how often. error: why it was not sent. tried_at: the last try.
    response_code: the HTTP status that an operator's system answered to it, 0 = none; response_ms: how long that took.
    hook_id: of the webhook it is sent to. site_id: of the site it is about, if it is about one; only for webhooks.
    """

    id: UUID
    operator_id: OperatorId
    driver_id: DriverId | None
    kind: NoticeKind
    channel: Channel
    made_at: datetime
    content: NoticeContent
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
    tried_at: datetime | None = None
    response_code: int = 0
    response_ms: int = 0
    hook_id: UUID | None = None
    site_id: SiteId | None = None

    @property
    def webhook_id(self) -> UUID:
        """Of the webhook that a call goes to: the first one, for those stored when there was but one."""
        return self.hook_id or self.operator_id

    def __post_init__(self) -> None:
        if not (self.driver_id or self.account_id or self.partner_id) and self.kind is not NoticeKind.PARTNER_STATEMENT:
            raise ValueError("a notice is for somebody")


@dataclass(frozen=True, slots=True)
class NoticeChoices:
    """off: the topics a driver does not want emails about; push_off: those that are not pushed."""

    operator_id: OperatorId
    driver_id: DriverId
    off: tuple[Topic, ...] = ()
    push_off: tuple[Topic, ...] = ()


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that asked for notices. endpoint: where its push service accepts messages; p256dh, auth: its keys, base64url.

    label: the driver's name for it.
    """

    id: UUID
    operator_id: OperatorId
    driver_id: DriverId
    endpoint: str
    p256dh: str
    auth: str
    label: str
    made_at: datetime
