"""Identifies the partner by its credentials token, and provides what is needed to answer it."""

import hashlib
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from forecourt.drivers import Registered, RoamingPartner
from forecourt.flows.ports import Store
from forecourt.flows.roaming import partner_by_token
from forecourt.ocpi import VERSIONS
from forecourt.roaming.envelope import CLIENT_ERROR, Failure, OcpiRequest, ports_of
from forecourt.stations import Operator


@dataclass(frozen=True, slots=True)
class PartnerContext:
    """A registered partner in one unit of work."""

    store: Store
    partner: RoamingPartner
    operator: Operator


@contextmanager
def partner_context(request: OcpiRequest, version: str) -> Iterator[PartnerContext]:
    """For all modules except those used for the handshake: from then on, every answer, including errors, carries the routing headers.
    Raises Failure for a partner that is not registered."""
    check_version(version)
    partner, _ = identify_partner(request)
    if not isinstance(partner.state, Registered):
        raise _unknown()
    with ports_of(request).transactions.begin() as store:
        operator = store.stations.operator(partner.operator_id)
        request.state.routing = _routing(request, partner, operator)
        yield PartnerContext(store, partner, operator)


def identify_partner(request: OcpiRequest, *, read_only: bool = False) -> tuple[RoamingPartner, str]:
    """The partner whose credentials token came with the request, and that token. Raises Failure if it is no one's. looks: as in
    `partner_by_token`.

    Runs in a unit of work of its own: that a token was used is recorded even if the request fails.
    """
    with ports_of(request).transactions.begin() as store:
        for token in _tokens(request.headers.get("authorization", "")):
            if partner := partner_by_token(store, digest(token), read_only=read_only):
                return partner, token
    raise _unknown()


def digest(token: str) -> bytes:
    """What the store keeps of a credentials token that partners use with us."""
    return hashlib.sha256(token.encode()).digest()


def check_version(version: str) -> None:
    if version not in VERSIONS:
        raise Failure(404, CLIENT_ERROR, f"There is no version {version[:20]!r} here, but {' and '.join(VERSIONS)}.")


def base_of(request: OcpiRequest) -> str:
    """The base address of our OCPI endpoints."""
    return f"{(ports_of(request).public_url or str(request.base_url)).rstrip('/')}/ocpi"


def _tokens(header: str) -> Iterator[str]:
    """OCPI sends it in Base64 since 2.2-d2; many still send it in plain text, so that is tried next."""
    scheme, _, token_text = header.strip().partition(" ")
    if scheme.lower() != "token" or not 0 < len(token_text) <= 200:
        return
    with suppress(ValueError):  # not Base64, or not UTF-8
        yield b64decode(token_text.strip(), validate=True).decode().strip()
    yield token_text.strip()


def _routing(request: OcpiRequest, partner: RoamingPartner, operator: Operator) -> dict[str, str]:
    """Addressed to the party that sent the request, from the party that it was for."""
    headers = request.headers
    return {
        "OCPI-to-country-code": _party(headers.get("ocpi-from-country-code"), 2) or partner.country,
        "OCPI-to-party-id": _party(headers.get("ocpi-from-party-id"), 3) or partner.party,
        "OCPI-from-country-code": operator.country,
        "OCPI-from-party-id": operator.party_id,
    }


def _party(text: str | None, length: int) -> str:
    return text if text and len(text) == length and text.isascii() and text.isalnum() else ""


def _unknown() -> Failure:
    return Failure(401, CLIENT_ERROR, "This credentials token is nobody's here, or not for this.")
