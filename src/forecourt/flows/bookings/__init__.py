"""Bookings made, kept and moved; the queue and its turns; the waiting list."""

from forecourt.flows.bookings.availability import pool_of
from forecourt.flows.bookings.blocked_bay import may_be_blocked, report_blocked
from forecourt.flows.bookings.booking_watch import keep_bookings
from forecourt.flows.bookings.compensating import is_amends, made_good
from forecourt.flows.bookings.power_of_slots import slot_power
from forecourt.flows.bookings.queueing import (
    JoinQueue,
    has_to_wait,
    join_queue,
    keep_queue,
    leave_queue,
    next_after,
    outlook,
    outlook_for_next,
    pass_turn,
)
from forecourt.flows.bookings.recurring import Occasion, act_for, owner_of, reserve_series
from forecourt.flows.bookings.reserving import (
    ReserveRequest,
    cancels_free_until,
    change,
    check_movable,
    extend_stay,
    offers_near,
    reserve,
    withdraw,
)
from forecourt.flows.bookings.roaming import booking_for_partners, locations_for_partners, understand
from forecourt.flows.bookings.site_service import (
    LastDay,
    ServiceEdit,
    ServicePreview,
    preview_service,
    service_seen,
    set_service,
    works_mark,
)
from forecourt.flows.bookings.usual_need import set_bay_need
from forecourt.flows.bookings.waitlist import join_waitlist, keep_waitlist, leave_waitlist, look_up_entry

__all__ = [
    "JoinQueue",
    "LastDay",
    "Occasion",
    "ReserveRequest",
    "ServiceEdit",
    "ServicePreview",
    "act_for",
    "booking_for_partners",
    "cancels_free_until",
    "change",
    "check_movable",
    "extend_stay",
    "has_to_wait",
    "is_amends",
    "join_queue",
    "join_waitlist",
    "keep_bookings",
    "keep_queue",
    "keep_waitlist",
    "leave_queue",
    "leave_waitlist",
    "locations_for_partners",
    "look_up_entry",
    "made_good",
    "may_be_blocked",
    "next_after",
    "offers_near",
    "outlook",
    "outlook_for_next",
    "owner_of",
    "pass_turn",
    "pool_of",
    "preview_service",
    "report_blocked",
    "reserve",
    "reserve_series",
    "service_seen",
    "set_bay_need",
    "set_service",
    "slot_power",
    "understand",
    "withdraw",
    "works_mark",
]
