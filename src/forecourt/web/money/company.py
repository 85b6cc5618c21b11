"""The operator's own data, as printed on its documents."""

from dataclasses import fields
from typing import Any

from litestar import get, post
from litestar.params import URLEncodedBody
from litestar.response import Response

from forecourt.flows.billing import CompanyDetails, company_fingerprint, set_company_details
from forecourt.kernel import Refused
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of

Fields = dict[str, str]


@get("/company", sync_to_thread=True)
def company(request: WebRequest) -> Response[str]:
    return _page(request)


@post("/company", sync_to_thread=True, status_code=200)
def save_company(request: WebRequest, data: URLEncodedBody[Fields]) -> Response[Any]:
    try:
        wanted = CompanyDetails(**{one.name: data.get(one.name, "") for one in fields(CompanyDetails)})
        with ports_of(request).transactions.begin() as store:
            set_company_details(store, staff_member(request), wanted, data.get("seen", ""), data.get("mandates", ""))
    except Refused as error:
        return _page(request, data, error)
    return redirect_to(request, "/console/company", "kept")


def _page(request: WebRequest, typed: Fields | None = None, error: Refused | None = None) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        operator = store.stations.operator(visitor_of(request).operator)
    stale = typed is None or (error is not None and error.code == "company_changed")
    form = {one.name: getattr(operator, one.name) for one in fields(CompanyDetails)} if stale else typed
    confirmation = error.code if error and error.code.startswith("mandates_") else ""
    shown = {"operator": operator, "form": form, "seen": company_fingerprint(operator), "error": error, "asked": confirmation}
    return page(request, "console/company.html", status_of(error) if error else 200, **shown, tab="documents")


pages = [company, save_company]
