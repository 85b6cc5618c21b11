"""Starting a charge at the desk for a driver on the phone: the socket, the hold, and all rules of the driver's own start."""

from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.drivers import Duty
from forecourt.flows.charging import start_for_driver
from forecourt.kernel import DriverId, EvseId, Refused
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.idempotency import idempotent
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.console_start import find_sockets, start_options
from forecourt.web.queries.drivers import own_driver


class StartForm(Struct):
    """key: of the page with the form, so that pressing twice starts once. bay: as typed."""

    evse: UUID
    key: str
    bay: str = ""


@get("/drivers/{driver_id:uuid}/start", sync_to_thread=True)
def start_page(request: WebRequest, driver_id: FromPath[UUID], bay: FromQuery[str] = "") -> Response[str]:
    return _start_page(request, DriverId(driver_id), bay)


@post("/drivers/{driver_id:uuid}/start", sync_to_thread=True, status_code=200)
def start(request: WebRequest, driver_id: FromPath[UUID], data: URLEncodedBody[StartForm]) -> Response[Any]:
    """A refusal is shown as the driver would read it."""
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store, idempotent(store, f"start-for/{by.actor}/{data.key}", by.at) as attempt:
            if attempt.fresh:
                start_for_driver(store, by, DriverId(driver_id), EvseId(data.evse))
    except Refused as error:
        return _start_page(request, DriverId(driver_id), data.bay, error)
    return redirect_to(request, f"/console/drivers/{driver_id}?start={data.evse}", "start_asked")


def _start_page(request: WebRequest, driver_id: DriverId, bay: str, error: Refused | None = None) -> Response[str]:
    ports, operator = ports_of(request), visitor_of(request).operator
    now = ports.clock.now()
    with ports.transactions.begin() as store:
        driver = own_driver(store, operator, driver_id)
        found = start_options(store, driver_id, find_sockets(store, operator, bay), now)
    shown: dict[str, Any] = {"driver": driver, "found": found, "bay": bay[:60], "error": error, "key": ports.ids.new(now)}
    return page(request, "console/driver_start.html", status_of(error) if error else 200, **shown, tab="drivers")


pages = Router("/", route_handlers=[start_page, start], opt={"duty": Duty.SITES})
