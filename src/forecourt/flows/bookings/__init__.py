"""Bookings: made, changed and carried out; the queue and its turns; the waiting list."""

from forecourt.flows.bookings.availability import pool_of
from forecourt.flows.bookings.blocked_bay import may_be_blocked, report_blocked
from forecourt.flows.bookings.booking_upkeep import advance_bookings
from forecourt.flows.bookings.compensation import compensation_coupon, is_compensation
from forecourt.flows.bookings.ocpi_bookings import booking_as_ocpi, booking_locations, match_booking_request
from forecourt.flows.bookings.queueing import (
    JoinQueue,
    advance_queue,
    estimate_wait,
    estimate_wait_of_next,
    has_to_wait,
    join_queue,
    leave_queue,
    next_after,
    pass_turn,
)
from forecourt.flows.bookings.recurring import SeriesBooking, check_acts_for, driver_of_booking, reserve_series
from forecourt.flows.bookings.reserving import (
    ReserveRequest,
    cancel_own_booking,
    change_booking,
    check_movable,
    extend_stay,
    free_cancellation_until,
    nearest_offers,
    reserve,
)
from forecourt.flows.bookings.service_changes import (
    LastDay,
    ServiceEdit,
    ServicePreview,
    maintenance_fingerprint,
    preview_service,
    service_fingerprint,
    set_service,
)
from forecourt.flows.bookings.slot_power_promises import slot_power
from forecourt.flows.bookings.usual_need import set_bay_need
from forecourt.flows.bookings.waitlist import advance_waitlist, join_waitlist, leave_waitlist, look_up_entry

__all__ = [
    "JoinQueue",
    "LastDay",
    "ReserveRequest",
    "SeriesBooking",
    "ServiceEdit",
    "ServicePreview",
    "advance_bookings",
    "advance_queue",
    "advance_waitlist",
    "booking_as_ocpi",
    "booking_locations",
    "cancel_own_booking",
    "change_booking",
    "check_acts_for",
    "check_movable",
    "compensation_coupon",
    "driver_of_booking",
    "estimate_wait",
    "estimate_wait_of_next",
    "extend_stay",
    "free_cancellation_until",
    "has_to_wait",
    "is_compensation",
    "join_queue",
    "join_waitlist",
    "leave_queue",
    "leave_waitlist",
    "look_up_entry",
    "maintenance_fingerprint",
    "match_booking_request",
    "may_be_blocked",
    "nearest_offers",
    "next_after",
    "pass_turn",
    "pool_of",
    "preview_service",
    "report_blocked",
    "reserve",
    "reserve_series",
    "service_fingerprint",
    "set_bay_need",
    "set_service",
    "slot_power",
]
