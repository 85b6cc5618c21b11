"""The operator's roaming partners: invite one with a credentials token shown once, see its state, block it."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.flows.roaming import (
    InvitedPartner,
    block_roaming_partner,
    invite_roaming_partner,
    missing_open_data,
    renew_invitation,
    unpublished_sites,
)
from forecourt.kernel import BadInput, Conflict
from forecourt.web.frame import sealing
from forecourt.web.frame.field_errors import field_errors
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, service_url, staff_member, visitor_of
from forecourt.web.offers import open_data

HOME = "/console/roaming"


class PartnerForm(Struct):
    name: str = ""
    country: str = ""
    party: str = ""


class JoinForm(PartnerForm):
    """versions, token: as supplied by the partner."""

    versions: str = ""
    token: str = ""


class BlockForm(Struct):
    blocked: str = ""


@get("/roaming", sync_to_thread=True)
def roaming(request: WebRequest) -> Response[Any]:
    return render_roaming(request)


@post("/roaming", sync_to_thread=True, status_code=200)
def invite(request: WebRequest, data: URLEncodedBody[PartnerForm]) -> Response[Any]:
    """The credentials token is shown once; only its digest is stored."""
    secret = sealing.fresh_secret()
    wanted = InvitedPartner(data.name, data.country, data.party)
    try:
        with ports_of(request).transactions.begin() as store:
            partner = invite_roaming_partner(store, staff_member(request), wanted, sealing.digest(secret))
    except (BadInput, Conflict) as error:
        return render_roaming(request, 422, error=f"{error.text} {error.remedy}".strip(), at=field_errors(error), typed=data)
    return render_roaming(request, invited=partner, secret=secret)


@post("/roaming/{partner_id:uuid}/invite", sync_to_thread=True, status_code=200)
def reinvite(request: WebRequest, partner_id: FromPath[UUID]) -> Response[Any]:
    secret = sealing.fresh_secret()
    with ports_of(request).transactions.begin() as store:
        partner = renew_invitation(store, staff_member(request), partner_id, sealing.digest(secret))
    return render_roaming(request, invited=partner, secret=secret)


@post("/roaming/{partner_id:uuid}/block", sync_to_thread=True, status_code=303)
def block(request: WebRequest, partner_id: FromPath[UUID], data: URLEncodedBody[BlockForm]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        block_roaming_partner(store, staff_member(request), partner_id, data.blocked == "on")
    return redirect_to(request, HOME, "kept")


def render_roaming(request: WebRequest, status: int = 200, **overrides: Any) -> Response[Any]:
    """more: `invited` and `secret`, shown once; `error` and `typed` of one form, `trouble` and `joining` of the other."""
    ports, operator_id = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        operator = store.stations.operator(operator_id)
        unpublished, lacking = (read(store, operator_id, ports.clock.now()) for read in (unpublished_sites, missing_open_data))
        partners = [(one, *store.roaming.token_figures(one.id)) for one in store.roaming.partners(operator_id)]
    known = {"operator": operator, "partners": partners, "untold": unpublished, "versions": versions_url(request)}
    known |= {"lacking": lacking, "open_data": open_data.addresses(request, operator.id)}
    empty: dict[str, Any] = {
        "invited": None,
        "secret": "",
        "error": "",
        "typed": PartnerForm(),
        "at": {},
        "trouble": "",
        "joining": JoinForm(),
    }
    answer = page(request, "console/roaming.html", status, **{**empty, **known, **overrides}, tab="roaming")
    answer.headers["cache-control"] = "no-store"
    return answer


def versions_url(request: WebRequest) -> str:
    """The address of our versions, for partners."""
    return f"{service_url(request)}/ocpi/versions"


pages: list[Any] = [roaming, invite, reinvite, block]
