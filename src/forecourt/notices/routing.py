"""Which notice goes which way."""

from forecourt.notices.model import Channel, Choices, Hook, NoticeKind, Topic

_TOPICS = {
    NoticeKind.TURN: Topic.QUEUE,
    NoticeKind.READY: Topic.CHARGING,
    NoticeKind.REACHED: Topic.CHARGING,
    NoticeKind.OVERSTAY: Topic.CHARGING,
    NoticeKind.STAY_ENDING: Topic.CHARGING,
    NoticeKind.INVOICE: Topic.MONEY,
    NoticeKind.CREDIT_NOTE: Topic.MONEY,
    NoticeKind.STATEMENT: Topic.MONEY,
    NoticeKind.PAYMENT_FAILED: Topic.MONEY,
    NoticeKind.REMINDER: Topic.MONEY,
    # They end in a bill, or in a credit.
    NoticeKind.BOOKING_CANCELLED_LATE: Topic.MONEY,
    NoticeKind.BOOKING_MISSED: Topic.MONEY,
    NoticeKind.BOOKING_BROKEN: Topic.MONEY,
}


def topic_of(kind: NoticeKind) -> Topic:
    return _TOPICS.get(kind, Topic.BOOKINGS)


def channels_for(kind: NoticeKind, address: str, choices: Choices, hook: Hook | None) -> tuple[Channel, ...]:
    """address: the driver's e-mail, empty = none. What a driver chose is for mail; the operator's system hears of everything."""
    wanted = topic_of(kind) is Topic.MONEY or topic_of(kind) not in choices.off
    by_mail = (Channel.MAIL,) if address and wanted else ()
    return (*by_mail, Channel.HOOK) if hook is not None and hook.url else by_mail
