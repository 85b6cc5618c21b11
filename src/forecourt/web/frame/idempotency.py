"""A command sent twice takes effect once: the first answer is stored under its key, in the same unit of work."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import msgspec

from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, Refused
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, visitor_of


@dataclass(slots=True)
class Attempt:
    """fresh: carry out the command and set `answer`. Otherwise `answer` is the stored one."""

    fresh: bool
    answer: bytes = b""


class IdempotentForm(msgspec.Struct, kw_only=True):
    """key: set when the form is rendered, so that pressing twice takes effect once."""

    key: str = ""


@contextmanager
def idempotent(store: Store, key: str, at: datetime, digest: str = "") -> Iterator[Attempt]:
    """key includes the sender, so that two people's keys never collide. digest: from `request_digest`.

    Raises Refused if the key was used before with different content: the stored answer does not belong to this request.
    """
    if len(key) > 200 or not key.isprintable():
        raise BadInput("idempotency_key", "The idempotency key is too long or not printable.", "Use up to 64 letters and digits.")
    known = store.commands.answer(key)
    if known is not None and digest and store.commands.request_digest(key) not in ("", digest):
        raise Refused("key_used", "This Idempotency-Key was already used for a different request.", "Use a new key for each new action.")
    attempt = Attempt(fresh=known is None, answer=known or b"")
    yield attempt
    if attempt.fresh:
        store.commands.put(key, attempt.answer, at, digest)


def request_digest(request: WebRequest, data: msgspec.Struct) -> str:
    """A digest of a program's request. Empty values do not count, so that adding an optional field changes no digest."""
    fields = {name: value for name, value in msgspec.structs.asdict(data).items() if value}
    return hashlib.sha256(f"{request.method} {request.url.path} ".encode() + msgspec.json.encode(fields, order="sorted")).hexdigest()


def submission_key(request: WebRequest, command: str, form: IdempotentForm) -> str:
    """The key of a submitted form: equal when it is sent again unchanged, different once something was changed after going back."""
    content = hashlib.sha256(msgspec.json.encode(form)).hexdigest()
    return scoped_key(request, command, f"{form.key[:60]}-{content}" if form.key else "")


def scoped_key(request: WebRequest, command: str, key: str) -> str:
    """The key with its sender; a request without a key gets a unique one."""
    if not key:
        ports = ports_of(request)
        return f"{command}/{ports.ids.new(ports.clock.now())}"
    if not key.isascii() or not key.isprintable():
        raise BadInput("idempotency_key", "The idempotency key must be printable ASCII.", "Use up to 64 letters and digits.")
    return f"{command}/{visitor_of(request).require_account().id}/{key}"
