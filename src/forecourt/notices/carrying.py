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


class Fate(StrEnum):
    """SENT: the next one has it. KEPT: there is no way to send it. LATER: not now. NEVER: refused for good."""

    SENT = "sent"
    KEPT = "kept"
    LATER = "later"
    NEVER = "never"


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


class NoPost:
    """Where nothing is set up: letters and calls stay with us, to be read in the console."""

    def send(self, letter: Letter) -> Carried:
        return Carried(Fate.KEPT, "no mail server is set")

    def call(self, call: Call) -> Carried:
        return Carried(Fate.KEPT, "calls are not set up")
