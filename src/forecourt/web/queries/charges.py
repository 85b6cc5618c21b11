"""A charge as its driver sees it, running or ended, with its cost by the billing rules."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from forecourt.billing import Invoice, billable_usage
from forecourt.drivers import ChargingNeed, Pace, PayBy
from forecourt.flows.charging import stay_end
from forecourt.flows.paying import is_stop_missed, is_stop_ordered, prepaid, remaining_limit
from forecourt.flows.ports import ChargeSearch, ListPage, PageRequest, Store
from forecourt.flows.power import better_hour_at, hour_costs_of, plant_of, ready_time_range
from forecourt.flows.prices import entitlements_of, entitlements_on_document, running_cost
from forecourt.kernel import BookingId, DriverId, Money, NotFound, OperatorId, SessionId, Span, TariffVersionId
from forecourt.offers import Entitlement, apply_offers
from forecourt.payments import WALLET, Held
from forecourt.sessions import ChargeRecord, EndedCharge, MeterPoint, Session, phases_of
from forecourt.stations import Site
from forecourt.tariffs import PhaseState, price_curve, rate
from forecourt.web.queries.bay_states import bay_state_of_phase, out_of_contact_since
from forecourt.web.queries.names import payer_name
from forecourt.web.queries.prices import parking_parts
from forecourt.web.views.bays import BayState
from forecourt.web.views.charges import BandPart, ChargeBand, ChargeView, CostPoint, PastCharge, StayView
from forecourt.web.views.charging_needs import NeedView
from forecourt.web.views.power import ReadyWindow
from forecourt.web.views.price_parts import TariffPart

_CURVE_POINTS = 24


@dataclass(frozen=True, slots=True)
class _Course:
    """The points of a charge up to an instant, its booking, and its driver's discounts: from its invoice, or as they stand while there is
    none."""

    points: Sequence[MeterPoint]
    until: datetime
    site: Site
    driver_id: DriverId | None
    booking_id: BookingId | None
    invoice: Invoice | None = None

    def held(self, store: Store) -> tuple[Entitlement, ...]:
        charge = Span(self.points[0].at, max(self.until, self.points[0].at + timedelta(seconds=1)))
        if self.invoice is not None:
            return entitlements_on_document(store, self.invoice.id, charge)
        return entitlements_of(store, self.driver_id, self.site.id, self.site.currency, charge) if self.driver_id else ()


def charge(store: Store, session_id: SessionId, who: DriverId | OperatorId, now: datetime) -> ChargeView:
    """who: its driver, or the operator for its staff. Raises NotFound for somebody else's charge."""
    session = store.sessions.session(session_id)
    if session is not None and who in (session.driver_id, session.operator_id):
        return running_charge(store, session, now, with_band=True)
    record = store.sessions.record(session_id)
    if record is not None and who in (record.driver_id, record.operator_id):
        return ended_charge(store, record, with_band=True)
    raise NotFound("charge", "You have no such charge.", "Your charges are listed under Charge.")


def running_of(store: Store, driver_id: DriverId, now: datetime) -> tuple[ChargeView, ...]:
    return tuple(running_charge(store, session, now) for session in store.sessions.open_of(driver_id))


def ended_of(store: Store, driver_id: DriverId, page_request: PageRequest) -> ListPage[PastCharge]:
    found = store.sessions.page(store.drivers.driver(driver_id).operator_id, ChargeSearch(driver_id=driver_id), page_request)
    return found.of(_past(store, one) for one in found.rows)


def _past(store: Store, one: EndedCharge) -> PastCharge:
    site, evse = store.stations.site(one.site_id), store.stations.evse(one.evse_id)
    return PastCharge(str(one.session_id), site.name, site.zone, evse.label, one.started_at, one.energy_wh)


def running_charge(store: Store, session: Session, now: datetime, with_band: bool = False) -> ChargeView:
    site, evse = store.stations.site(session.site_id), store.stations.evse(session.evse_id)
    need = store.drivers.need(session.driver_id, session.site_id) if session.driver_id else None
    stated = need if need is not None and need.is_about(session.started_at) else None
    need_wh = stated.wanted_wh(session.meter.energy_wh, session.soc_percent) if stated else None
    at = max(now, session.last_at)
    price = running_cost(store, session, at)
    course = _Course(store.sessions.points(session.id), at, site, session.driver_id, session.booking_id) if with_band else None
    return ChargeView(
        id=str(session.id),
        site_name=site.name,
        site_slug=site.slug,
        help_phone=site.facts.help_phone,
        zone=site.zone,
        bay=evse.label,
        evse_id=str(evse.id),
        state=bay_state_of_phase(session.state),
        started_at=session.started_at,
        ended_at=None,
        at=at,
        energy_wh=session.meter.energy_wh,
        need_wh=need_wh,
        power_w=session.power_w or 0,
        cost=price.due if price else None,
        ready_by=_ready_by(session, need_wh, at),
        departure=stated.departure if stated else None,
        band=band_of(store, course, session.tariff_version_id) if course else None,
        soc_percent=session.soc_percent,
        price_because=session.price_because,
        pay_by=store.drivers.driver(session.driver_id).pay_by if session.driver_id else "",
        payer=payer_name(store, session.driver_id, session.started_at),
        waits_until=_waits_until(store, session, now),
        stated=_need_view(store, session, stated, need, now),
        limit=remaining_limit(store, session, at),
        balance=_balance_for(store, session, site.currency),
        out_of_contact_since=out_of_contact_since(store.stations.charger(session.charger_id), session),
        stop="asked" if is_stop_ordered(store, session, now) else "missed" if is_stop_missed(store, session) else "",
        stay=_stay(store, session, site, at),
        idle_costs=_parking(store, session, site, at) if session.state is PhaseState.IDLE else (),
        better_at=better_hour_at(hour_costs_of(store, session, stated, now)) if session.state is not PhaseState.CHARGING else None,
    )


def _stay(store: Store, session: Session, site: Site, at: datetime) -> StayView | None:
    stay = stay_end(store, session, at)
    if stay is None:
        return None
    is_over = at >= stay.ends
    return StayView(stay.ends, stay.booked, is_over, stay.waited_for, _parking(store, session, site, at) if is_over else ())


def _parking(store: Store, session: Session, site: Site, at: datetime) -> tuple[TariffPart, ...]:
    """What time without charging costs, by the price of this charge."""
    return parking_parts(store.prices.version(session.tariff_version_id), site, at) if session.tariff_version_id else ()


def _balance_for(store: Store, session: Session, currency: str) -> Money | None:
    """What is held of the balance for it, and what is free; None if it is paid by card or on account."""
    driver = store.drivers.driver(session.driver_id) if session.driver_id else None
    if driver is None or driver.pay_by is not PayBy.WALLET or driver.payment_method:
        return None
    held_amounts = (
        one.state.amount for one in store.payments.of_session(session.id) if one.method == WALLET and isinstance(one.state, Held)
    )
    return sum(held_amounts, prepaid(store, driver.operator_id, driver.id, currency).available)


def _need_view(store: Store, session: Session, stated: ChargingNeed | None, before: ChargingNeed | None, now: datetime) -> NeedView:
    """stated: about this charge. before: about an earlier charge at this site."""
    battery = before.battery if before else None
    last = before if stated is None and before is not None and not before.by_car else None
    shown = stated or last
    return NeedView(
        energy_kwh=shown.energy_wh // 1000 if shown and shown.energy_wh and shown.battery is None else None,
        stop_there=shown is not None and shown.stop_there,
        pace=shown.pace.value if shown else Pace.FAST.value,
        battery_kwh=battery.capacity_wh // 1000 if battery else None,
        target_percent=shown.battery.target_percent if shown and shown.battery else None,
        last=last is not None,
        last_departure=last.departure if last else None,
        hours_differ=_hours_differ(store, session, now),
        sun=plant_of(store, session.site_id).solar is not None,
    )


def _hours_differ(store: Store, session: Session, now: datetime) -> bool:
    if session.tariff_version_id is None:
        return False
    tariff, zone = store.prices.version(session.tariff_version_id).tariff, store.stations.site(session.site_id).zone
    return len({step.with_tax for step in price_curve(tariff, Span(now, now + timedelta(days=1)), zone)}) > 1


def _waits_until(store: Store, session: Session, now: datetime) -> datetime | None:
    grant = store.plans.grants(session.site_id).get(session.evse_id)
    until = grant.raise_from if grant is not None and grant.session_id == session.id else None
    return until if until is not None and now < until else None


def ended_charge(store: Store, record: ChargeRecord, with_band: bool = False) -> ChargeView:
    site, evse = store.stations.site(record.site_id), store.stations.evse(record.evse_id)
    document = next(iter(store.documents.of_session(record.session_id)), None)
    points = store.sessions.points(record.session_id) if with_band else ()
    course = _Course(points, record.ended_at, site, record.driver_id, record.booking_id, document) if with_band else None
    return ChargeView(
        id=str(record.session_id),
        site_name=site.name,
        site_slug=site.slug,
        help_phone=site.facts.help_phone,
        zone=site.zone,
        bay=evse.label,
        evse_id=str(evse.id),
        state=BayState.IDLE,
        started_at=record.started_at,
        ended_at=record.ended_at,
        at=record.ended_at,
        energy_wh=record.energy_wh,
        need_wh=None,
        power_w=0,
        cost=document.due if document else None,
        ready_by=None,
        departure=record.stated_departure,
        band=band_of(store, course, record.tariff_version_id) if course else None,
        receipt=document.number if document else "",
        price_because=record.price_because,
    )


def band_of(store: Store, course: _Course, tariff_version_id: TariffVersionId | None) -> ChargeBand | None:
    """The states of the charge as a band, and its cost at some instants."""
    if not course.points or tariff_version_id is None:
        return None
    parts: list[BandPart] = []
    for phase in phases_of(course.points, course.until):
        state = bay_state_of_phase(phase.state)
        if parts and parts[-1].state is state:
            parts[-1] = BandPart(parts[-1].start, phase.end, state)
        else:
            parts.append(BandPart(phase.start, phase.end, state))
    return ChargeBand(course.site.zone, tuple(parts), tuple(_curve(store, course, tariff_version_id)))


def _curve(store: Store, course: _Course, tariff_version_id: TariffVersionId) -> list[CostPoint]:
    tariff = store.prices.version(tariff_version_id).tariff
    booking = store.bookings.booking(course.booking_id) if course.booking_id else None
    offers = course.held(store)
    stride = max(1, -(-len(course.points) // _CURVE_POINTS))
    counts = [*range(1, len(course.points), stride), len(course.points)]
    curve = [CostPoint(course.points[0].at, Money.zero(course.site.currency), 0)]
    for count in counts:
        upto = course.until if count == len(course.points) else course.points[count].at
        seen = course.points[: count + 1]
        if upto > course.points[0].at:
            usage = billable_usage(phases_of(seen, upto), course.site.zone, booking)
            rating = rate(tariff, usage)
            discount = apply_offers(rating, offers, Span(seen[0].at, upto)).off
            curve.append(CostPoint(upto, rating.gross - discount, seen[-1].energy_wh))
    if course.invoice is not None:  # discounts are used up in whole units: the end is the invoice's own sum
        curve[-1] = replace(curve[-1], cost=course.invoice.due)
    return curve


def _ready_by(session: Session, need_wh: int | None, now: datetime) -> datetime | None:
    """When the requested energy is delivered, at the present power; None if unknown."""
    if need_wh is None or not session.power_w or need_wh <= session.meter.energy_wh:
        return None
    return now + timedelta(seconds=(need_wh - session.meter.energy_wh) * 3600 // session.power_w)


def ready_window(store: Store, session_id: SessionId, now: datetime) -> ReadyWindow | None:
    """None if no energy was requested, or all of it is delivered: then nothing can or need be predicted."""
    session = store.sessions.session(session_id)
    need = store.drivers.need(session.driver_id, session.site_id) if session and session.driver_id else None
    if session is None or need is None or not need.energy_wh or not need.is_about(session.started_at):
        return None
    if need.reached(session.meter.energy_wh, session.soc_percent):
        return None
    return ReadyWindow(*ready_time_range(store, session.site_id, session.id, now))
