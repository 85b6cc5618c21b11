"""The socket behind a code with its price before the start, and a guest's visit from paying to the receipt."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from forecourt.billing import Invoice
from forecourt.drivers import GuestBooking, GuestVisit
from forecourt.flows.chargers import socket_by_code
from forecourt.flows.guests import check_open, price_for_guest, visit_of
from forecourt.flows.paying import ends_soon, expected_hold, lacking, payments_of, raised_by, session_of, stop_ordered
from forecourt.flows.ports import Store
from forecourt.kernel import Conflict, DriverId, EvseId, Money, NotFound, OperatorId, SessionId
from forecourt.payments import AtPayer, Held, Payment
from forecourt.stations import ConnectorState, Evse, Site
from forecourt.web.queries.charges import charge
from forecourt.web.queries.guest_stays import booked_stay
from forecourt.web.queries.prices import price_or_none, quote_view, tariff_parts, typical_window
from forecourt.web.queries.qr_codes import qr_of
from forecourt.web.queries.refusals import refusal_words, why_over
from forecourt.web.queries.site_lookup import site_of
from forecourt.web.queries.states import bay_states, bays_of
from forecourt.web.views.guest import CodeView, OwnStart, ScanView, VisitView

SAMPLE_WH = 20_000


def scan_view(store: Store, code: str, now: datetime) -> ScanView:
    """The price stands there whether or not the socket can be started now."""
    evse = socket_by_code(store, code)
    site, socket = store.stations.site(evse.site_id), store.stations.socket(evse.id)
    window = typical_window(store, site, evse.kind, now, SAMPLE_WH)
    price = price_or_none(store, site.id, evse.kind, window, SAMPLE_WH, None)
    refused: Conflict | None = None
    try:
        price_for_guest(store, evse, now)
        check_open(store, evse, now)
    except Conflict as error:
        refused = error
    tariff = price.version.tariff if price else None
    hold = expected_hold(store, None, evse, now) if price else None
    bounded = bool(tariff and hold and tariff.preauthorise is not None and Money.of(tariff.preauthorise, site.currency) <= hold)
    return ScanView(
        code=code,
        bay=evse.label,
        site_name=site.name,
        address=site.address,
        zone=site.zone,
        currency=site.currency,
        state=bay_states(store, site.id)[evse.id],
        plugged=socket.state is ConnectorState.OCCUPIED,
        max_power_w=evse.max_power_w,
        prices=tariff_parts(price, site, now)[0],
        quote=quote_view(price, site, window, SAMPLE_WH) if price else None,
        version=str(price.version.id) if price else "",
        hold=hold,
        bounded=bounded,
        refused=refused,
    )


def own_start(store: Store, code: str, driver_id: DriverId, now: datetime) -> OwnStart | None:
    """How a driver starts where they stand; None where they have no price. Whether it can be started is seen when it is tried."""
    evse = socket_by_code(store, code)
    site = store.stations.site(evse.site_id)
    window = typical_window(store, site, evse.kind, now, SAMPLE_WH)
    price = price_or_none(store, site.id, evse.kind, window, SAMPLE_WH, driver_id)
    return OwnStart(str(evse.id), site.slug, quote_view(price, site, window, SAMPLE_WH)) if price else None


def visit_view(store: Store, key: str, digest: bytes, now: datetime) -> VisitView:
    """Where a visit stands, by the secret of its link: by its payments, then by the charge they are for."""
    visit = visit_of(store, digest)
    payments, session_id = payments_of(store, visit), session_of(store, visit)
    evse, code, newest = store.stations.evse(visit.evse_id), store.guests.code_of(visit.evse_id), payments[-1]
    site = store.stations.site(visit.site_id)
    held = sum((one.state.amount for one in payments if isinstance(one.state, Held)), Money.zero(newest.currency))
    at_payer = next((one.state for one in payments if isinstance(one.state, AtPayer)), None)
    view = VisitView(
        key=key,
        step=_step_before_charge(payments[0]),
        bay=evse.label,
        site_name=site.name,
        zone=site.zone,
        code=code.code if code else "",
        asked=newest.state.amount if isinstance(newest.state, AtPayer) else held,
        held=held,
        refusal=refusal_words(at_payer.refusal) if at_payer else "",
        why=why_over(newest),
        page=at_payer.page if at_payer else "",
        taken=sum((one.taken for one in payments), Money.zero(newest.currency)),
        mailed=bool(store.drivers.driver(visit.driver_id).email),
        booked=store.guests.booked(digest) is not None,
        opened=at_payer is not None,
    )
    return _with_charge(store, view, visit, session_id, payments, now) if session_id else view


def _step_before_charge(first: Payment) -> str:
    if isinstance(first.state, AtPayer):
        return "pay"
    if isinstance(first.state, Held):
        return "starting"
    return "opening" if first.waits_for_payer else "over"


def _with_charge(
    store: Store, view: VisitView, visit: GuestVisit, session_id: SessionId, payments: Sequence[Payment], now: datetime
) -> VisitView:
    shown, running = charge(store, session_id, visit.driver_id, now), store.sessions.session(session_id)
    invoice = next(iter(store.documents.of_session(session_id)), None)
    owed = lacking(store, invoice) if invoice and not store.documents.correcting(invoice.id) else Money.zero(view.held.currency)
    settled = invoice is not None and owed.minor <= 0 and not any(one.open for one in payments)
    return replace(
        view,
        step="charging" if not shown.ended_at else "over" if settled else "ended",
        charge=shown,
        more=any(one.waits_for_payer for one in payments),
        receipt=invoice.number if invoice else "",
        owed=owed if owed.minor > 0 else None,
        stay=booked_stay(store, visit) if not shown.ended_at else None,
        raised_by=raised_by(store, visit, now) if running else None,
        stopping=running is not None and stop_ordered(store, running, now),
        ends_soon=running is not None and running.tariff_version_id is not None and ends_soon(store, running, now),
    )


def secret_to_pay(store: Store, guest: GuestVisit | GuestBooking) -> tuple[str, Money]:
    """What our own page asks the processor with, and for how much. NotFound when nothing waits for the payer."""
    for payment in payments_of(store, guest):
        if isinstance(payment.state, AtPayer) and payment.state.secret:
            return payment.state.secret, payment.state.amount
    raise NotFound("payment", "Nothing waits to be paid.", "Open the link you were given.")


def guest_document(store: Store, guest: GuestVisit | GuestBooking, number: str) -> Invoice:
    """A bill of this charge or booking; another's does not exist."""
    invoice = store.documents.by_number(guest.operator_id, number)
    if invoice is None or invoice.driver_id != guest.driver_id:
        raise NotFound("receipt", "There is no such receipt.", "Open the link you were given.")
    return invoice


def codes_of(store: Store, slug: str, operator_id: OperatorId, base: str) -> tuple[Site, tuple[CodeView, ...]]:
    """Every socket of a site, with what is printed at it. base: the address of this service as people reach it."""
    site = site_of(store, slug)
    if site.operator_id != operator_id:
        raise NotFound("site", "There is no such site.")
    known = {one.evse_id: one.code for one in store.guests.codes(site.id)}
    evses = sorted(bays_of(store, site.id), key=lambda one: one.label)
    return site, tuple(_code_view(evse, known.get(evse.id, ""), base) for evse in evses)


def site_slug_of(store: Store, evse_id: EvseId) -> str:
    return store.stations.site(store.stations.evse(evse_id).site_id).slug


def _code_view(evse: Evse, code: str, base: str) -> CodeView:
    if not code:
        return CodeView(str(evse.id), evse.label, evse.kind)
    address = f"{base.rstrip('/')}/e/{code}"
    return CodeView(str(evse.id), evse.label, evse.kind, code, address, qr_of(address))
