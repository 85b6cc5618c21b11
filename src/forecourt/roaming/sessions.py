"""The charges of a partner's customers, for partners that fetch them; others receive them as pushes."""

from litestar import get, put
from litestar.params import FromPath
from litestar.response import Response

from forecourt.flows.billing import session_for_partner
from forecourt.kernel import BadInput
from forecourt.ocpi import charge_json
from forecourt.roaming.authentication import partner_context
from forecourt.roaming.envelope import INVALID, Failure, OcpiRequest
from forecourt.roaming.paging import page_response, requested_page

MODULE = ("sessions", "SENDER")


@get("/{version:str}/sessions", sync_to_thread=True)
def sessions(request: OcpiRequest, version: FromPath[str]) -> Response[bytes]:
    with partner_context(request, version) as visit:
        page = requested_page(request)
        if page.since is None:
            raise BadInput("page", "date_from: from when on is missing.")
        charges, total = visit.store.roaming_charges.charges_of(visit.partner.id, page)
        sessions_sent = [session for one in charges if (session := session_for_partner(visit.store, one)) is not None]
    return page_response(request, f"{version}/sessions", [charge_json(one, version) for one in sessions_sent], page, total)


@put("/{version:str}/sessions/{session_id:str}/charging_preferences", sync_to_thread=True)
def preferences(request: OcpiRequest, version: FromPath[str], session_id: FromPath[str]) -> Response[bytes]:
    """OCPI's answer for a socket without that capability, which no socket here has."""
    with partner_context(request, version):
        raise Failure(404, INVALID, f"The EVSE of session {session_id[:36]} takes no charging preferences.")


routes = [sessions, preferences]
