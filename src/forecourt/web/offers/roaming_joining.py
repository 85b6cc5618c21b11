"""The handshake with a roaming partner begun by the operator: register with one that has handed over an address and a token, renew, leave.

No unit of work is open while the partner is waited for: it looks at us meanwhile. What the first one saw the second checks again.
"""

from contextlib import suppress
from typing import Any
from uuid import UUID

from litestar import post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response

from forecourt.flows.ports import PartnerUnreachable
from forecourt.flows.roaming import (
    Registration,
    RoamingInvitation,
    begin_joining,
    begin_renewing,
    leave_roaming,
    peer_to_leave,
    register_partner,
)
from forecourt.kernel import BadInput, Conflict, Refused
from forecourt.ocpi import OcpiCredentials, check_way_in, our_credentials
from forecourt.web.frame import sealing
from forecourt.web.frame.answers import Asked, go
from forecourt.web.frame.visit import ports_of, staff_member, visitor_of
from forecourt.web.offers.roaming import HOME, JoinForm, shown, versions_url


@post("/roaming/join", sync_to_thread=True, status_code=200)
def join(request: Asked, data: URLEncodedBody[JoinForm]) -> Response[Any]:
    """The token that is typed is good once, and not kept."""
    ports, secret = ports_of(request), sealing.fresh_secret()
    try:
        check_way_in(versions := data.versions.strip(), token := data.token.strip())
        wanted = RoamingInvitation(data.name, data.country, data.party, sealing.digest(secret))
        with ports.transactions.begin() as store:
            partner = begin_joining(store, staff_member(request), wanted)
        peer = ports.partner_door.join(versions, token, _ours(request, secret))
        _register(request, Registration(partner.id, wanted.digest, wanted.digest, peer))
    except (BadInput, Conflict) as error:
        return shown(request, 422, trouble=f"{error.text} {error.remedy}".strip(), joining=data)
    except PartnerUnreachable as error:
        return shown(request, 422, trouble=f"{data.name} could not be registered with: {error}.", joining=data)
    return go(request, f"{HOME}/{partner.id}", "joined")


@post("/roaming/{partner_id:uuid}/renew", sync_to_thread=True, status_code=200)
def renew(request: Asked, partner_id: FromPath[UUID]) -> Response[Any]:
    """Where nobody knows what came of it the partner gets in with either token."""
    ports, secret = ports_of(request), sealing.fresh_secret()
    with ports.transactions.begin() as store:
        partner, state = begin_renewing(store, staff_member(request), partner_id, sealing.digest(secret))
    try:
        peer = ports.partner_door.renew(state.peer, _ours(request, secret))
    except PartnerUnreachable as error:
        return shown(request, 422, trouble=f"The credentials of {partner.name} could not be renewed: {error}.")
    _register(request, Registration(partner.id, state.digest, sealing.digest(secret), peer))
    return go(request, HOME, "renewed")


@post("/roaming/{partner_id:uuid}/leave", sync_to_thread=True, status_code=303)
def leave(request: Asked, partner_id: FromPath[UUID]) -> Redirect:
    """Also where the partner cannot be told: it gets in no more."""
    ports, words = ports_of(request), "parted"
    with ports.transactions.begin() as store:
        peer = peer_to_leave(store, staff_member(request), partner_id)
    try:
        ports.partner_door.leave(peer)
    except PartnerUnreachable:
        words = "parted_untold"
    with ports.transactions.begin() as store:
        leave_roaming(store, staff_member(request), partner_id)
    return go(request, HOME, words)


def _register(request: Asked, wanted: Registration) -> None:
    """A partner that is not who it was to be is told that nothing comes of it."""
    ports = ports_of(request)
    try:
        with ports.transactions.begin() as store:
            register_partner(store, wanted, ports.clock.now(), ports.ids)
    except Refused:
        with suppress(PartnerUnreachable):
            ports.partner_door.leave(wanted.peer)
        raise


def _ours(request: Asked, secret: str) -> OcpiCredentials:
    with ports_of(request).transactions.begin() as store:
        operator = store.stations.operator(visitor_of(request).operator)
    return our_credentials(secret, versions_url(request), operator.name, (operator.country, operator.party_id))


pages: list[Any] = [join, renew, leave]
