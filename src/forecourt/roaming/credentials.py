"""The handshake. While a partner registers, we query its system in turn, without holding a unit of work open."""

from litestar import delete, get, post, put
from litestar.params import FromPath, RawBody
from litestar.response import Response

from forecourt.drivers import Invited, Peer, Registered, RoamingPartner
from forecourt.flows.roaming import Registration, register_partner, unregister_partner
from forecourt.ocpi import OcpiCredentials, OcpiVersion, VersionDetails, our_credentials, peer_of, version_url
from forecourt.roaming.authentication import base_of, check_version, digest, identify_partner
from forecourt.roaming.discovery import object_reader
from forecourt.roaming.envelope import (
    CLIENT_ERROR,
    ENDPOINTS_MISSING,
    NO_SUCH_VERSION,
    Failure,
    OcpiRequest,
    ports_of,
    read,
    success,
)

MODULE = ("credentials", "SENDER")


@get("/{version:str}/credentials", sync_to_thread=True)
def ours(request: OcpiRequest, version: FromPath[str]) -> Response[bytes]:
    """Our credentials for the partner, with the token it used."""
    check_version(version)
    partner, token = identify_partner(request, read_only=True)
    return success(request, _credentials(request, partner, token))


@post("/{version:str}/credentials", sync_to_thread=True, status_code=200)
def register(request: OcpiRequest, version: FromPath[str], body: RawBody) -> Response[bytes]:
    """May be repeated, since the answer to the first request may have been lost."""
    check_version(version)
    partner, token = identify_partner(request)
    if not isinstance(partner.state, Invited) and partner.before != digest(token):
        raise Failure(405, CLIENT_ERROR, "You are registered already. Renew your credentials with PUT.")
    return _let_in(request, version, body, partner, token)


@put("/{version:str}/credentials", sync_to_thread=True)
def renew(request: OcpiRequest, version: FromPath[str], body: RawBody) -> Response[bytes]:
    """Also used to change the version, or the addresses of modules."""
    check_version(version)
    partner, token = identify_partner(request)
    if not isinstance(partner.state, Registered):
        raise Failure(405, CLIENT_ERROR, "You are not registered yet. Do so with POST.")
    return _let_in(request, version, body, partner, token)


@delete("/{version:str}/credentials", sync_to_thread=True, status_code=200)
def leave(request: OcpiRequest, version: FromPath[str]) -> Response[bytes]:
    check_version(version)
    partner, _ = identify_partner(request)
    if not isinstance(partner.state, Registered):
        raise Failure(405, CLIENT_ERROR, "You are not registered.")
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        unregister_partner(store, partner.id, ports.clock.now(), ports.ids)
    return success(request)


def _let_in(request: OcpiRequest, version: str, body: bytes, partner: RoamingPartner, shown: str) -> Response[bytes]:
    ports = ports_of(request)
    peer = _looked_at(request, version, read(body, OcpiCredentials, "credentials"))
    token, newest = ports.fresh_secret(), partner.digest or b""
    with ports.transactions.begin() as store:
        wanted = Registration(partner.id, digest(shown), newest, digest(token), peer)
        registered = register_partner(store, wanted, ports.clock.now(), ports.ids)
    return success(request, _credentials(request, registered, token))


def _looked_at(request: OcpiRequest, version: str, credentials: OcpiCredentials) -> Peer:
    """The partner's versions, and its modules of this version."""
    ports = ports_of(request)
    read_object = object_reader(ports.post, credentials.token)
    url = version_url(read_object(credentials.url, tuple[OcpiVersion, ...], "versions"), version)
    if url is None:
        raise Failure(200, NO_SUCH_VERSION, f"Your system does not offer version {version}.")
    details: VersionDetails = read_object(url, VersionDetails, "version details")
    if details.version != version:
        raise Failure(200, NO_SUCH_VERSION, f"The details of version {version} are those of {details.version}.")
    if not any(one.identifier == "credentials" for one in details.endpoints):
        raise Failure(200, ENDPOINTS_MISSING, "Your system does not serve credentials.")
    return peer_of(credentials, details, ports.encrypt(credentials.token))


def _credentials(request: OcpiRequest, partner: RoamingPartner, token: str) -> OcpiCredentials:
    with ports_of(request).transactions.begin() as store:
        operator = store.stations.operator(partner.operator_id)
    return our_credentials(token, f"{base_of(request)}/versions", operator.name, (operator.country, operator.party_id))


routes = [ours, register, renew, leave]
