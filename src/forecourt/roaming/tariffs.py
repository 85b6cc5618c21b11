"""Tariffs, as the sender: the prices for partners' customers at present."""

from litestar import get
from litestar.params import FromPath
from litestar.response import Response

from forecourt.flows.roaming import published_tariffs
from forecourt.roaming.authentication import partner_context
from forecourt.roaming.envelope import OcpiRequest, ports_of
from forecourt.roaming.paging import page_of_all, requested_page

MODULE = ("tariffs", "SENDER")


@get("/{version:str}/tariffs", sync_to_thread=True)
def tariffs(request: OcpiRequest, version: FromPath[str]) -> Response[bytes]:
    with partner_context(request, version) as visit:
        page = requested_page(request)
        published = published_tariffs(visit.store, visit.operator, version, ports_of(request).clock.now())
    return page_of_all(request, f"{version}/tariffs", published, page)


routes = [tariffs]
