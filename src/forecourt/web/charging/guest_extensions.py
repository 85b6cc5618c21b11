"""Extending a guest's booked charge while it runs, by the secret of its link."""

from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Router, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.guests import booked_guest, stay_longer
from forecourt.kernel import BadInput, Refused
from forecourt.web.charging.guest_visits import VISIT
from forecourt.web.frame import sealing
from forecourt.web.frame.responses import WebRequest, redirect_to
from forecourt.web.frame.visitor import ports_of
from forecourt.web.queries.guest_stays import EXTENSIONS_MIN


class ExtendForm(Struct):
    """end: the end when the form was rendered, so that sending it twice extends the stay once."""

    minutes: int
    end: str


@post("/b/{key:str}/longer", sync_to_thread=True, status_code=200)
def extend(request: WebRequest, key: FromPath[str], data: URLEncodedBody[ExtendForm]) -> Response[Any]:
    """At once if the hold is sufficient; otherwise the page asks for the additional hold. A refusal changes nothing, and is explained."""
    ports, digest = ports_of(request), sealing.digest(key)
    try:
        if data.minutes not in EXTENSIONS_MIN or not data.end.isdecimal():
            raise BadInput("minutes", "A stay can be extended by 15, 30, 60 or 120 minutes.", "Choose one of them.")
        end = datetime.fromtimestamp(min(int(data.end[:11]), 4_000_000_000), UTC) + timedelta(minutes=data.minutes)
        with ports.transactions.begin() as store:
            awaits_payment = stay_longer(store, booked_guest(store, digest), end, ports.clock.now(), ports.ids)
    except Refused as error:
        return VISIT.render(request, key, error)
    return redirect_to(request, f"/c/{key}", "" if awaits_payment else "longer")


routes = Router("/", route_handlers=[extend])
