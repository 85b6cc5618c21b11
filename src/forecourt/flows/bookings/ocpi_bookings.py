"""Bookings and bookable sockets in the shape of OCPI 2.3.0 Bookings, for partners; and interpreting a partner's request."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.drivers import GuestStep
from forecourt.flows.bookings.availability import pool_of
from forecourt.flows.bookings.terms import terms_of_booking
from forecourt.flows.ports.store import Store
from forecourt.flows.prices.buyer import buyer_of
from forecourt.flows.prices.price_finding import price_at
from forecourt.flows.roaming.published import party_of
from forecourt.kernel import BadInput, BookingId, DriverId, EvseId, Refused, Span, TariffVersionId, TokenUid
from forecourt.ocpi import (
    Bookable,
    BookingContext,
    BookingLocation,
    Conditions,
    OcpiBookingRequest,
    PartnerBooking,
    booking_location,
    match_request,
    ocpi_booking,
)
from forecourt.ocpi import Booking as OcpiBooking
from forecourt.payments import Held
from forecourt.reservations import Booking, BookingTerms, Kept, SlotRequest, book_slot
from forecourt.stations import Site
from forecourt.tariffs import Phase, PhaseState, Usage, rate

_NOBODY, _HOUR = UUID(int=0), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class MatchedRequest:
    """A partner's request matched to what can be booked here. refused: why it cannot be promised now; None: it can."""

    site: Site
    kind: str
    wish: PartnerBooking
    refused: Refused | None


def booking_as_ocpi(store: Store, booking: Booking, base: str = "") -> OcpiBooking:
    """base: the public address of the service; empty = the terms get no link."""
    site = store.stations.site(booking.site_id)
    same_kind = [evse for evse in store.stations.evses(site.id) if evse.kind == booking.kind]
    unpaid, paid_at = _payment_state(store, booking)
    version_id = booking.quote.tariff_version_id if booking.quote else None
    context = BookingContext(
        party=party_of(store.stations.operator(site.operator_id)),
        conditions=_conditions(store, site, terms_of_booking(store, booking), version_id, booking.window, base),
        token=store.drivers.token(booking.operator_id, booking.token),
        evse_id=_charged_at(store, booking),
        max_power_w=min((evse.max_power_w for evse in same_kind), default=0),
        unpaid=unpaid,
        paid_at=paid_at,
    )
    return ocpi_booking(booking, context)


def booking_locations(store: Store, site: Site, at: datetime, ahead: timedelta, base: str = "") -> Iterator[BookingLocation]:
    """One for each kind of socket at the site, with its free times."""
    for place in bookable_kinds(store, site, at, base):
        yield booking_location(place, pool_of(store, site.id, place.kind, at), at, ahead)


def bookable_kinds(store: Store, site: Site, at: datetime, base: str = "") -> tuple[Bookable, ...]:
    """The kinds that can be booked: a kind has a tariff if there is a price without a contract; the terms are those of a booking made now.
    Empty once the site has closed for good."""
    evses = [one for one in store.stations.evses(site.id) if one.retired_at is None and not site.ended(at)]
    party = party_of(store.stations.operator(site.operator_id))
    found = []
    for kind in sorted({evse.kind for evse in evses}):
        chosen = price_at(store, site, kind, buyer_of(store, None, at), at)
        version_id = chosen.version.id if chosen else None
        conditions = _conditions(store, site, store.bookings.rules(site.id).terms, version_id, Span(at, at + _HOUR), base)
        found.append(Bookable(party, site.id, kind, tuple(evse for evse in evses if evse.kind == kind), conditions, version_id))
    return tuple(found)


def match_booking_request(store: Store, site: Site, request: OcpiBookingRequest, at: datetime) -> MatchedRequest:
    """Match a partner's request and check whether it could be promised now; stores nothing. Raises BadInput naming a wrong field."""
    if request.location_id.lower() != str(site.id):
        raise BadInput("field", "booking_request.location_id: there is no such Location here.", f"{site.name} is {site.id}.")
    place, matched = match_request(request, bookable_kinds(store, site, at))
    token = matched.tokens[0] if matched.tokens else TokenUid("")
    wanted = SlotRequest(site.operator_id, site.id, place.kind, DriverId(_NOBODY), token, matched.window)
    try:
        book_slot(wanted, BookingId(_NOBODY), 0, pool_of(store, site.id, place.kind, at), at)
    except Refused as error:
        return MatchedRequest(site, place.kind, matched, error)
    return MatchedRequest(site, place.kind, matched, None)


def _conditions(store: Store, site: Site, agreed: BookingTerms, version_id: TariffVersionId | None, window: Span, base: str) -> Conditions:
    fee = version_id is not None and _has_no_show_fee(store, version_id, window, site.zone)
    return Conditions(agreed.free_cancel_min, fee, f"{base.rstrip('/')}/sites/{site.slug}" if base else None)


def _has_no_show_fee(store: Store, version_id: TariffVersionId, window: Span, zone: str) -> bool:
    """Whether the tariff has a no-show fee, determined by the same rule as the bill."""
    nobody_came = Usage((Phase(PhaseState.RESERVED, window.start, window.end, 0),), zone, reservation_expired=True)
    return rate(store.prices.version(version_id).tariff, nobody_came).gross.minor > 0


def _payment_state(store: Store, booking: Booking) -> tuple[bool, datetime | None]:
    """Whether the slot is only reserved while somebody pays, and since when its hold has been in place. A firm booking stays firm."""
    guest, deposit = store.guests.booking(booking.id), store.deposits.of_booking(booking.id)
    begun = guest is not None and guest.step is GuestStep.PAYING
    begun = begun or (deposit is not None and deposit.step is GuestStep.PAYING and not deposit.notified)
    payment_id = guest.payment_id if guest else deposit.payment_id if deposit else None
    payment = store.payments.payment(payment_id) if payment_id else None
    return begun, payment.state.held_at if payment and isinstance(payment.state, Held) else None


def _charged_at(store: Store, booking: Booking) -> EvseId | None:
    if not isinstance(booking.state, Kept):
        return None
    charge = store.sessions.session(booking.state.session_id) or store.sessions.record(booking.state.session_id)
    return charge.evse_id if charge else None
