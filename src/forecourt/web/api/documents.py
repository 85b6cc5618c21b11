"""REST for the back office: invoices and credit notes, with their files."""

from datetime import datetime
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Response
from msgspec import Struct

from forecourt.billing import Invoice
from forecourt.kernel import SiteId
from forecourt.tariffs import number_text
from forecourt.web.api import models
from forecourt.web.api.document_filter import FILTERED, DocumentFilter
from forecourt.web.api.openapi_completion import WithFiles
from forecourt.web.api.pagination import ALL, PageQuery, page_response
from forecourt.web.api.periods import is_short_period, parse_open_period, slugs_by_site
from forecourt.web.api.receipts import ReceiptItem, receipt_item
from forecourt.web.frame.responses import WebRequest, file_response, split_file_name
from forecourt.web.frame.visitor import ports_of, staff_only, visitor_of
from forecourt.web.queries.receipts import document_by_number, document_file, expect_paid_states, paid_state, receipt_view

_PART = 50


class RateItem(Struct):
    """vat_percent: decimal text; null where no tax is charged."""

    vat_percent: str | None
    net: models.Amount
    vat: models.Amount
    gross: models.Amount


class DocumentItem(Struct):
    """id: as the ledger names it (`subject`). kind: as in the e-invoice, INVOICE or CREDIT_NOTE; all amounts are positive. corrects: the
    number of the invoice a credit note takes back. site: null for a membership. gross: with VAT; due: what the driver pays of it, the rest
    is paid by partners. paid: now, as of a receipt: "paid", "open", "monthly" or "credited"; all else is never changed."""

    number: str
    kind: str
    corrects: str
    issued_at: datetime
    site: str | None
    driver: UUID
    session: UUID | None
    booking: UUID | None
    net: models.Amount
    vat: models.Amount
    gross: models.Amount
    due: models.Amount
    rates: list[RateItem]
    id: UUID
    paid: str


@get("/documents", sync_to_thread=True, **FILTERED, summary="Documents issued, earliest first")
def list_documents(
    request: WebRequest,
    part: PageQuery,
    wanted: NamedDependency[DocumentFilter],
    start: FromQuery[datetime | None] = None,
    end: FromQuery[datetime | None] = None,
) -> Response[list[DocumentItem]]:
    """start, end: of a period by the instant of issue. Without `limit`, the list is complete for one of at most 32 days, and else in parts
    of 50. All filters apply together. Documents never change once they are issued; how they are paid does.
    """
    period, operator, at = parse_open_period(start, end), visitor_of(request).operator, ports_of(request).clock.now()
    whole = is_short_period(*period)
    with ports_of(request).transactions.begin() as store:
        found = store.documents.page(operator, wanted.search(store, operator, period, at), part.rising(ALL if whole else _PART))
        slugs = slugs_by_site(store, operator)
        expect_paid_states(store, found.rows)
        return page_response(request, found, lambda one: _document(one, slugs, paid_state(store, one)))


@get(
    "/documents/{name:str}",
    sync_to_thread=True,
    operation_class=WithFiles,
    summary="One document with its lines; add .pdf or .xml to its number for its files",
)
def get_document(request: WebRequest, name: FromPath[str]) -> Response[ReceiptItem]:
    number, ending = split_file_name(name)
    with ports_of(request).transactions.begin() as store:
        invoice = document_by_number(store, number, visitor_of(request).operator)
        if ending:
            return file_response(name, document_file(store, invoice, ending))
        return Response(receipt_item(receipt_view(store, invoice), "/api/v1/documents"))


def _document(one: Invoice, slugs: dict[SiteId | None, str | None], paid: str) -> DocumentItem:
    content = one.content
    rates = [
        RateItem(
            None if tax.vat_percent is None else number_text(tax.vat_percent),
            models.amount(tax.net),
            models.amount(tax.tax),
            models.amount(tax.gross),
        )
        for tax in content.taxes
    ]
    head = (one.number, one.kind.value, content.corrects_number, one.issued_at, slugs[content.site_id])
    about = (one.driver_id, one.session_id, content.booking_id)
    net, tax, gross, due = map(models.amount, (content.net, content.tax, content.gross, content.due))
    return DocumentItem(*head, *about, net, tax, gross, due, rates, one.id, paid)


routes = Router("/api/v1", tags=["Back office"], guards=[staff_only], route_handlers=[list_documents, get_document])
