"""A real mail server on loopback, and a letterbox that behaves like one behind the same port."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP

from forecourt.notices import DeliveryOutcome, DeliveryResult, Email


@dataclass
class MailServer:
    """answers: what it says to the next letters ("450 busy"); nothing left: it takes them."""

    port: int = 0
    answers: deque[str] = field(default_factory=deque)
    received: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = self.answers.popleft() if self.answers else "250 taken"
        if answer.startswith("250"):
            self.raw.append(envelope.content)
            self.received.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        return answer

    @property
    def keys(self) -> list[str]:
        return [str(one["Message-ID"]).strip("<>").partition("@")[0] for one in self.received]


@contextmanager
def mail_server() -> Iterator[MailServer]:
    loop, made = asyncio.new_event_loop(), MailServer()
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(made, loop=loop), "127.0.0.1", 0))
    made.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@dataclass
class Letterbox:
    """The fake: takes letters as a MailServer would, without one."""

    answers: deque[str] = field(default_factory=deque)
    letters: list[Email] = field(default_factory=list)

    def send(self, letter: Email) -> DeliveryResult:
        answer = self.answers.popleft() if self.answers else "250 taken"
        if answer.startswith("250"):
            self.letters.append(letter)
            return DeliveryResult(DeliveryOutcome.SENT)
        return DeliveryResult(DeliveryOutcome.NEVER if answer.startswith("5") else DeliveryOutcome.LATER, answer)

    @property
    def keys(self) -> list[str]:
        return [one.key for one in self.letters]
