"""Tariffs, as the sender: the prices for partners' customers at present."""

from litestar import get
from litestar.params import FromPath
from litestar.response import Response

from forecourt.flows.roaming import told_tariffs
from forecourt.roaming.authentication import entered
from forecourt.roaming.envelope import Asked, ports_of
from forecourt.roaming.paging import page_asked, paged_of_all

MODULE = ("tariffs", "SENDER")


@get("/{version:str}/tariffs", sync_to_thread=True)
def tariffs(request: Asked, version: FromPath[str]) -> Response[bytes]:
    with entered(request, version) as visit:
        page = page_asked(request)
        every = told_tariffs(visit.store, visit.operator, version, ports_of(request).clock.now())
    return paged_of_all(request, f"{version}/tariffs", every, page)


routes = [tariffs]
