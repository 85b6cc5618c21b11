"""The handshake started by the operator: register with a partner that supplied an address and a token, renew, leave."""

from typing import Any
from uuid import UUID

from litestar import post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response

from forecourt.flows.ports import PartnerUnreachable
from forecourt.flows.roaming import InvitedPartner
from forecourt.kernel import BadInput, Conflict
from forecourt.web.frame.responses import WebRequest, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member
from forecourt.web.offers.roaming import HOME, JoinForm, render_roaming, versions_url


@post("/roaming/join", sync_to_thread=True, status_code=200)
def join(request: WebRequest, data: URLEncodedBody[JoinForm]) -> Response[Any]:
    """The typed token is valid once, and not stored."""
    wanted, way_in = InvitedPartner(data.name, data.country, data.party), (data.versions.strip(), data.token.strip())
    try:
        partner = ports_of(request).partner_registration.join(staff_member(request), wanted, way_in, versions_url(request))
    except (BadInput, Conflict) as error:
        return render_roaming(request, 422, trouble=f"{error.text} {error.remedy}".strip(), joining=data)
    except PartnerUnreachable as error:
        return render_roaming(request, 422, trouble=f"Registering with {data.name} failed: {error}.", joining=data)
    return redirect_to(request, f"{HOME}/{partner.id}", "joined")


@post("/roaming/{partner_id:uuid}/renew", sync_to_thread=True, status_code=200)
def renew(request: WebRequest, partner_id: FromPath[UUID]) -> Response[Any]:
    """If the outcome is unknown, the partner may use either token, and is offered the same one at the next attempt."""
    try:
        ports_of(request).partner_registration.renew(staff_member(request), partner_id, versions_url(request))
    except (BadInput, PartnerUnreachable) as error:
        return render_roaming(request, 422, trouble=f"The credentials could not be renewed: {error}.")
    return redirect_to(request, HOME, "renewed")


@post("/roaming/{partner_id:uuid}/leave", sync_to_thread=True, status_code=303)
def leave(request: WebRequest, partner_id: FromPath[UUID]) -> Redirect:
    """Also if the partner cannot be reached: its access ends."""
    is_notified = ports_of(request).partner_registration.leave(staff_member(request), partner_id)
    return redirect_to(request, HOME, "parted" if is_notified else "parted_untold")


pages: list[Any] = [join, renew, leave]
