"""Browsers in which a driver gets push messages."""

from typing import Any
from uuid import UUID

from litestar import Router, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.flows.desk import Subscription, add_device, remove_device
from forecourt.kernel import Refused
from forecourt.web.frame import sealing
from forecourt.web.frame.responses import DEVICE_COOKIE, WebRequest, cookie, redirect_to
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.people.messages import HOME, choices_page

_YEAR_S = 365 * 24 * 3600
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux"))


class DeviceForm(Struct):
    """As the browser supplies it; empty if its script did not run."""

    endpoint: str
    p256dh: str
    auth: str


@post("/account/devices", sync_to_thread=True, guards=[signed_in], status_code=200)
def add(request: WebRequest, data: URLEncodedBody[DeviceForm]) -> Response[Any]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    subscription = Subscription(data.endpoint, data.p256dh, data.auth, browser_of(request.headers.get("user-agent", "")))
    try:
        with ports.transactions.begin() as store:
            device = add_device(store, driver_id, subscription, ports.clock.now(), ports.ids)
    except Refused as error:
        return choices_page(request, {"device": error.full_message})
    # Signing out in this browser ends push messages here.
    mark = sealing.seal(ports.secret_key, "device", str(device.id))
    return redirect_to(request, HOME, "auto_kept", [cookie(request, DEVICE_COOKIE, mark, max_age=_YEAR_S)])


@post("/account/devices/{device_id:uuid}/remove", sync_to_thread=True, guards=[signed_in], status_code=303)
def remove(request: WebRequest, device_id: FromPath[UUID]) -> Redirect:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        remove_device(store, driver_id, device_id)
    return redirect_to(request, HOME, "auto_kept")


def browser_of(agent: str) -> str:
    """The usual name, such as "Firefox on Android": enough to tell one's own devices apart."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{browser} on {system}" if system else browser


routes = Router("/", route_handlers=[add, remove])
