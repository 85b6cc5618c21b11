"""Who is asking: the partner behind the credentials token, and what it is answered by."""

import hashlib
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from forecourt.drivers import Registered, RoamingPartner
from forecourt.flows.ports import Store
from forecourt.flows.roaming import who_shows
from forecourt.ocpi import VERSIONS
from forecourt.roaming.envelope import CLIENT_ERROR, Asked, Failure, ports_of
from forecourt.stations import Operator


@dataclass(frozen=True, slots=True)
class Visit:
    """A registered partner in one unit of work."""

    store: Store
    partner: RoamingPartner
    operator: Operator


@contextmanager
def entered(request: Asked, version: str) -> Iterator[Visit]:
    """For all modules but those by which partners come to know each other: from then on an answer says from whom to whom it goes, whatever
    comes of it. Raises Failure for who is not registered."""
    check_version(version)
    partner, _ = known(request)
    if not isinstance(partner.state, Registered):
        raise _unknown()
    with ports_of(request).transactions.begin() as store:
        operator = store.stations.operator(partner.operator_id)
        request.state.routing = _routing(request, partner, operator)
        yield Visit(store, partner, operator)


def known(request: Asked, *, looks: bool = False) -> tuple[RoamingPartner, str]:
    """Whose credentials token came with the request, and that token. Raises Failure where nobody's did. looks: as of `who_shows`.

    In a unit of work of its own: that a token was shown stays, whatever comes of what is asked.
    """
    with ports_of(request).transactions.begin() as store:
        for token in _tokens(request.headers.get("authorization", "")):
            if partner := who_shows(store, digest(token), looks=looks):
                return partner, token
    raise _unknown()


def digest(token: str) -> bytes:
    """What the store keeps of a credentials token that partners show us."""
    return hashlib.sha256(token.encode()).digest()


def check_version(version: str) -> None:
    if version not in VERSIONS:
        raise Failure(404, CLIENT_ERROR, f"There is no version {version[:20]!r} here, but {' and '.join(VERSIONS)}.")


def base_of(request: Asked) -> str:
    """The address of everything here."""
    return f"{(ports_of(request).public_url or str(request.base_url)).rstrip('/')}/ocpi"


def _tokens(header: str) -> Iterator[str]:
    """OCPI has it in Base64 since 2.2-d2; many still send it as it is, so that is tried next."""
    scheme, _, given = header.strip().partition(" ")
    if scheme.lower() != "token" or not 0 < len(given) <= 200:
        return
    with suppress(ValueError):  # of Base64, or of UTF-8
        yield b64decode(given.strip(), validate=True).decode().strip()
    yield given.strip()


def _routing(request: Asked, partner: RoamingPartner, operator: Operator) -> dict[str, str]:
    """To the party the request came from, in the name of the one it was for."""
    given = request.headers
    return {
        "OCPI-to-country-code": _party(given.get("ocpi-from-country-code"), 2) or partner.country,
        "OCPI-to-party-id": _party(given.get("ocpi-from-party-id"), 3) or partner.party,
        "OCPI-from-country-code": operator.country,
        "OCPI-from-party-id": operator.party_id,
    }


def _party(text: str | None, length: int) -> str:
    return text if text and len(text) == length and text.isascii() and text.isalnum() else ""


def _unknown() -> Failure:
    return Failure(401, CLIENT_ERROR, "This credentials token is nobody's here, or not for this.")
