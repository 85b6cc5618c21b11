"""The console's search box: whatever is read out on the phone. A single match is opened at once."""

from typing import Any

from litestar import get
from litestar.params import FromQuery
from litestar.response import Response

from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.global_search import search_console


@get("/find", sync_to_thread=True)
def find(request: WebRequest, q: FromQuery[str] = "") -> Response[Any]:
    with ports_of(request).transactions.begin() as store:
        found = search_console(store, visitor_of(request).operator, q)
    if len(found.hits) == 1:
        return redirect_to(request, found.hits[0].href)
    return page(request, "console/find.html", found=found, sought=q.strip()[:100], tab="find")
