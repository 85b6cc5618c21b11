"""Which notice goes over which channels."""

from forecourt.notices.model import Channel, NoticeChoices, NoticeKind, Topic

_TOPICS = {
    NoticeKind.TURN: Topic.QUEUE,
    NoticeKind.TURN_LOST: Topic.QUEUE,
    NoticeKind.TURN_TAKEN: Topic.QUEUE,
    NoticeKind.TURN_OVER: Topic.QUEUE,
    NoticeKind.SLOT_OFFERED: Topic.QUEUE,
    NoticeKind.WAIT_CLOSES: Topic.QUEUE,
    NoticeKind.READY: Topic.CHARGING,
    NoticeKind.REACHED: Topic.CHARGING,
    NoticeKind.OVERSTAY: Topic.CHARGING,
    NoticeKind.HOLD_NEARS: Topic.CHARGING,
    NoticeKind.STOPPED_MONEY: Topic.CHARGING,
    NoticeKind.STOPPED_LIMIT: Topic.CHARGING,
    NoticeKind.STAY_OVER: Topic.CHARGING,
    NoticeKind.STAY_ENDING: Topic.CHARGING,
    NoticeKind.REFUSED_CLOSED: Topic.CHARGING,
    NoticeKind.INVOICE: Topic.MONEY,
    NoticeKind.CREDIT_NOTE: Topic.MONEY,
    NoticeKind.COMPLAINT_DECLINED: Topic.MONEY,
    NoticeKind.STATEMENT: Topic.MONEY,
    NoticeKind.PAYMENT_FAILED: Topic.MONEY,
    NoticeKind.REMINDER: Topic.MONEY,
    NoticeKind.PLAN_CLOSES: Topic.MONEY,
    NoticeKind.PLAN_STAYS: Topic.MONEY,
    NoticeKind.TOPPED_UP: Topic.MONEY,
    NoticeKind.MANDATE_GIVEN: Topic.MONEY,
    NoticeKind.MANDATE_CHANGED: Topic.MONEY,
    NoticeKind.DEBIT_AGAIN: Topic.MONEY,
    NoticeKind.DEBIT_OFF: Topic.MONEY,
    NoticeKind.MANDATE_ENDED: Topic.MONEY,
    NoticeKind.REFUND_MISSED: Topic.MONEY,
    NoticeKind.PAYBACK_OFF: Topic.MONEY,
    NoticeKind.REFUSED_BALANCE: Topic.MONEY,
    NoticeKind.REFUSED_CURRENCY: Topic.MONEY,
    NoticeKind.REFUSED_CARD: Topic.MONEY,
    NoticeKind.REFUSED_DEBT: Topic.MONEY,
    NoticeKind.REFUSED_LIMIT: Topic.MONEY,
    # These end in a bill, or in a credit.
    NoticeKind.BOOKING_CANCELLED_LATE: Topic.MONEY,
    NoticeKind.BOOKING_MISSED: Topic.MONEY,
    NoticeKind.BOOKING_HAD_COME: Topic.MONEY,
    NoticeKind.BOOKING_BROKEN: Topic.MONEY,
    NoticeKind.BOOKING_CLOSES: Topic.MONEY,
    NoticeKind.BOOKING_OUT_OF_REACH: Topic.MONEY,
    NoticeKind.BOOKING_POWER: Topic.MONEY,
    NoticeKind.BOOKING_POWER_UNSURE: Topic.MONEY,
    NoticeKind.BOOKING_UNSECURED: Topic.MONEY,
    NoticeKind.BOOKING_LET_GO: Topic.MONEY,
}


# Sent to the address that the partner had before the change, not to its current one.
PARTNER_WARNINGS = (NoticeKind.PARTNER_ACCOUNT, NoticeKind.PARTNER_ADDRESS)
TO_PARTNERS = (
    *(NoticeKind.PARTNER_STATEMENT, NoticeKind.PARTNER_CLOSES, NoticeKind.PARTNER_STAYS),
    *(NoticeKind.QUESTION_ANSWERED, NoticeKind.QUESTION_CORRECTED, *PARTNER_WARNINGS),
)
# Facts about money for an operator's programs; the people concerned get messages of their own. And what staff send to try it out.
TO_SYSTEMS = (
    *(NoticeKind.PAYMENT_CAPTURED, NoticeKind.PAYMENT_DECLINED, NoticeKind.PAYMENT_REFUNDED),
    *(NoticeKind.DISPUTE_OPENED, NoticeKind.DISPUTE_DECIDED, NoticeKind.PAYOUT_SENT, NoticeKind.TEST),
)
# Security of accounts is not optional: emailed to the account's owner and nobody else; so are tasks for an operator's staff.
_ACCOUNT = (
    *(NoticeKind.PASSWORD_LINK, NoticeKind.PASSWORD_CHANGED, NoticeKind.TEAM_INVITED),
    *(NoticeKind.SIGN_UP, NoticeKind.SIGN_UP_KNOWN),
    *(NoticeKind.EMAIL_CONFIRM, NoticeKind.EMAIL_TAKEN, NoticeKind.EMAIL_CHANGED),
    *(NoticeKind.FACTOR_ON, NoticeKind.FACTOR_OFF, *TO_PARTNERS),
    *(NoticeKind.COMPLAINTS_WAIT, NoticeKind.COLLECTIONS_DUE, NoticeKind.PRICES_UNLAWFUL),
    *(NoticeKind.PAYEE_CHANGED, NoticeKind.COMPANY_ACCOUNT, NoticeKind.WEBHOOK_DISABLED),
)
_NO_CHOICE = (*_ACCOUNT, *TO_SYSTEMS)


def topic_of(kind: NoticeKind) -> Topic | None:
    """None: it cannot be opted out of."""
    return None if kind in _NO_CHOICE else _TOPICS.get(kind, Topic.BOOKINGS)


# What webhooks can receive.
EVENTS = tuple(kind for kind in NoticeKind if kind is not NoticeKind.TEST and (topic_of(kind) is not None or kind in TO_SYSTEMS))


def channels_for(kind: NoticeKind, address: str, choices: NoticeChoices, devices: bool = False) -> tuple[Channel, ...]:
    """The channels on which a person gets a notice. address: the driver's email, empty = none. devices: there are browsers to push to.
    Choices apply to email and push, but money matters are always emailed."""
    if kind in TO_SYSTEMS:
        return ()
    topic = topic_of(kind)
    if topic is None:
        return (Channel.MAIL,) if address else ()
    by_mail = bool(address) and (topic is Topic.MONEY or topic not in choices.off)
    ways = ((Channel.MAIL, by_mail), (Channel.PUSH, devices and topic not in choices.push_off))
    return tuple(channel for channel, taken in ways if taken)
