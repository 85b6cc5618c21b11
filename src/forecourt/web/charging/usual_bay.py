"""A driver's standing requirements for a bay, stated once for all places."""

from typing import Any

from litestar import Router, get, post
from litestar.params import URLEncodedBody
from litestar.response import Response

from forecourt.flows.bookings import set_bay_need
from forecourt.kernel import BadInput
from forecourt.stations import Feature
from forecourt.web.charging.bay_forms import BayForm
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of

_HERE = "/account/bay"


@get(_HERE, sync_to_thread=True)
def usual_bay(request: WebRequest) -> Response[str]:
    return _page(request)


@post(_HERE, sync_to_thread=True, status_code=200)
def save_usual_bay(request: WebRequest, data: URLEncodedBody[BayForm]) -> Response[Any]:
    driver_id = visitor_of(request).require_driver()
    try:
        with ports_of(request).transactions.begin() as store:
            set_bay_need(store, driver_id, data.need)
    except BadInput as error:
        return _page(request, data, error)
    return redirect_to(request, "/account", "auto_kept")


def _page(request: WebRequest, typed: BayForm | None = None, error: BadInput | None = None) -> Response[str]:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        need = store.drivers.driver(driver_id).bay_need
    shown = {
        "need": typed.ticked_need if typed else need,
        "typed": typed.height if typed else "",
        "features": tuple(Feature),
        "error": error,
    }
    return page(request, "driver/usual_bay.html", status_of(error) if error else 200, **shown, tab="account")


routes = Router("/", route_handlers=[usual_bay, save_usual_bay], guards=[signed_in])
