"""Messages to people: what they are told, over which channel, what they may opt out of, and the emails that couriers send."""

from forecourt.notices.addresses import mail_address, one_line
from forecourt.notices.delivery import (
    Attachment,
    DeliveryOutcome,
    DeliveryResult,
    Email,
    Mailer,
    NoDelivery,
    Push,
    Pusher,
    WebhookCall,
    WebhookSender,
)
from forecourt.notices.model import (
    LANGUAGES,
    Channel,
    Device,
    Notice,
    NoticeChoices,
    NoticeContent,
    NoticeKind,
    NoticeState,
    Topic,
    Webhook,
)
from forecourt.notices.routing import PARTNER_WARNINGS, TO_PARTNERS, TO_SYSTEMS, channels_for, has_webhook, topic_of

__all__ = [
    "LANGUAGES",
    "PARTNER_WARNINGS",
    "TO_PARTNERS",
    "TO_SYSTEMS",
    "Attachment",
    "Channel",
    "DeliveryOutcome",
    "DeliveryResult",
    "Device",
    "Email",
    "Mailer",
    "NoDelivery",
    "Notice",
    "NoticeChoices",
    "NoticeContent",
    "NoticeKind",
    "NoticeState",
    "Push",
    "Pusher",
    "Topic",
    "Webhook",
    "WebhookCall",
    "WebhookSender",
    "channels_for",
    "has_webhook",
    "mail_address",
    "one_line",
    "topic_of",
]
