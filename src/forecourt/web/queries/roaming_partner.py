"""The page of a roaming partner: what it owes, its customers' charges, and what was sent to it."""

from dataclasses import dataclass
from uuid import UUID

from forecourt.billing import DocumentKind, statement_total
from forecourt.drivers import Driver, Peer, RoamingPartner
from forecourt.flows.billing import corrected_cdr
from forecourt.flows.desk import Staff
from forecourt.flows.paying import amount_due
from forecourt.flows.ports import ListPage, PageRequest, PartnerDelivery, RoamingCharge, Store
from forecourt.flows.roaming import own_roaming_partner
from forecourt.kernel import DriverId, Money
from forecourt.web.queries.money_totals import total_by_currency
from forecourt.web.queries.statements import StatementView, is_paid, statements_of

_ALL = 100_000


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """The delivery to the partner: a mark, words, and why it was rejected."""

    mark: str
    words: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class CdrRow:
    """amount: with tax, negative for one that reverses another."""

    document_id: UUID
    number: str
    amount: Money
    delivery: DeliveryStatus


@dataclass(frozen=True, slots=True)
class RoamingChargeRow:
    charge: RoamingCharge
    place: str
    energy_wh: int
    running: bool
    delivery: DeliveryStatus
    cdrs: tuple[CdrRow, ...]


@dataclass(frozen=True, slots=True)
class PushStatus:
    """How many sites and tariffs were pushed to the partner, and why it rejects one of them; empty: it does not."""

    sites: int
    tariffs: int
    why: str


@dataclass(frozen=True, slots=True)
class RoamingPartnerPage:
    """open: charged, but on no statement yet. owed: of statements of any age. pushed: None if it fetches."""

    partner: RoamingPartner
    payer: Driver
    pushed: PushStatus | None
    zone: str
    open: tuple[Money, ...]
    owed: tuple[Money, ...]
    statements: ListPage[StatementView]
    charges: ListPage[RoamingChargeRow]


def roaming_partner_page(store: Store, by: Staff, partner_id: UUID, page_request: PageRequest, months: PageRequest) -> RoamingPartnerPage:
    """page_request, months: the pages of its charges, and of its statements."""
    partner = own_roaming_partner(store, by, partner_id)
    payer = store.drivers.driver(DriverId(partner.id))
    charges = store.roaming_charges.page(partner.id, page_request)
    unpaid = [amount_due(store, one) for one in store.statements.of_driver(payer.id, _ALL) if not is_paid(store, one)]
    waiting = store.statements.documents_of(payer.id, by.at)
    return RoamingPartnerPage(
        partner=partner,
        payer=payer,
        pushed=_pushed(store, partner),
        zone=store.stations.operator(by.operator_id).zone,
        open=tuple(statement_total([one for one in waiting if one.currency == of]) for of in sorted({one.currency for one in waiting})),
        owed=total_by_currency(unpaid),
        statements=statements_of(store, payer.id, months),
        charges=charges.of(_row(store, partner.peer, one) for one in charges.rows),
    )


def _pushed(store: Store, partner: RoamingPartner) -> PushStatus | None:
    if partner.peer is None or not any(partner.peer.url_of(module, "RECEIVER") for module in ("locations", "tariffs")):
        return None
    pushed = store.roaming.pushed_to(partner.id)
    kinds = [one.key.partition("/")[0] for one in pushed if one.digest]
    return PushStatus(kinds.count("location"), kinds.count("tariff"), next((one.error for one in pushed if one.error), ""))


def _row(store: Store, peer: Peer | None, charge: RoamingCharge) -> RoamingChargeRow:
    session_id, booking_id = charge.session_id, charge.reserved.booking_id if charge.reserved else None
    running, record = (store.sessions.session(session_id), store.sessions.record(session_id)) if session_id else (None, None)
    charge_or_booking = record or running or (store.bookings.booking(booking_id) if booking_id else None)
    cdrs, corrected = [], corrected_cdr(store, charge)
    for stored in store.roaming_charges.cdrs_of_charge(charge.id):
        document = store.documents.document(stored.document_id)
        if document is not None:
            amount = -document.gross if document.kind is DocumentKind.CREDIT_NOTE else document.gross
            cdrs.append(CdrRow(document.id, document.number, amount, _delivery(peer, "cdrs", stored.passing)))
    energy_wh = record.energy_wh if record else running.meter.energy_wh if running else 0
    return RoamingChargeRow(
        charge=charge,
        place=store.stations.site(charge_or_booking.site_id).name if charge_or_booking else "",
        energy_wh=int(corrected.total_energy * 1000) if corrected else energy_wh,
        running=running is not None and record is None,
        delivery=_delivery(peer, "sessions", charge.passing),
        cdrs=tuple(cdrs),
    )


def _delivery(peer: Peer | None, module: str, passing: PartnerDelivery) -> DeliveryStatus:
    if passing.error:
        return DeliveryStatus("fault", "Rejected", passing.error)
    if passing.accepted_at is not None:
        return DeliveryStatus("done", "Accepted")
    if peer is not None and peer.url_of(module, "RECEIVER") is None:
        return DeliveryStatus("free", "Fetched by the partner")
    return DeliveryStatus("PENDING", "Sending")
