"""The client side of OCPI: headers, envelope, and the addresses of partners' modules."""

import re
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
from msgspec import Struct

from forecourt.flows.ports import HttpClient, HttpRequest, HttpResponse, PartnerRequest, PartnerResponse, PartnerUnreachable

_NEXT = re.compile(r'<([^<>]*)>\s*;[^,<]*\brel="?next"?')


class _Envelope(Struct):
    status_code: int
    status_message: str | None = None
    data: Any = None


class OcpiClient:
    """A PartnerClient. decrypt: opens a sealed credentials token."""

    def __init__(self, post: HttpClient, decrypt: Callable[[str], str]) -> None:
        self._post, self._decrypt = post, decrypt

    def call(self, call: PartnerRequest) -> PartnerResponse:
        peer, (country, party) = call.partner.peer, call.us
        if peer is None:
            raise PartnerUnreachable(f"{call.partner.name} is not registered")
        url = call.address or peer.url_of(call.module, call.role)
        if call.address and not peer.is_at(call.address):  # its address has changed since it asked
            raise PartnerUnreachable(f"{call.address[:60]} is not at a server of {call.partner.name}")
        if url is None:
            raise PartnerUnreachable(f"{call.partner.name} does not serve {call.module} as {call.role.lower()}")
        sent = {
            **ocpi_headers(self._decrypt(peer.key)),
            "OCPI-to-country-code": call.partner.country,
            "OCPI-to-party-id": call.partner.party,
            "OCPI-from-country-code": country,
            "OCPI-from-party-id": party,
        }
        if call.body:
            sent["Content-Type"] = "application/json"
        address = f"{url.rstrip('/')}/{call.path}" if call.path else url
        if call.query:
            address = f"{address}{'&' if '?' in address else '?'}{call.query}"
        return reply_of(*self._post.send(HttpRequest(call.method, address, sent, call.body, call.within_s)))


def ocpi_headers(token: str) -> dict[str, str]:
    return {
        "Authorization": f"Token {b64encode(token.encode()).decode()}",
        "X-Request-ID": str(uuid4()),
        "X-Correlation-ID": str(uuid4()),
    }


def reply_of(http_status: int, body: bytes, link: str = "") -> PartnerResponse:
    """Raises PartnerUnreachable for a success without OCPI's envelope. A failure may come without.

    Of the link to the next page, only the query is used: we stay at the address that the partner has given for its module.
    """
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if 200 <= http_status < 300:
            raise PartnerUnreachable(f"answered with what is no OCPI: {error}") from error
        return PartnerResponse(http_status, 2000, f"HTTP {http_status}")
    return PartnerResponse(http_status, envelope.status_code, (envelope.status_message or "")[:300], envelope.data, _next_query(link))


def data_of(answer: HttpResponse) -> Any:
    """The data of a success. Raises PartnerUnreachable for anything else."""
    reply = reply_of(*answer)
    if not reply.fine:
        raise PartnerUnreachable(f"answered {reply.http_status}, {reply.status_code} {reply.message}".strip())
    return reply.data


def _next_query(link: str) -> str:
    found = _NEXT.search(link)
    try:
        return urlsplit(found[1]).query if found else ""
    except ValueError:
        return ""
