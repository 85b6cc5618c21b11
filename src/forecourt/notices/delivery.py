"""What couriers are given to send, and the outcome. The edge `messengers` does the sending."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Attachment:
    """name: of the file. media_type: "application/pdf"."""

    name: str
    media_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Email:
    """key: the same for every attempt at one email, so that mail systems can recognise repeats. sender: the display name it comes from.

    settings_url: where the reader chooses what to receive; empty = unknown.
    """

    key: str
    to: str
    to_name: str
    sender: str
    subject: str
    text: str
    html: str
    language: str
    attachments: tuple[Attachment, ...] = ()
    settings_url: str = ""


@dataclass(frozen=True, slots=True)
class WebhookCall:
    """A signed POST to an operator's system. key: the same for every attempt. secrets: each signs it. at: the time signed with it."""

    key: str
    url: str
    secrets: tuple[str, ...] = field(repr=False)
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Push:
    """A message for one browser. key: the same for every attempt; a newer message replaces one that is still waiting. body: JSON, as
    our own worker script reads it. ttl_s: how long it is useful."""

    key: str
    endpoint: str
    p256dh: str
    auth: str = field(repr=False)
    body: bytes = field(repr=False)
    ttl_s: int = 0
    urgent: bool = False


class DeliveryOutcome(StrEnum):
    """SENT: handed over to the next system. KEPT: there is no way to send it. LATER: try again. NEVER: refused for good. GONE: its
    recipient no longer exists."""

    SENT = "sent"
    KEPT = "kept"
    LATER = "later"
    NEVER = "never"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """code: the HTTP status of the answer, 0 = none. took_ms: how long the answer took. answer: the beginning of its text."""

    fate: DeliveryOutcome
    why: str = ""
    code: int = 0
    took_ms: int = 0
    answer: str = ""


class Mailer(Protocol):
    """Blocking; returns the outcome and does not raise for failures outside."""

    def send(self, letter: Email) -> DeliveryResult: ...


class WebhookSender(Protocol):
    """Like a Mailer."""

    def call(self, call: WebhookCall) -> DeliveryResult: ...


class Pusher(Protocol):
    """Like a Mailer. public_key: what browsers subscribe with; empty = nothing is pushed."""

    @property
    def public_key(self) -> str: ...
    def push(self, push: Push, at: datetime) -> DeliveryResult: ...


class NoDelivery:
    """Used if nothing is configured: emails and calls stay here, to be read in the console."""

    def send(self, letter: Email) -> DeliveryResult:
        return DeliveryResult(DeliveryOutcome.KEPT, "no mail server is set")

    def call(self, call: WebhookCall) -> DeliveryResult:
        return DeliveryResult(DeliveryOutcome.KEPT, "calls are not set up")

    @property
    def public_key(self) -> str:
        return ""

    def push(self, push: Push, at: datetime) -> DeliveryResult:
        return DeliveryResult(DeliveryOutcome.KEPT, "pushes are not set up")
