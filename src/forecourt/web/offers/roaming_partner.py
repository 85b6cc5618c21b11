"""The page of one roaming partner: the recipient of its bills, what it owes, and what was sent to it about its customers' charges."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import PartnerTax
from forecourt.flows.billing import Recipient, requeue_cdr, set_partner_billing, set_partner_tax
from forecourt.kernel import BadInput, Conflict, DocumentId, Refused, parse_day
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.idempotency import IdempotentForm, idempotent, submission_key
from forecourt.web.frame.lists import MONTHLY_PAGE_SIZE, MONTHLY_PREFIX, pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member
from forecourt.web.queries.roaming_partner import roaming_partner_page


class PayerDetails(Struct):
    name: str = ""
    address: str = ""
    vat_number: str = ""
    email: str = ""


class TaxDetails(Struct):
    country: str = ""
    since: str = ""
    at_home: str = ""


@get("/roaming/{partner_id:uuid}", sync_to_thread=True)
def partner(request: WebRequest, partner_id: FromPath[UUID]) -> Response[Any]:
    return _shown(request, partner_id)


@post("/roaming/{partner_id:uuid}/payer", sync_to_thread=True, status_code=200)
def payer(request: WebRequest, partner_id: FromPath[UUID], data: URLEncodedBody[PayerDetails]) -> Response[Any]:
    try:
        wanted = Recipient(data.name, data.address, data.vat_number)
        with ports_of(request).transactions.begin() as store:
            set_partner_billing(store, staff_member(request), partner_id, wanted, data.email)
    except (BadInput, Conflict) as error:
        return _shown(request, partner_id, data, error)
    return redirect_to(request, f"/console/roaming/{partner_id}", "kept")


@post("/roaming/{partner_id:uuid}/tax", sync_to_thread=True, status_code=200)
def tax(request: WebRequest, partner_id: FromPath[UUID], data: URLEncodedBody[TaxDetails]) -> Response[Any]:
    try:
        since = parse_day(data.since, "since") if data.since.strip() else None
        wanted = PartnerTax(data.country.strip().upper(), since, bool(data.at_home))
        with ports_of(request).transactions.begin() as store:
            set_partner_tax(store, staff_member(request), partner_id, wanted)
    except (BadInput, Conflict) as error:
        return _shown(request, partner_id, error=error, taxed=data)
    return redirect_to(request, f"/console/roaming/{partner_id}", "kept")


@post("/roaming/{partner_id:uuid}/cdrs/{document_id:uuid}/again", sync_to_thread=True, status_code=303)
def resend_cdr(
    request: WebRequest, partner_id: FromPath[UUID], document_id: FromPath[UUID], data: URLEncodedBody[IdempotentForm]
) -> Redirect:
    by, key = staff_member(request), submission_key(request, f"cdr/{document_id}", data)
    with ports_of(request).transactions.begin() as store, idempotent(store, key, by.at) as attempt:
        if attempt.fresh:
            requeue_cdr(store, by, DocumentId(document_id))
    return redirect_to(request, f"/console/roaming/{partner_id}", "sent_again")


def _shown(
    request: WebRequest, partner_id: UUID, typed: PayerDetails | None = None, error: Refused | None = None, taxed: TaxDetails | None = None
) -> Response[Any]:
    with ports_of(request).transactions.begin() as store:
        page_request, months = requested_page(request), requested_page(request, MONTHLY_PREFIX, MONTHLY_PAGE_SIZE)
        view = roaming_partner_page(store, staff_member(request), partner_id, page_request, months)
    home = f"/console/roaming/{partner_id}"
    pages = {"pages": pager(request, view.charges, home), "month_pages": pager(request, view.statements, home, MONTHLY_PREFIX)}
    known = PayerDetails(view.payer.name, view.payer.address, view.payer.vat_number, view.payer.email)
    stored = view.partner.tax
    tax_form = TaxDetails(stored.country, stored.dealer_since.isoformat() if stored.dealer_since else "", "1" if stored.at_home else "")
    shown = {
        "key": ports_of(request).ids.new(ports_of(request).clock.now()),
        "form": typed or known,
        "taxed": taxed or tax_form,
        "error": error,
        **pages,
    }
    return page(request, "console/roaming_partner.html", status_of(error) if error else 200, view=view, tab="roaming", **shown)


pages: list[Any] = [partner, payer, tax, resend_cdr]
