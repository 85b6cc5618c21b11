"""Conditional requests of the REST interface (RFC 9110, section 13): answers carry an entity tag, by which an unchanged one is not sent
again, and a change of something that has changed meanwhile is refused.

A tag is a digest of the answer before compression. A compressed answer is another representation, and its tag says so.
"""

import gzip
import re
from collections.abc import Callable
from hashlib import sha256

from litestar.datastructures import Headers, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from forecourt.flows.ports import Store
from forecourt.kernel import OperatorId, Refused
from forecourt.web.frame.responses import WebRequest

_REST = "/api/v1/"
_TAG = re.compile(r'(W/)?"([0-9a-f]+)(?:-gzip)?"')
# What a 304 answer does not repeat.
_ABOUT_CONTENT = ("content-type", "content-length", "content-encoding", "content-disposition")


class PreconditionFailed(Refused):
    """What the request was based on is not, or no longer, as it says."""

    def __init__(self) -> None:
        super().__init__(
            "changed_meanwhile", "This has been changed since you read it.", "Read it again, then change it with its new ETag."
        )


def answer_conditionally(app: ASGIApp) -> ASGIApp:
    """Middleware that adds a tag to each successful answer to a read, and answers 304 to who has it already."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != "GET" or not scope["path"].startswith(_REST):
            await app(scope, receive, send)
            return
        start: list[Message] = []

        async def send_tagged(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                start.append(message)
                return
            if start and message["type"] == "http.response.body":
                begun = start.pop()
                body = b"" if message.get("more_body") else message["body"]  # what comes in parts has no tag
                if body and _add_tag(begun, body, Headers.from_scope(scope).get("if-none-match", "")):
                    message = {"type": "http.response.body", "body": b"", "more_body": False}
                await send(begun)
            await send(message)

        await app(scope, receive, send_tagged)

    return answering


def tag_of(body: bytes) -> str:
    """The digest in the entity tag of an answer, without its quotation marks."""
    return sha256(body).hexdigest()[:32]


def check_precondition(request: WebRequest, store: Store, operator_id: OperatorId, read: Callable[[], bytes | None]) -> None:
    """Check If-Match and If-None-Match of a change to an operator's setup, which nobody else changes until the unit of work ends.

    read: the answer to a read of what is to be changed, uncompressed; None if it does not exist. Call it before anything of that is
    read in the unit of work. Raises PreconditionFailed.
    """
    check_locked(request, lambda: store.prices.lock(operator_id), read)


def check_locked(request: WebRequest, lock: Callable[[], object], read: Callable[[], bytes | None]) -> None:
    """The same for what `lock` keeps others from changing. It is called only if there is a condition."""
    match, none_match = (request.headers.get(name) for name in ("if-match", "if-none-match"))
    if match is None and none_match is None:
        return
    lock()
    body = read()
    if match is not None and not (body is not None and _matches(match, tag_of(body), strong=True)):
        raise PreconditionFailed
    if none_match is not None and body is not None and _matches(none_match, tag_of(body)):
        raise PreconditionFailed


def _add_tag(start: Message, body: bytes, none_match: str) -> bool:
    """Add the tag; whether the reader has this answer, which then becomes a 304."""
    headers = MutableScopeHeaders.from_message(start)
    zipped = headers.get("content-encoding") == "gzip"
    tag = tag_of(gzip.decompress(body) if zipped else body)
    headers["etag"] = f'"{tag}-gzip"' if zipped else f'"{tag}"'
    if not _matches(none_match, tag):
        return False
    start["status"] = 304  # type: ignore[typeddict-unknown-key]
    for name in _ABOUT_CONTENT:
        if name in headers:
            del headers[name]
    return True


def _matches(header: str, tag: str, strong: bool = False) -> bool:
    """strong: not by a tag that a proxy has marked as weak."""
    return header.strip() == "*" or any(found[2] == tag and not (strong and found[1]) for found in _TAG.finditer(header))
