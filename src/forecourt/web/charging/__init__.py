"""Finding, booking, queueing and charging, with and without an account; the operator's live site and its power."""

from litestar import Router

from forecourt.drivers import Duty
from forecourt.web.charging import (
    availability,
    bookings,
    console,
    deposits,
    driver,
    finding,
    guest_bookings,
    guest_needs,
    guest_stays,
    guests,
    hours,
    limits,
    mapping,
    network,
    pay_codes,
    place_page,
    plant,
    power,
    queueing,
    site_rules,
    sites,
    socket_codes,
    starts,
    stays,
    waitlist,
    wishes,
)

routes = [
    finding.routes,
    mapping.routes,
    place_page.routes,
    driver.routes,
    starts.routes,
    bookings.routes,
    stays.routes,
    deposits.routes,
    waitlist.routes,
    queueing.routes,
    guests.routes,
    pay_codes.routes,
    guest_bookings.routes,
    guest_stays.routes,
    guest_needs.routes,
    wishes.routes,
]
staff_pages = Router(
    "/",
    route_handlers=[
        *console.pages,
        *availability.pages,
        *network.pages,
        *site_rules.pages,
        *sites.pages,
        *power.pages,
        *plant.pages,
        *limits.pages,
        *hours.pages,
        *socket_codes.pages,
    ],
    opt={"duty": Duty.SITES},
)
