"""The page of a place: its price, bays and free times, and refusals of requests made there."""

from litestar import Router, get
from litestar.params import FromPath, FromQuery
from litestar.response import Response

from forecourt.flows.bookings import ReserveRequest
from forecourt.flows.desk import drivers_in_fleet
from forecourt.kernel import BadInput, Refused, parse_day
from forecourt.web.charging.guest_links import BOOKING_COOKIE
from forecourt.web.charging.place_choices import choices_from_query
from forecourt.web.frame import sealing
from forecourt.web.frame.directions import directions_url
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, language_for, page
from forecourt.web.frame.visitor import cookie_of, ports_of, visitor_of
from forecourt.web.queries.guest_bookings import booking_at_site
from forecourt.web.queries.names import payer_name
from forecourt.web.queries.places import PlaceQuery, alternative_times, place, with_saved_needs
from forecourt.web.queries.queues import queue_preview
from forecourt.web.queries.wallet import lacks_card


@get("/sites/{slug:str}", sync_to_thread=True)
def place_page(
    request: WebRequest, slug: FromPath[str], energy: FromQuery[int] = 20, kind: FromQuery[str] = "", day: FromQuery[str] = ""
) -> Response[str]:
    return render_place(
        request, PlaceQuery(slug, checked_energy_wh(energy), kind, parse_day(day) if day else None, choices_from_query(request)), None
    )


def render_place(
    request: WebRequest, query: PlaceQuery, error: Refused | None, wanted: ReserveRequest | None = None, email: str = ""
) -> Response[str]:
    """A place, with the reason if a request was refused. email: as entered by somebody without an account."""
    ports, visitor, key = ports_of(request), visitor_of(request), cookie_of(request, BOOKING_COOKIE)
    now = ports.clock.now()
    with ports.transactions.begin() as store:
        query, not_here = with_saved_needs(store, query, visitor.driver)
        view = place(store, query, visitor.driver, now)
        queue = queue_preview(store, view.slug, view.kind, query.preferences.need, visitor.driver, now)
        fleet = drivers_in_fleet(store, visitor.driver, now) if visitor.driver else ()
        booked = booking_at_site(store, key, sealing.digest(key), view.slug, now) if key and not visitor.driver else None
        payer = payer_name(store, visitor.driver, now)
        lacks = visitor.driver is not None and lacks_card(store, visitor.driver)
        alternatives = alternative_times(store, wanted, now) if wanted and error and error.code in ("slot_taken", "slot_scarce") else ()
    status = status_of(error) if error else 200
    return page(
        request,
        "driver/place.html",
        status,
        place=view,
        payer=payer,
        preferences=query.preferences,
        not_here=not_here,
        error=error,
        asked=wanted,
        offers=alternatives,
        queue=queue,
        booked=booked,
        lacks_card=lacks,
        fleet=fleet,
        form_key=sealing.fresh_secret()[:16],
        cards=ports.payment_events is not None,
        email=email,
        email_language=language_for(request),
        directions=directions_url(request.headers.get("user-agent", ""), view.latitude, view.longitude, view.name),
        tab="find",
    )


def checked_energy_wh(kwh: int) -> int:
    return check_range(kwh, 1, 150) * 1000


def check_range(value: int, minimum: int, maximum: int) -> int:
    if not minimum <= value <= maximum:
        raise BadInput("range", "{given} is not between {least} and {most}.", given=value, least=minimum, most=maximum)
    return value


routes = Router("/", route_handlers=[place_page])
