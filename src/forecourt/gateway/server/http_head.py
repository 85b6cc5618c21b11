"""The head of a handshake request."""

import re
from base64 import b64decode
from dataclasses import dataclass

from forecourt.gateway.server.certificates import ShownCertificate

MAX_HEAD_BYTES = 8192
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_REQUEST = re.compile(r"GET (/[\x21-\x7e]{0,2000}) HTTP/1\.1")


@dataclass(frozen=True, slots=True)
class HandshakeRequest:
    """A handshake as received. headers: lower-case names, with every value given. certificate: one signed by a trusted authority, or
    None."""

    target: str
    headers: dict[str, tuple[str, ...]]
    address: str
    certificate: ShownCertificate | None = None

    def one(self, name: str) -> str | None:
        """The header's value; None if it is absent or occurs more than once."""
        values = self.headers.get(name, ())
        return values[0] if len(values) == 1 else None

    def listed(self, name: str) -> list[str]:
        """The values of a header that is a list, from all its lines."""
        return [part.strip() for value in self.headers.get(name, ()) for part in value.split(",") if part.strip()]


def parse_head(head: bytes, address: str, certificate: ShownCertificate | None = None) -> HandshakeRequest | None:
    """Parse the request line and headers (without the empty line that ends them); None if they are malformed."""
    try:
        first, *lines = head.decode("latin-1").split("\r\n")
    except UnicodeDecodeError:
        return None
    request = _REQUEST.fullmatch(first)
    if request is None or len(lines) > 100:
        return None
    headers: dict[str, tuple[str, ...]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.fullmatch(name) or "\n" in value or "\0" in value:
            return None
        headers[name.lower()] = (*headers.get(name.lower(), ()), value.strip(" \t"))
    return HandshakeRequest(request[1], headers, address, certificate)


def is_websocket(request: HandshakeRequest) -> bool:
    """Whether the request is a well-formed request for a WebSocket of version 13."""
    key = request.one("sec-websocket-key") or ""
    try:
        key_bytes = b64decode(key, validate=True)
    except ValueError:
        return False
    upgrades = {value.lower() for value in request.listed("upgrade")}
    connection = {value.lower() for value in request.listed("connection")}
    return len(key_bytes) == 16 and "websocket" in upgrades and "upgrade" in connection and request.one("sec-websocket-version") == "13"
