"""REST search for an operator's telephone or help desk program, with a number or an address read out on the phone."""

from typing import Annotated

from litestar import Router, get
from litestar.params import QueryParameter
from msgspec import Struct

from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, staff_only, visitor_of
from forecourt.web.queries.global_search import search_console


class SearchHitItem(Struct):
    """what: "Driver", "Charge", "Booking" and so on. page: its address in the console."""

    what: str
    title: str
    text: str
    page: str


@get("/find", sync_to_thread=True, summary="Find a driver, a charge, a booking, a charger, a bill or a payment")
def search_records(request: WebRequest, words: Annotated[str, QueryParameter(max_length=100)]) -> list[SearchHitItem]:
    """words: as in the console's search box. At most 20 of each kind."""
    with ports_of(request).transactions.begin() as store:
        found = search_console(store, visitor_of(request).operator, words)
    return [SearchHitItem(one.what, one.title, one.text, one.href) for one in found.hits]


routes = Router("/api/v1", tags=["Drivers"], guards=[staff_only], route_handlers=[search_records])
