"""The operator's bookings, and each of its documents."""

from typing import Any

from litestar import get
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from forecourt.drivers import Duty
from forecourt.kernel import parse_day
from forecourt.web.frame.responses import WebRequest, file_response, page, split_file_name
from forecourt.web.frame.visitor import ports_of, visitor_of
from forecourt.web.queries.bill_check import bill_check
from forecourt.web.queries.bookings import bookings_day
from forecourt.web.queries.disputes import disputes_about
from forecourt.web.queries.names import driver_url
from forecourt.web.queries.receipts import buyer_view, document_by_number, document_file, files_view, receipt_view
from forecourt.web.queries.site_lookup import all_sites, selected_site


@get("/bookings", sync_to_thread=True, opt={"of_sites": True})
def bookings(request: WebRequest, day: FromQuery[str] = "", site: FromQuery[str] = "") -> Response[str]:
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        sites = all_sites(store, operator, visitor_of(request).sites)
        chosen = selected_site(sites, site)
        view = bookings_day(store, chosen, parse_day(day) if day else None, ports.clock.now()) if chosen else None
    choices = [(one.slug, one.name) for one in sites]
    cancels = visitor_of(request).require_account().may(Duty.SITES)
    return page(
        request, "console/bookings.html", view=view, sites=choices, site=chosen.slug if chosen else "", cancels=cancels, tab="bookings"
    )


@get("/documents/{name:str}", sync_to_thread=True)
def document(request: WebRequest, name: FromPath[str]) -> Response[Any]:
    """A document; with .pdf or .xml after the number, its file or e-invoice."""
    operator = visitor_of(request).operator
    number, ending = split_file_name(name)
    with ports_of(request).transactions.begin() as store:
        invoice = document_by_number(store, number, operator)
        if ending:
            return file_response(name, document_file(store, invoice, ending))
        view, files = receipt_view(store, invoice), files_view(store, invoice)
        disputes, buyer = disputes_about(store, invoice), driver_url(store, invoice.driver_id)
        notes, corrected = [one.number for one in store.documents.credit_notes_of(invoice.id)], invoice.content.corrects_number
        made_out = buyer_view(store, invoice)
    return page(
        request,
        "console/document.html",
        receipt=view,
        buyer=buyer,
        files=files,
        disputes=disputes,
        notes=notes,
        corrected=corrected,
        made_out=made_out,
        reason=invoice.content.reason,
        tab="documents",
    )


@get("/documents/{number:str}/check", sync_to_thread=True)
def check(request: WebRequest, number: FromPath[str]) -> Response[str]:
    """The bill recalculated now."""
    with ports_of(request).transactions.begin() as store:
        view = bill_check(store, document_by_number(store, number, visitor_of(request).operator))
    return page(request, "console/check.html", check=view, back=f"/console/documents/{number}", tab="documents")


pages = [bookings, document, check]
