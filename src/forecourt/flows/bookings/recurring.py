"""Series of bookings, each an ordinary booking; and bookings by those who pay for a fleet."""

from dataclasses import dataclass, replace
from datetime import datetime

from forecourt.flows.bookings.reserving import Offer, ReserveRequest, create_booking, nearest_offers
from forecourt.flows.desk.booking_notices import notify_series
from forecourt.flows.desk.fleets import drivers_in_fleet
from forecourt.flows.ports.store import Store
from forecourt.kernel import BookingId, DriverId, Ids, NotFound, Refused, Span
from forecourt.reservations import Booking, Repeat, series_windows

# Refusals that would apply to every time of the series.
_FOR_ALL = ("kind", "no_token", "energy_wh")


@dataclass(frozen=True, slots=True)
class SeriesBooking:
    """One time of a series. booking None: `why` says why it was not possible, `offers` are the nearest possible windows."""

    window: Span
    booking: Booking | None
    why: str = ""
    offers: tuple[Offer, ...] = ()


def reserve_series(store: Store, request: ReserveRequest, repeat: Repeat, weeks: int, at: datetime, ids: Ids) -> tuple[SeriesBooking, ...]:
    """Make the bookings that are possible, in order of time; the driver is notified once. request.window: the first time."""
    windows = series_windows(request.window, repeat, weeks, store.stations.site(request.site_id).zone)
    done = tuple(_one(store, replace(request, window=window), at, ids) for window in windows)
    bookings = [one.booking for one in done if one.booking is not None]
    if bookings:
        notify_series(store, bookings, at)
    return done


def _one(store: Store, request: ReserveRequest, at: datetime, ids: Ids) -> SeriesBooking:
    """Make one booking. A refusal comes before anything is stored."""
    try:
        return SeriesBooking(request.window, create_booking(store, request, at, ids))
    except Refused as error:
        if error.code in _FOR_ALL:
            raise
        offers = nearest_offers(store, request, at) if error.code in ("slot_taken", "slot_scarce") else ()
        return SeriesBooking(request.window, None, error.text, offers)


def check_acts_for(store: Store, acting_driver: DriverId, driver_id: DriverId, at: datetime) -> DriverId:
    """Check that `who` may act for a driver: themselves, or one of a fleet they pay for. Raises NotFound."""
    if acting_driver != driver_id and driver_id not in {one.id for one in drivers_in_fleet(store, acting_driver, at)}:
        raise NotFound("driver", "There is no such driver in your fleet.")
    return driver_id


def driver_of_booking(store: Store, acting_driver: DriverId, booking_id: BookingId, at: datetime) -> DriverId:
    """The driver of a booking that `who` may see and cancel. Raises NotFound, also for others' bookings."""
    booking = store.bookings.booking(booking_id)
    if booking is None or (
        booking.driver_id != acting_driver and booking.driver_id not in {one.id for one in drivers_in_fleet(store, acting_driver, at)}
    ):
        raise NotFound("booking", "You have no such booking.", "Your bookings are listed under Bookings.")
    return booking.driver_id
