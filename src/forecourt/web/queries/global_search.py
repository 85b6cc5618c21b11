"""A single search box for whatever is read out on the phone: each kind of thing is looked up by its own index."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from forecourt.billing import DocumentKind, Invoice, referenced_numbers
from forecourt.drivers import Driver
from forecourt.flows.chargers import socket_by_code
from forecourt.flows.ports import PageRequest, Store
from forecourt.kernel import BookingId, DocumentId, DriverId, Money, NotFound, OperatorId, PaymentId, SessionId
from forecourt.payments import Payment
from forecourt.reservations import Booking
from forecourt.settlement import SERIES, Statement, self_billed_series
from forecourt.stations import Evse
from forecourt.web.queries.charger_list import ChargersWanted, chargers_found
from forecourt.web.queries.drivers import PAYS, card_holder
from forecourt.web.queries.names import booking_board_url, driver_name
from forecourt.wording import localiser_for

MAX_HITS = 20
SELF_BILLED = {DocumentKind.INVOICE: "Self-billed invoice", DocumentKind.CREDIT_NOTE: "Self-billed credit note"}
EN = localiser_for("en")
_NO_NUMBER = 2**31  # booking numbers are below this


@dataclass(frozen=True, slots=True)
class SearchHit:
    """what: for example a driver or a charge; text: tells it apart from others of the same name."""

    what: str
    title: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class SearchResults:
    """more: the address of all matching drivers, if there are more than are shown; otherwise empty."""

    hits: tuple[SearchHit, ...]
    more: str = ""


def search_console(store: Store, operator_id: OperatorId, query: str) -> SearchResults:
    """query: as somebody wrote it down. Finds only this operator's things; each once, at most `MAX_HITS` of a kind."""
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in query).split())[:100]
    if not text:
        return SearchResults(())
    drivers = store.drivers.page(operator_id, text, PageRequest(limit=MAX_HITS))
    finders: tuple[Callable[[Store, OperatorId, str], Iterable[SearchHit]], ...] = (
        _by_id, _documents, _partner_statements, _by_card, _by_card_ending, _guests,
        _bookings, _charges, _sockets, _chargers, _sites, _payments,
    )  # fmt: skip
    hits = dict[str, SearchHit]()
    for hit in (*(hit for find_hits in finders for hit in find_hits(store, operator_id, text)), *map(_driver, drivers.rows)):
        hits.setdefault(hit.href, hit)
    return SearchResults(tuple(hits.values()), f"/console/drivers?q={quote(text)}" if drivers.older else "")


def _by_id(store: Store, operator_id: OperatorId, text: str) -> Iterator[SearchHit]:
    """An id as it appears in an address, a log or an export."""
    try:
        wanted = UUID(text)
    except ValueError:
        return
    yield from _charge(store, operator_id, SessionId(wanted))
    booking, document = store.bookings.booking(BookingId(wanted)), store.documents.document(DocumentId(wanted))
    payment = store.payments.payment(PaymentId(wanted))
    if booking is not None and booking.operator_id == operator_id:
        yield _booking(store, booking)
    if document is not None and document.operator_id == operator_id:
        yield _document(document)
    if payment is not None and payment.operator_id == operator_id:
        yield _payment(store, payment)
    try:
        driver = store.drivers.driver(DriverId(wanted))
    except NotFound:
        return
    if driver.operator_id == operator_id and not driver.guest:
        yield _driver(driver)


def _documents(store: Store, operator_id: OperatorId, text: str) -> Iterator[SearchHit]:
    """By number, or by the reference for a transfer."""
    for number in (text.upper(), *referenced_numbers(text)):
        document, statement = store.documents.by_number(operator_id, number), store.statements.by_number(operator_id, number)
        if document is not None:
            yield _document(document)
        if statement is not None:
            yield SearchHit("Monthly statement", statement.number, _money(statement.due), f"/console/statements/{statement.number}")


def _partner_statements(store: Store, operator_id: OperatorId, text: str) -> Iterator[SearchHit]:
    """A partner's statement, or a self-billed document on it, by number: shown with the partner's statements."""
    number = text.upper()
    series = number.rsplit("-", 2)[0]
    for partner in store.partners.partners(operator_id):
        if series not in (SERIES, self_billed_series(partner.handle)):
            continue
        for statement in store.partners.statements(operator_id, partner.id):
            if statement.number == number:
                yield _partner_statement(statement, "Partner statement", number, statement.owed)
            yield from (
                _partner_statement(statement, SELF_BILLED[one.kind], number, one.gross)
                for one in statement.self_billed
                if one.number == number
            )


def _partner_statement(statement: Statement, what: str, number: str, total: Money) -> SearchHit:
    href = f"/console/offers/partners/{statement.partner_id}#{number}"
    return SearchHit(what, number, f"{statement.partner.name}, {_money(total)}", href)


def _by_card(store: Store, operator_id: OperatorId, text: str) -> Iterator[SearchHit]:
    """As printed on the card, with or without spaces, colons or dashes."""
    for uid in dict.fromkeys((text, "".join(sign for sign in text if sign.isalnum()))):
        holder = card_holder(store, operator_id, uid)
        if holder is not None:
            yield _driver(holder, f"Card {uid.upper()}")


def _by_card_ending(store: Store, operator_id: OperatorId, text: str) -> Iterator[SearchHit]:
    """The last four digits of a bank card."""
    if len(text) == 4 and text.isascii() and text.isdigit():
        for driver_id in store.lookup.holders(operator_id, text, MAX_HITS):
            yield _driver(store.drivers.driver(driver_id), f"Bank card ending in {text}")


def _guests(store: Store, operator_id: OperatorId, text: str) -> Iterator[SearchHit]:
    """Guests have no account: their visits are what there is to see."""
    for guest in store.lookup.guests(operator_id, text, MAX_HITS) if "@" in text else ():
        for session in store.sessions.open_of(guest.id):
            yield from _charge(store, operator_id, session.id)
        for record in store.sessions.records_of(guest.id, MAX_HITS):
            yield from _charge(store, operator_id, record.session_id)
        yield from (_booking(store, one) for one in store.bookings.of_driver(guest.id, MAX_HITS))


def _bookings(store: Store, operator_id: OperatorId, text: str) -> Iterator[SearchHit]:
    if _is_number(text):
        yield from (_booking(store, one) for one in store.lookup.bookings(operator_id, int(text), MAX_HITS))


def _charges(store: Store, operator_id: OperatorId, text: str) -> Iterator[SearchHit]:
    for session_id in store.lookup.charges(operator_id, text, MAX_HITS):
        yield from _charge(store, operator_id, session_id)


def _sockets(store: Store, operator_id: OperatorId, text: str) -> Iterator[SearchHit]:
    """By the label at the bay, or the code printed there."""
    yield from (_socket(store, one) for one in store.lookup.evses(operator_id, text, MAX_HITS))
    try:
        coded = socket_by_code(store, text)
    except NotFound:
        return
    if coded.operator_id == operator_id:
        yield _socket(store, coded)


def _chargers(store: Store, operator_id: OperatorId, text: str) -> Iterator[SearchHit]:
    """By a part of the name."""
    sites = {one.id: one.name for one in store.stations.sites(operator_id)}
    matches = [one for one in chargers_found(store, operator_id, ChargersWanted(text)) if text.casefold() in one.id.casefold()]
    exact = [one for one in matches if one.id.casefold() == text.casefold()]
    for one in (exact or matches)[:MAX_HITS]:
        site_name = sites.get(one.site_id, "") if one.site_id else ""
        yield SearchHit("Charger", one.id, site_name, f"/console/chargers/{quote(one.id, safe='')}")


def _sites(store: Store, operator_id: OperatorId, text: str) -> Iterator[SearchHit]:
    for site in store.stations.sites(operator_id):
        if text.casefold() in site.name.casefold() or text.casefold() == site.slug:
            yield SearchHit("Site", site.name, site.address, f"/console/sites/{site.slug}")


def _payments(store: Store, operator_id: OperatorId, text: str) -> Iterator[SearchHit]:
    yield from (_payment(store, one) for one in store.lookup.payments(operator_id, text, MAX_HITS))


def _driver(driver: Driver, text: str = "") -> SearchHit:
    return SearchHit("Driver", driver.name, text or f"{driver.email}, pays by {PAYS[driver.pay_by]}", f"/console/drivers/{driver.id}")


def _charge(store: Store, operator_id: OperatorId, session_id: SessionId) -> Iterator[SearchHit]:
    found = store.sessions.session(session_id) or store.sessions.record(session_id)
    if found is None or found.operator_id != operator_id:
        return
    site, evse = store.stations.site(found.site_id), store.stations.evse(found.evse_id)
    driver = driver_name(store, found.driver_id, default="nobody known")
    yield SearchHit(
        "Charge", f"{site.name}, {evse.label}", f"{_when(found.started_at, site.zone)}, {driver}", f"/console/sessions/{session_id}"
    )


def _booking(store: Store, booking: Booking) -> SearchHit:
    site, start = store.stations.site(booking.site_id), booking.window.start
    text = f"{site.name}, {_when(start, site.zone)}, {driver_name(store, booking.driver_id)}"
    return SearchHit("Booking", str(booking.number), text, booking_board_url(site, booking))


def _document(one: Invoice) -> SearchHit:
    buyer = one.content.parties.user.name or "a guest"
    return SearchHit("Document", one.number, f"{buyer}, {_money(one.gross)}", f"/console/documents/{one.number}")


def _socket(store: Store, evse: Evse) -> SearchHit:
    site = store.stations.site(evse.site_id)
    text = f"{site.name}, charger {evse.charger_id}{', out of service for good' if evse.retired_at else ''}"
    return SearchHit("Socket", evse.label, text, f"/console/chargers/{quote(evse.charger_id, safe='')}")


def _payment(store: Store, one: Payment) -> SearchHit:
    operator = store.stations.operator(one.operator_id)
    driver = driver_name(store, one.driver_id)
    return SearchHit(
        "Payment", one.reference or str(one.id), f"{driver}, {_when(one.made_at, operator.zone)}", f"/console/payments/{one.id}"
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10 and int(text) < _NO_NUMBER


def _when(at: datetime, zone: str) -> str:
    return f"{EN.day(at, zone)}, {EN.clock(at, zone)}"


def _money(amount: Money) -> str:
    return EN.money(amount)
