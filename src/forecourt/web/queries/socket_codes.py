"""The socket behind a code, with its price before the start; and the codes printed at a site's sockets."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.flows.chargers import socket_by_code
from forecourt.flows.charging import why_not_startable
from forecourt.flows.guests import check_open, price_for_guest
from forecourt.flows.paying import expected_hold
from forecourt.flows.ports import Store
from forecourt.kernel import Conflict, DriverId, EvseId, Money, OperatorId, Refused
from forecourt.stations import ConnectorState, Evse, Site
from forecourt.web.queries.bay_states import bay_states, bays_of
from forecourt.web.queries.prices import price_or_none, quote_view, tariff_parts, typical_window
from forecourt.web.queries.qr_codes import qr_svg
from forecourt.web.queries.site_lookup import own_site
from forecourt.web.views.bays import BayState
from forecourt.web.views.price_parts import TariffPart
from forecourt.web.views.quote import QuoteView

SAMPLE_WH = 20_000


@dataclass(frozen=True, slots=True)
class ScanView:
    """A socket as its code shows it. refused: why no charge can start; version: the price shown.

    hold: what will be held; bounded: by the tariff's own amount, not by the expected cost of a charge. operator: the name
    that drivers know; help_phone: of its help desk, empty = none stated.
    """

    code: str
    bay: str
    site_name: str
    address: str
    zone: str
    currency: str
    state: BayState
    plugged: bool
    max_power_w: int
    prices: tuple[TariffPart, ...]
    quote: QuoteView | None
    version: str
    hold: Money | None
    bounded: bool
    refused: Refused | None
    operator: str = ""
    help_phone: str = ""


@dataclass(frozen=True, slots=True)
class OwnStart:
    """The same socket for a signed-in driver: started from their account, at their own price. refused: why it cannot be started now."""

    evse_id: str
    site: str
    quote: QuoteView
    refused: Refused | None


@dataclass(frozen=True, slots=True)
class CodeView:
    """A socket with its printed code. drawn: the QR code as SVG."""

    evse_id: str
    bay: str
    kind: str
    code: str = ""
    address: str = ""
    drawn: str = ""


def scan_view(store: Store, code: str, now: datetime) -> ScanView:
    """The price is included whether or not the socket can be started now."""
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
        operator=store.stations.operator(site.operator_id).name,
        help_phone=site.facts.help_phone,
    )


def own_start(store: Store, code: str, driver_id: DriverId, now: datetime) -> OwnStart | None:
    """How a driver starts here; None if they have no price."""
    evse = socket_by_code(store, code)
    site = store.stations.site(evse.site_id)
    window = typical_window(store, site, evse.kind, now, SAMPLE_WH)
    price = price_or_none(store, site.id, evse.kind, window, SAMPLE_WH, driver_id)
    if price is None:
        return None
    return OwnStart(str(evse.id), site.slug, quote_view(price, site, window, SAMPLE_WH), why_not_startable(store, evse, driver_id, now))


def site_codes(store: Store, slug: str, operator_id: OperatorId, base: str) -> tuple[Site, tuple[CodeView, ...]]:
    """Every socket of a site, with its printed code. base: the public address of this service."""
    site = own_site(store, slug, operator_id)
    known = {one.evse_id: one.code for one in store.guests.codes(site.id)}
    evses = sorted(bays_of(store, site.id), key=lambda one: one.label)
    return site, tuple(_code_view(evse, known.get(evse.id, ""), base) for evse in evses)


def site_slug_of(store: Store, evse_id: EvseId) -> str:
    return store.stations.site(store.stations.evse(evse_id).site_id).slug


def _code_view(evse: Evse, code: str, base: str) -> CodeView:
    if not code:
        return CodeView(str(evse.id), evse.label, evse.kind)
    address = f"{base.rstrip('/')}/e/{code}"
    return CodeView(str(evse.id), evse.label, evse.kind, code, address, qr_svg(address))
