"""The CDRs of charges by a partner's customers, for partners that fetch them: as sealed, in every version."""

from litestar import get
from litestar.params import FromPath
from litestar.response import Response

from forecourt.flows.billing import cdr_for_partner
from forecourt.roaming.authentication import partner_context
from forecourt.roaming.envelope import OcpiRequest
from forecourt.roaming.paging import page_response, requested_page

MODULE = ("cdrs", "SENDER")


@get("/{version:str}/cdrs", sync_to_thread=True)
def cdrs(request: OcpiRequest, version: FromPath[str]) -> Response[bytes]:
    with partner_context(request, version) as visit:
        page = requested_page(request)
        stored, total = visit.store.roaming_charges.cdrs_of(visit.partner.id, page)
        cdrs_sent = [cdr_for_partner(visit.store, one, version) for one in stored]
    return page_response(request, f"{version}/cdrs", cdrs_sent, page, total)


routes = [cdrs]
