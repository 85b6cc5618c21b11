"""One of our bookings as an OCPI Booking."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from forecourt.drivers import Token, TokenKind, looks_like_contract, without_contract_mark
from forecourt.kernel import EvseId, instant_text
from forecourt.ocpi.booking_terms import Conditions, Party, location_id, terms_of
from forecourt.ocpi.model import (
    NOT_AVAILABLE,
    Booking,
    BookingOption,
    BookingRequestStatus,
    BookingToken,
    OcpiBookingRequest,
    RequestStatus,
)
from forecourt.ocpi.statuses import cancellation_of, status_of
from forecourt.ocpi.times import period_of, slot_of
from forecourt.reservations import Booking as Promised
from forecourt.reservations import Bound, Broken, Cancelled, Confirmed, Kept, Missed

_TYPES = {
    TokenKind.RFID: "RFID",
    TokenKind.CONTRACT: "EMAID",
    TokenKind.APP: "APP_USER",
    TokenKind.GUEST: "AD_HOC_USER",
    TokenKind.ROAMING: "OTHER",
}


@dataclass(frozen=True, slots=True)
class BookingContext:
    """What the OCPI object needs beyond the booking. token: the driver's; None if it was removed. evse_id: where the charge is or was.

    max_power_w: what every socket of the kind can deliver. unpaid: the slot is held while a guest pays. paid_at: when the guest paid.
    """

    party: Party
    conditions: Conditions
    token: Token | None
    evse_id: EvseId | None
    max_power_w: int
    unpaid: bool = False
    paid_at: datetime | None = None


def ocpi_booking(booking: Promised, context: BookingContext) -> Booking:
    """Everything OCPI has a field for. The socket is "#NA" until one is chosen; a replaced request is left out."""
    party, tokens = context.party, _tokens(booking, context)
    moves = None if booking.within in (None, booking.window) else period_of(booking.promised)
    return Booking(
        id=str(booking.id),
        country_code=party.country,
        party_id=party.id,
        request_id=str(booking.id),
        booking_option=BookingOption(evse_uid=str(_evse(booking, context) or NOT_AVAILABLE)),
        location_id=str(booking.site_id),
        booking_tokens=tokens,
        tariff_ids=(str(booking.quote.tariff_version_id),) if booking.quote else (),
        period=slot_of(booking.window, context.max_power_w, _power_w(booking)),
        promised_period=moves,
        reservation_status=status_of(booking.state, context.unpaid),
        canceled=cancellation_of(booking.state),
        authorization_reference=str(booking.id),
        booking_terms=terms_of(context.conditions),
        booking_requests=tuple(_requests(booking, context, tokens)),
        last_updated=instant_text(changed_at(booking, context.paid_at)),
    )


def changed_at(booking: Promised, paid_at: datetime | None = None) -> datetime:
    """The latest instant at which anything in it changed."""
    known = [booking.made_at, *(note.at for note in booking.notified), *([paid_at] if paid_at else [])]
    match booking.state:
        case Confirmed():
            return max(known)
        case Bound(bound_at=at) | Kept(arrived_at=at) | Cancelled(cancelled_at=at) | Missed(missed_at=at) | Broken(broken_at=at):
            return max(*known, at)


def _requests(booking: Promised, context: BookingContext, tokens: tuple[BookingToken, ...]) -> Iterator[BookingRequestStatus]:
    """The current request, and the request to cancel if the driver cancelled."""
    party = context.party
    request = OcpiBookingRequest(
        country_code=party.country,
        party_id=party.id,
        request_id=str(booking.id),
        location_id=str(booking.site_id),
        booking_location_id=location_id(booking.site_id, booking.kind),
        tokens=tokens,
        period=period_of(booking.window),
        authorization_reference=str(booking.id),
    )
    requested_at = max((note.at for note in booking.notified if note.code in ("changed", "extended")), default=booking.made_at)
    status = RequestStatus.PENDING if context.unpaid and booking.live else RequestStatus.ACCEPTED
    yield BookingRequestStatus(request_status=status, booking_request=request, request_received=instant_text(requested_at))
    if isinstance(booking.state, Cancelled):
        cancels = structs.replace(request, canceled=cancellation_of(booking.state))
        at = instant_text(booking.state.cancelled_at)
        yield BookingRequestStatus(request_status=RequestStatus.ACCEPTED, booking_request=cancels, request_received=at)


def _tokens(booking: Promised, context: BookingContext) -> tuple[BookingToken, ...]:
    if context.token is None:
        return ()
    party, kind, contract = context.party, _TYPES[context.token.kind], str(booking.driver_id)
    uid = without_contract_mark(booking.token) if looks_like_contract(booking.token) else booking.token
    return (BookingToken(country_code=party.country, party_id=party.id, uid=uid, type=kind, contract_id=contract),)


def _evse(booking: Promised, context: BookingContext) -> EvseId | None:
    return booking.state.evse_id if isinstance(booking.state, Bound) else context.evse_id


def _power_w(booking: Promised) -> int | None:
    """The power guaranteed throughout the window, whoever else charges. OCPI cannot express a promise for only part of it."""
    return booking.power.power_w if booking.power and booking.power.until is None else None
