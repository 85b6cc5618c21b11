"""Messages to people: what they are told, over which channel, what they may opt out of, and the emails that couriers send."""

from forecourt.notices.addresses import mail_address, one_line
from forecourt.notices.carrying import Attachment, Call, Caller, Carried, Fate, Letter, Mailer, NoPost, Push, Pusher
from forecourt.notices.model import LANGUAGES, Channel, Choices, Device, Hook, Notice, NoticeKind, NoticeState, Says, Topic
from forecourt.notices.routing import TO_PARTNERS, TO_SYSTEMS, channels_for, hears, topic_of

__all__ = [
    "LANGUAGES",
    "TO_PARTNERS",
    "TO_SYSTEMS",
    "Attachment",
    "Call",
    "Caller",
    "Carried",
    "Channel",
    "Choices",
    "Device",
    "Fate",
    "Hook",
    "Letter",
    "Mailer",
    "NoPost",
    "Notice",
    "NoticeKind",
    "NoticeState",
    "Push",
    "Pusher",
    "Says",
    "Topic",
    "channels_for",
    "hears",
    "mail_address",
    "one_line",
    "topic_of",
]
