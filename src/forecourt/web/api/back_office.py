"""REST for the back office: charges and the ledger, for programs that keep their own copy."""

from datetime import datetime
from itertools import islice
from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.params import FromQuery, QueryParameter
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.ports import ChargeSearch
from forecourt.ledger import ChainedTxn
from forecourt.sessions import EndedCharge
from forecourt.web.api import models
from forecourt.web.api.pagination import LINK_HEADER, PAGINATED, PageQuery, list_response, page_response
from forecourt.web.api.periods import parse_period, slugs_by_site
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, staff_only, visitor_of
from forecourt.web.queries.site_lookup import own_site


class SessionItem(Struct):
    """A charge that has ended. held: not billed until a person has reviewed it. driver: null if unknown."""

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


class PostingItem(Struct):
    """An amount that leaves one account (credit) and reaches another (debit)."""

    credit: str
    debit: str
    amount: models.Amount


class LedgerEntryItem(Struct):
    """key: unique in a ledger. subject: the document or payment it is about. about: when it happened, if the books of that day were already
    closed when it arrived. digest: SHA-256 over this and the previous digest."""

    position: int
    at: datetime
    about: datetime | None
    key: str
    text: str
    subject: UUID
    postings: list[PostingItem]
    digest: str


@get("/sessions", sync_to_thread=True, opt={"by_site": True}, **PAGINATED, summary="Charges that ended in a period, earliest first")
def list_sessions(
    request: WebRequest, part: PageQuery, start: FromQuery[datetime], end: FromQuery[datetime], site: FromQuery[str] = ""
) -> Response[list[SessionItem]]:
    """A period of at most 32 days. site: its short name; without it, all sites. A charger that was offline reports its charges later, so
    ask for the last few days again.
    """
    span, operator = parse_period(start, end), visitor_of(request).operator
    with ports_of(request).transactions.begin() as store:
        wanted = ChargeSearch(since=span.start, until=span.end, site_id=own_site(store, site, operator).id if site else None)
        found, slugs = store.sessions.page(operator, wanted, part.rising()), slugs_by_site(store, operator)
        bays = {one.id: one.label for place in {one.site_id for one in found.rows} for one in store.stations.evses(place)}
        return page_response(request, found, lambda one: _session(one, slugs[one.site_id] or "", bays[one.evse_id]))


@get("/ledger", sync_to_thread=True, response_headers=LINK_HEADER, summary="The ledger, in the order of posting")
def list_ledger_entries(
    request: WebRequest,
    after: Annotated[int, QueryParameter(ge=0, description="The last position that you have.")] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 500,
) -> Response[list[LedgerEntryItem]]:
    """Positions have no gaps, and nothing is ever inserted between two: if you ask again with your last position, you miss nothing."""
    with ports_of(request).transactions.begin() as store:
        found = [_txn(one) for one in islice(store.ledger.chain(visitor_of(request).operator, after), limit + 1)]
    more = {"after": found[limit - 1].position} if len(found) > limit else {}
    return list_response(request, found[:limit], **more)


def _session(one: EndedCharge, site: str, bay: str) -> SessionItem:
    who = (one.driver_id, one.booking_id, one.tariff_version_id)
    return SessionItem(one.session_id, site, bay, one.charger_id, *who, one.started_at, one.ended_at, one.energy_wh, one.held)


def _txn(one: ChainedTxn) -> LedgerEntryItem:
    txn = one.txn
    postings = [PostingItem(each.source.name, each.destination.name, models.amount(each.amount)) for each in txn.postings]
    return LedgerEntryItem(one.position, txn.at, txn.about, txn.key, txn.text, txn.subject, postings, one.digest)


routes = Router("/api/v1", tags=["Back office"], guards=[staff_only], route_handlers=[list_sessions, list_ledger_entries])
