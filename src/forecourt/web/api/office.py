"""REST for the back office: charges, documents and the ledger, for programs that keep a copy of their own."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Annotated, Any
from uuid import UUID

from litestar import Router, get
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Response
from msgspec import Struct

from forecourt.billing import Invoice
from forecourt.flows.ports import ChargeSearch, DocumentSearch, Store
from forecourt.kernel import BadInput, OperatorId, SiteId, Span, utc
from forecourt.ledger import ChainedTxn
from forecourt.sessions import EndedCharge
from forecourt.tariffs import number_text
from forecourt.web.api import models
from forecourt.web.api.parts import IN_PARTS, LINKED, PartAsked, listed, part_of
from forecourt.web.frame.answers import Asked, file_answer, file_asked
from forecourt.web.frame.visit import ports_of, staff_only, visitor_of
from forecourt.web.queries.receipts import issued, kept_file, receipt_view
from forecourt.web.queries.site_lookup import own_site

_LONGEST = timedelta(days=32)


class SessionItem(Struct):
    """A charge that has ended. held: not billed before a person has looked. driver: null where nobody knows who charged."""

    id: UUID
    site: str
    bay: str
    charger: str
    driver: UUID | None
    booking: UUID | None
    tariff_version: UUID | None
    started_at: datetime
    ended_at: datetime
    energy_wh: int
    held: bool


class RateItem(Struct):
    """vat_percent: decimal text; null where no tax is charged."""

    vat_percent: str | None
    net: models.Amount
    vat: models.Amount
    gross: models.Amount


class DocumentItem(Struct):
    """kind: as in the e-invoice, INVOICE or CREDIT_NOTE; all amounts are positive. corrects: the number of the invoice a credit note takes
    back. site: null for a membership. gross: with VAT; due: what the driver pays of it, the rest is paid by partners."""

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


class PostingItem(Struct):
    """An amount that leaves one account (credit) and reaches another (debit)."""

    credit: str
    debit: str
    amount: models.Amount


class TxnItem(Struct):
    """key: never used twice in a book. subject: the document or payment it is about. about: when it happened, where the books of that
    day were closed when it came. digest: SHA-256 over this and the digest before."""

    position: int
    at: datetime
    about: datetime | None
    key: str
    text: str
    subject: UUID
    postings: list[PostingItem]
    digest: str


@get("/sessions", sync_to_thread=True, opt={"by_site": True}, **IN_PARTS, summary="Charges that ended in a span, the earliest first")
def sessions(
    request: Asked, part: PartAsked, start: FromQuery[datetime], end: FromQuery[datetime], site: FromQuery[str] = ""
) -> Response[list[SessionItem]]:
    """A span of at most 32 days; site: its short name, else all. A charger without contact tells of its charges later: ask for the last
    days again."""
    span, operator = _span(start, end), visitor_of(request).operator
    with ports_of(request).transactions.begin() as store:
        wanted = ChargeSearch(since=span.start, until=span.end, site_id=own_site(store, site, operator).id if site else None)
        found, slugs = store.sessions.page(operator, wanted, part.rising()), _slugs(store, operator)
        bays = {one.id: one.label for place in {one.site_id for one in found.rows} for one in store.stations.evses(place)}
        return part_of(request, found, lambda one: _session(one, slugs[one.site_id] or "", bays[one.evse_id]))


@get("/documents", sync_to_thread=True, **IN_PARTS, summary="Documents issued in a span, the earliest first")
def documents(request: Asked, part: PartAsked, start: FromQuery[datetime], end: FromQuery[datetime]) -> Response[list[DocumentItem]]:
    """A span of at most 32 days. Documents are never changed: what was read once stays so."""
    span, operator = _span(start, end), visitor_of(request).operator
    with ports_of(request).transactions.begin() as store:
        found = store.documents.page(operator, DocumentSearch(since=span.start, until=span.end), part.rising())
        slugs = _slugs(store, operator)
        return part_of(request, found, lambda one: _document(one, slugs))


@get("/documents/{name:str}", sync_to_thread=True, summary="One document with its lines; .pdf or .xml behind its number for its files")
def document(request: Asked, name: FromPath[str]) -> Response[Any]:
    number, ending = file_asked(name)
    with ports_of(request).transactions.begin() as store:
        invoice = issued(store, number, visitor_of(request).operator)
        if ending:
            return file_answer(name, kept_file(store, invoice, ending))
        return Response(models.receipt_item(receipt_view(store, invoice), "/api/v1/documents"))


@get("/ledger", sync_to_thread=True, response_headers=LINKED, summary="The ledger, in the order in which it was posted")
def ledger(
    request: Asked,
    after: Annotated[int, QueryParameter(ge=0, description="The last position you have.")] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 500,
) -> Response[list[TxnItem]]:
    """Positions have no gap, and nothing is ever put between two: who asks again with the last one it has misses nothing."""
    with ports_of(request).transactions.begin() as store:
        found = [_txn(one) for one in islice(store.ledger.chain(visitor_of(request).operator, after), limit + 1)]
    more = {"after": found[limit - 1].position} if len(found) > limit else {}
    return listed(request, found[:limit], **more)


def _span(start: datetime, end: datetime) -> Span:
    span = Span(utc(start), utc(end))
    if span.end - span.start > _LONGEST:
        raise BadInput("span", "A span has at most 32 days.", "Ask for one month after the other.")
    return span


def _slugs(store: Store, operator: OperatorId) -> dict[SiteId | None, str | None]:
    return {None: None, **{one.id: one.slug for one in store.stations.sites(operator)}}


def _session(one: EndedCharge, site: str, bay: str) -> SessionItem:
    who = (one.driver_id, one.booking_id, one.tariff_version_id)
    return SessionItem(one.session_id, site, bay, one.charger_id, *who, one.started_at, one.ended_at, one.energy_wh, one.held)


def _document(one: Invoice, slugs: dict[SiteId | None, str | None]) -> DocumentItem:
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
    return DocumentItem(*head, *about, net, tax, gross, due, rates)


def _txn(one: ChainedTxn) -> TxnItem:
    txn = one.txn
    postings = [PostingItem(each.source.name, each.destination.name, models.amount(each.amount)) for each in txn.postings]
    return TxnItem(one.position, txn.at, txn.about, txn.key, txn.text, txn.subject, postings, one.digest)


routes = Router("/api/v1", guards=[staff_only], route_handlers=[sessions, documents, document, ledger])
