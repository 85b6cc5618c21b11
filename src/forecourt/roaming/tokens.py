"""Tokens, as the receiver: partners push their customers' tokens."""

from typing import Any

from litestar import get, patch, put
from litestar.params import FromPath, RawBody
from litestar.response import Response

from forecourt.drivers import RoamingToken, token_uid
from forecourt.flows.roaming import receive_token
from forecourt.kernel import BadInput, NotFound, TokenUid
from forecourt.ocpi import OcpiToken, ocpi_token, patched, to_roaming_token
from forecourt.roaming.authentication import PartnerContext, partner_context
from forecourt.roaming.envelope import OcpiRequest, ports_of, read, success

MODULE = ("tokens", "RECEIVER")
# A uid may contain any printable character, and an encoded slash is already decoded when routes are matched.
_ONE = "/{version:str}/tokens/{country:str}/{party:str}/{uid:path}"
_USUAL = "RFID"


@get(_ONE, sync_to_thread=True)
def token(
    request: OcpiRequest, version: FromPath[str], country: FromPath[str], party: FromPath[str], uid: FromPath[str]
) -> Response[bytes]:
    with partner_context(request, version) as visit:
        return success(request, ocpi_token(_known(request, visit, (country, party), uid)))


@put(_ONE, sync_to_thread=True)
def push(
    request: OcpiRequest, version: FromPath[str], country: FromPath[str], party: FromPath[str], uid: FromPath[str], body: RawBody
) -> Response[bytes]:
    with partner_context(request, version) as visit:
        owner = _owner(visit, country, party)
        return _kept(request, visit, owner, uid, read(body, OcpiToken, "token"))


@patch(_ONE, sync_to_thread=True)
def change(
    request: OcpiRequest, version: FromPath[str], country: FromPath[str], party: FromPath[str], uid: FromPath[str], body: RawBody
) -> Response[bytes]:
    with partner_context(request, version) as visit:
        known = _known(request, visit, (country, party), uid)
        changed = patched(ocpi_token(known), read(body, dict[str, Any], "token"))
        return _kept(request, visit, (known.country, known.party), uid, changed)


def _kept(request: OcpiRequest, visit: PartnerContext, owner: tuple[str, str], uid: str, ocpi_token: OcpiToken) -> Response[bytes]:
    """Raises BadInput for a token that differs from the one its address names."""
    identity = (ocpi_token.country_code.upper(), ocpi_token.party_id.upper(), token_uid(ocpi_token.uid))
    if identity != (*owner, _uid(uid)) or _type(request, ocpi_token.type) != ocpi_token.type:
        raise BadInput("field", "token: country_code, party_id, uid or type are others than those of the address.")
    token = to_roaming_token(ocpi_token, visit.operator.id, visit.partner.id)
    new = receive_token(visit.store, token, ports_of(request).clock.now())
    return success(request, status=201 if new else 200)


def _known(request: OcpiRequest, visit: PartnerContext, owner: tuple[str, str], uid: str) -> RoamingToken:
    found = visit.store.roaming.token(visit.partner.id, _owner(visit, *owner), _uid(uid), _type(request, _USUAL))
    if found is None:
        raise NotFound("token", "There is no such token here.")
    return found


def _owner(visit: PartnerContext, country: str, party: str) -> tuple[str, str]:
    """Raises NotFound for a party that the partner does not represent."""
    if visit.partner.peer is None or not visit.partner.peer.speaks_for(country, party):
        raise NotFound("party", "You do not speak for that party.")
    return country.upper(), party.upper()


def _uid(path: str) -> TokenUid:
    return token_uid(path.removeprefix("/"))


def _type(request: OcpiRequest, default: str) -> str:
    return str(request.query_params.get("type", default))


routes = [token, push, change]
