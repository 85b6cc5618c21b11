"""A booking, or several alike, made by the form of a place."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Router, post
from litestar.params import URLEncodedBody
from litestar.response import Response

from forecourt.flows.bookings import ReserveRequest, SeriesBooking, check_acts_for
from forecourt.flows.paying import make_booking, make_series
from forecourt.kernel import BookingId, Refused, Span
from forecourt.web.charging.booking_forms import BookForm, parse_driver_id, parse_repeat, parse_start
from forecourt.web.charging.place_choices import choices_from_form
from forecourt.web.charging.place_page import check_range, checked_energy_wh, render_place
from forecourt.web.frame import sealing
from forecourt.web.frame.idempotency import idempotent
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.bookings import deposit_lead_days, is_deposit_pending
from forecourt.web.queries.places import PlaceQuery
from forecourt.web.queries.site_lookup import site_of


@post("/bookings", sync_to_thread=True, guards=[signed_in], status_code=200)
def book(request: WebRequest, data: URLEncodedBody[BookForm]) -> Response[Any]:
    """The same form sent twice books once. After a refusal the driver stays at the place, with the reason. driver: of the sender's
    fleet."""
    ports, booker = ports_of(request), visitor_of(request).require_driver()
    now, wanted = ports.clock.now(), None
    done: tuple[SeriesBooking, ...] = ()
    try:
        start = parse_start(data.start)
        window = Span(start, start + timedelta(minutes=check_range(data.minutes, 15, 1440)))
        flexible = timedelta(minutes=check_range(data.flexible, 0, 180))
        with ports.transactions.begin() as store, idempotent(store, f"book/{booker}/{data.key}", now) as attempt:
            driver_id = check_acts_for(store, booker, parse_driver_id(data.driver) or booker, now)
            wanted = ReserveRequest(
                site_of(store, data.site).id, data.kind, driver_id, window, checked_energy_wh(data.energy), flexible, need=data.need
            )
            if attempt.fresh and data.repeat:
                done = make_series(store, wanted, parse_repeat(data.repeat), data.weeks, now, ports.ids)
                attempt.answer = b"series"
            elif attempt.fresh:
                attempt.answer = str(make_booking(store, wanted, now, ports.ids).id).encode()
            zone = store.stations.site(wanted.site_id).zone
    except Refused as error:
        return render_place(
            request, PlaceQuery(data.site, checked_energy_wh(data.energy), data.kind, preferences=choices_from_form(data)), error, wanted
        )
    if done:
        return _series_page(request, done, data, zone)
    with ports.transactions.begin() as store:
        unpaid = attempt.answer != b"series" and is_deposit_pending(store, BookingId(UUID(attempt.answer.decode())))
    return redirect_to(request, f"/bookings/{attempt.answer.decode()}/deposit") if unpaid else redirect_to(request, "/bookings", "booked")


def _series_page(request: WebRequest, done: tuple[SeriesBooking, ...], form: BookForm, zone: str) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        days = deposit_lead_days(store, [one.booking for one in done if one.booking])
    shown: dict[str, Any] = {"done": done, "form": form, "zone": zone, "held_days": days}
    return page(request, "driver/series.html", **shown, form_key=sealing.fresh_secret()[:16], tab="bookings")


routes = Router("/", route_handlers=[book])
