"""The roaming parts of one process: requests to partners' systems, their sealed credentials tokens, and OCPI on the port of the pages."""

import secrets
from functools import partial
from typing import Any

from forecourt.assembly.parts import Parts
from forecourt.drivers import NONCE_BYTES, decrypt, encrypt
from forecourt.flows.ports import HttpClient, Transactions
from forecourt.kernel import Clock, Failed, Ids
from forecourt.roaming import OcpiClient, OcpiHandshake, RoamingPorts, create_roaming

_PURPOSE = "roaming"


def with_ocpi(pages: Any, parts: Parts) -> Any:
    """One ASGI application: /ocpi is for the partners, everything else for the pages. Only the pages have start-up and shutdown."""
    ocpi = create_roaming(_ports(parts))

    async def chosen(scope: Any, receive: Any, send: Any) -> None:
        await (ocpi if scope["type"] == "http" and scope["path"].startswith("/ocpi/") else pages)(scope, receive, send)

    return chosen


def partner_registration(parts: Parts) -> OcpiHandshake:
    return OcpiHandshake(_ports(parts))


def partner_line(parts: Parts) -> OcpiClient:
    return OcpiClient(parts.partner_http, partial(_decrypt, parts.secret))


def _ports(parts: Parts) -> RoamingPorts:
    return roaming_ports((parts.transactions, parts.clock, parts.ids), parts.partner_http, parts.secret, parts.settings.public_url)


def roaming_ports(core: tuple[Transactions, Clock, Ids], post: HttpClient, secret: bytes, public_url: str) -> RoamingPorts:
    fresh = partial(secrets.token_urlsafe, 32)
    return RoamingPorts(*core, post, partial(_encrypt, secret), partial(_decrypt, secret), fresh, public_url)


def _encrypt(key: bytes, token: str) -> str:
    return encrypt(key, _PURPOSE, token.encode(), secrets.token_bytes(NONCE_BYTES))


def _decrypt(key: bytes, sealed: str) -> str:
    opened = decrypt(key, _PURPOSE, sealed)
    if opened is None:
        raise Failed(
            "A partner's credentials token was sealed with another key. Restore the state folder's secret, or invite the partner again."
        )
    return opened.decode()
