"""What couriers are handed, and what came of it. The edge `messengers` does the carrying."""

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
class Letter:
    """key: the same for every try of one letter, so that mail systems can tell a repeat. sender: the name it comes from.

    settings_url: where the reader chooses what to hear; empty = unknown.
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
class Call:
    """A signed POST to an operator's system. key: the same for every try. at: when it is signed."""

    key: str
    url: str
    secret: str = field(repr=False)
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Push:
    """A message for one browser. key: the same for every try; a later one takes the place of one that still waits. body: of JSON, as
    our own worker script reads it. ttl_s: for how long it makes sense."""

    key: str
    endpoint: str
    p256dh: str
    auth: str = field(repr=False)
    body: bytes = field(repr=False)
    ttl_s: int = 0
    urgent: bool = False


class Fate(StrEnum):
    """SENT: the next one has it. KEPT: there is no way to send it. LATER: not now. NEVER: refused for good. GONE: its reader is no
    more."""

    SENT = "sent"
    KEPT = "kept"
    LATER = "later"
    NEVER = "never"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Carried:
    fate: Fate
    why: str = ""


class Mailer(Protocol):
    """Blocking; says what came of it and does not raise for what the outside does."""

    def send(self, letter: Letter) -> Carried: ...


class Caller(Protocol):
    """As a Mailer."""

    def call(self, call: Call) -> Carried: ...


class Pusher(Protocol):
    """As a Mailer. public_key: what browsers subscribe to; empty = nothing is pushed."""

    @property
    def public_key(self) -> str: ...
    def push(self, push: Push, at: datetime) -> Carried: ...


class NoPost:
    """Where nothing is set up: letters and calls stay with us, to be read in the console."""

    def send(self, letter: Letter) -> Carried:
        return Carried(Fate.KEPT, "no mail server is set")

    def call(self, call: Call) -> Carried:
        return Carried(Fate.KEPT, "calls are not set up")

    @property
    def public_key(self) -> str:
        return ""

    def push(self, push: Push, at: datetime) -> Carried:
        return Carried(Fate.KEPT, "pushes are not set up")
