"""The operator's pages: now, a site, charges, chargers, bookings, documents, ledger, what waits for a person, the log."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response, ServerSentEvent
from msgspec import Struct

from forecourt.flows import Admission, AuditEntry, Store, admit_charger, refuse_charger
from forecourt.kernel import BadInput, ChargerId, NotFound, OperatorId, SessionId, instant_text, parse_instant
from forecourt.stations import Site
from forecourt.web.answers import Asked, go, page
from forecourt.web.live import LivePages
from forecourt.web.papers import pdf_answer
from forecourt.web.queries import overview
from forecourt.web.queries.booked import bookings_day
from forecourt.web.queries.places import site_of
from forecourt.web.queries.receipts import documents as documents_of
from forecourt.web.queries.receipts import issued, pdf, receipt_view
from forecourt.web.queries.sites import session_rows, site_page
from forecourt.web.queries.trace import session_trace
from forecourt.web.rendering import render
from forecourt.web.visit import ports_of, visitor_of

_PAGE = 50


class AdmitForm(Struct):
    site: str
    sockets: int = 1
    plug: str = "IEC_62196_T2"
    supply: str = "three"
    max_a: int = 16


_SUPPLIES = {"one": (("L1",), 230), "two": (("L1", "L2"), 208), "three": (("L1", "L2", "L3"), 230)}
_PLUGS = {"IEC_62196_T2": "Type 2", "IEC_62196_T1": "Type 1"}


@get("/", sync_to_thread=True)
def now_page(request: Asked) -> Response[str]:
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        view = overview.now_page(store, operator, ports.clock.now())
    return page(request, "console/now.html", now=view, tab="now", live=True)


@get("/live")
async def now_live(request: Asked) -> ServerSentEvent:
    ports, operator = ports_of(request), visitor_of(request).operator

    def draw() -> str:
        with ports.transactions.begin() as store:
            return render("console/now_live.html", {"now": overview.now_page(store, operator, ports.clock.now()), "csrf": ""})

    return _live(request).stream(f"now/{operator}", draw)


@get("/sites/{slug:str}", sync_to_thread=True)
def site(request: Asked, slug: FromPath[str]) -> Response[str]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        own_site(store, slug, visitor_of(request).operator)
        view = site_page(store, slug, ports.clock.now())
    return page(request, "console/site.html", site=view, tab="now", live=True)


@get("/sites/{slug:str}/live")
async def site_live(request: Asked, slug: FromPath[str]) -> ServerSentEvent:
    """The plan, the power and who charges, again whenever they change."""
    ports, operator = ports_of(request), visitor_of(request).operator

    def draw() -> str:
        with ports.transactions.begin() as store:
            own_site(store, slug, operator)
            return render("console/site_live.html", {"site": site_page(store, slug, ports.clock.now()), "csrf": ""})

    return _live(request).stream(f"site/{operator}/{slug}", draw)


@get("/sessions", sync_to_thread=True)
def sessions(request: Asked, before: FromQuery[str] = "", form: FromQuery[str] = "") -> Response[Any]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        rows = session_rows(store, visitor_of(request).operator, 5000 if form == "csv" else _PAGE, _before(before))
    if form == "csv":
        head = ("id", "site", "bay", "driver", "started", "ended", "energy_wh", "amount", "currency")
        lines = (
            (row.id, row.site, row.bay, row.driver, instant_text(row.started_at), instant_text(row.ended_at) if row.ended_at else "",
             row.energy_wh, row.gross.amount if row.gross else "", row.gross.currency if row.gross else "")
            for row in rows
        )  # fmt: skip
        return _csv("charges.csv", head, lines)
    ended = [row for row in rows if row.ended_at]
    more = instant_text(ended[-1].ended_at) if len(ended) >= _PAGE and ended[-1].ended_at else ""
    return page(request, "console/sessions.html", rows=rows, more=more, first=not before, tab="sessions")


@get("/sessions/{session_id:uuid}", sync_to_thread=True)
def session(request: Asked, session_id: FromPath[UUID], every: FromQuery[bool] = False) -> Response[str]:
    ports = ports_of(request)
    with ports.transactions.begin() as store:
        view = session_trace(store, SessionId(session_id), visitor_of(request).operator, ports.clock.now(), every)
    return page(request, "console/session.html", trace=view, every=every, tab="sessions")


@get("/chargers", sync_to_thread=True)
def chargers(request: Asked) -> Response[str]:
    operator = visitor_of(request).operator
    with ports_of(request).transactions.begin() as store:
        rows, sites = overview.chargers(store, operator), store.stations.sites(operator)
    return page(request, "console/chargers.html", rows=rows, sites=[(one.slug, one.name) for one in sites], tab="chargers")


@get("/chargers/{charger_id:str}", sync_to_thread=True)
def charger(request: Asked, charger_id: FromPath[str]) -> Response[Any]:
    """The charger's row in the list: there is where everything about it stands."""
    return go(request, f"/console/chargers#{charger_id}")


@post("/chargers/{charger_id:str}/approve", sync_to_thread=True, status_code=303)
def approve(request: Asked, charger_id: FromPath[str], data: URLEncodedBody[AdmitForm]) -> Redirect:
    ports, visitor = ports_of(request), visitor_of(request)
    if data.supply not in _SUPPLIES or data.plug not in _PLUGS:
        raise BadInput("supply", "That supply or plug is not known.", "Choose one of the list.")
    phases, voltage_v = _SUPPLIES[data.supply]
    kw = round(voltage_v * data.max_a * (3 if len(phases) == 3 else 1) / 1000)
    with ports.transactions.begin() as store:
        where = own_site(store, data.site, visitor.operator)
        kind = f"{_PLUGS[data.plug]} {kw} kW"
        actor = str(visitor.require_account().id)
        asked = Admission(ChargerId(charger_id), where.id, data.sockets, data.plug, kind, phases, voltage_v, data.max_a, actor)
        admit_charger(store, asked, ports.clock.now(), ports.ids)
    return go(request, "/console/chargers", "approved")


@post("/chargers/{charger_id:str}/refuse", sync_to_thread=True, status_code=303)
def refuse(request: Asked, charger_id: FromPath[str]) -> Redirect:
    ports, visitor = ports_of(request), visitor_of(request)
    with ports.transactions.begin() as store:
        refuse_charger(store, ChargerId(charger_id), str(visitor.require_account().id), ports.clock.now(), ports.ids)
    return go(request, "/console/chargers", "refused")


@get("/bookings", sync_to_thread=True)
def bookings(request: Asked, day: FromQuery[date | None] = None, site: FromQuery[str] = "") -> Response[str]:
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        sites = store.stations.sites(operator)
        where = own_site(store, site, operator) if site else (sites[0] if sites else None)
        view = bookings_day(store, where, day, ports.clock.now()) if where else None
    choices = [(one.slug, one.name) for one in sites]
    return page(request, "console/bookings.html", view=view, sites=choices, site=where.slug if where else "", tab="bookings")


@get("/documents", sync_to_thread=True)
def documents(request: Asked, before: FromQuery[str] = "", form: FromQuery[str] = "") -> Response[Any]:
    with ports_of(request).transactions.begin() as store:
        rows = documents_of(store, visitor_of(request).operator, 5000 if form == "csv" else _PAGE, _before(before))
    if form == "csv":
        head = ("number", "kind", "issued", "driver", "net", "gross", "currency", "paid")
        lines = (
            (row.number, row.kind, instant_text(row.issued_at), row.driver, row.net.amount, row.gross.amount, row.gross.currency, row.paid)
            for row in rows
        )
        return _csv("documents.csv", head, lines)
    more = instant_text(rows[-1].issued_at) if len(rows) == _PAGE else ""
    return page(request, "console/documents.html", rows=rows, more=more, first=not before, tab="documents")


@get("/documents/{name:str}", sync_to_thread=True)
def document(request: Asked, name: FromPath[str]) -> Response[Any]:
    """A document, or its PDF with .pdf behind the number."""
    operator = visitor_of(request).operator
    with ports_of(request).transactions.begin() as store:
        invoice = issued(store, name.removesuffix(".pdf"), operator)
        if name.endswith(".pdf"):
            return pdf_answer(name, pdf(store, invoice))
        view = receipt_view(store, invoice)
    return page(request, "console/document.html", receipt=view, tab="documents")


@get("/ledger", sync_to_thread=True)
def ledger(request: Asked) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        view = overview.trial_balance(store, visitor_of(request).operator)
    return page(request, "console/ledger.html", balance=view, tab="ledger")


@get("/quarantine", sync_to_thread=True)
def quarantine(request: Asked) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        rows = overview.quarantine(store, visitor_of(request).operator)
    return page(request, "console/quarantine.html", rows=rows, tab="quarantine")


@post("/quarantine/{entry_id:uuid}/clear", sync_to_thread=True, status_code=303)
def clear(request: Asked, entry_id: FromPath[UUID]) -> Redirect:
    """A person has looked: it leaves the list, and the log says who."""
    ports, visitor = ports_of(request), visitor_of(request)
    at = ports.clock.now()
    with ports.transactions.begin() as store:
        if str(entry_id) not in {row.id for row in overview.quarantine(store, visitor.operator)}:
            raise NotFound("entry", "There is no such entry (any more).")
        store.inbox.clear_quarantine(entry_id, at)
        actor = str(visitor.require_account().id)
        store.audit.add(AuditEntry(ports.ids.new(at), visitor.operator, at, actor, "quarantine.clear", str(entry_id)))
    return go(request, "/console/quarantine", "looked_at")


@get("/audit", sync_to_thread=True)
def audit(request: Asked) -> Response[str]:
    operator = visitor_of(request).operator
    with ports_of(request).transactions.begin() as store:
        rows = [one for one in store.audit.recent(200) if one.operator_id in (None, operator)]
        sites = store.stations.sites(operator)
    return page(request, "console/audit.html", rows=rows, zone=sites[0].zone if sites else "UTC", tab="audit")


def own_site(store: Store, slug: str, operator: OperatorId) -> Site:
    """Another operator's site does not exist here."""
    found = site_of(store, slug)
    return found if found.operator_id == operator else site_of(store, "")


def _live(request: Asked) -> LivePages:
    live: LivePages = request.app.state.live
    return live


def _before(text: str) -> datetime | None:
    return parse_instant(text).astimezone(UTC) if text else None


def _csv(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response[str]:
    """Cells that a spreadsheet would take for a formula are written as text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" else cell for cell in row] for row in rows)
    return Response(out.getvalue(), media_type="text/csv", headers={"content-disposition": f'attachment; filename="{name}"'})


pages = [
    now_page, now_live, site, site_live, sessions, session, chargers, charger, approve, refuse, bookings, documents, document,
    ledger, quarantine, clear, audit,
]  # fmt: skip
