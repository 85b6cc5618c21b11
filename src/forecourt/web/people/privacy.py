"""A driver's data: export as a file, and closing the account for good."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import msgspec
from litestar import Router, get, post
from litestar.params import URLEncodedBody
from litestar.response import Response

from forecourt.billing import Complaint
from forecourt.drivers import ChargingNeed
from forecourt.flows.privacy import driver_data, erase_driver, erasure_obstacles
from forecourt.kernel import Conflict, Money
from forecourt.notices import Notice
from forecourt.payments import AtPayer, Capturing, Charging, DunningCase, HoldAsked, Refunding, Releasing, Withdrawing
from forecourt.reservations import Booking, Deposit, Ticket, WaitlistEntry
from forecourt.web.frame.responses import WebRequest, cookie, page, redirect_to
from forecourt.web.frame.visitor import SESSION_COOKIE, ports_of, signed_in, visitor_of
from forecourt.web.people.reauthentication import ProofForm, reauthenticate

_PENDING = (AtPayer, Capturing, Charging, HoldAsked, Refunding, Releasing, Withdrawing)
# The file's names are a contract: these fields had other names in the program when the first such file was written.
_NAMES_IN_FILE: Mapping[type, Mapping[str, str]] = {
    Booking: {"notified": "told"},
    ChargingNeed: {"stated_at": "said_at"},
    Complaint: {"raised_at": "said_at", "text": "words"},
    Deposit: {"notified": "told"},
    DunningCase: {"reclaimed": "asked_back"},
    Notice: {"content": "says"},
    Ticket: {"notified": "told"},
    WaitlistEntry: {"requested_at": "asked_at"},
    **{state: {"requested_at": "asked_at"} for state in _PENDING},
}


@get("/account/data", sync_to_thread=True, guards=[signed_in])
def data_page(request: WebRequest) -> Response[str]:
    return _page(request)


@get("/account/data.json", sync_to_thread=True, guards=[signed_in])
def data_file(request: WebRequest) -> Response[bytes]:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        found = json_values(driver_data(store, driver_id))
    body = msgspec.json.format(msgspec.json.encode(found), indent=2)
    return Response(body, media_type="application/json", headers={"content-disposition": 'attachment; filename="my-data.json"'})


@post("/account/close", sync_to_thread=True, guards=[signed_in], status_code=200)
def close(request: WebRequest, data: URLEncodedBody[ProofForm]) -> Response[Any]:
    driver_id, ports = visitor_of(request).require_driver(), ports_of(request)
    try:
        failure = reauthenticate(request, data, lambda store, _: erase_driver(store, driver_id, ports.clock.now(), ports.ids))
    except Conflict:  # the page says what is not over
        return _page(request, status=409)
    if failure:
        return failure.with_retry_after(_page(request, {failure.field: failure.text}, failure.status))
    return redirect_to(request, "/", "account_closed", [cookie(request, SESSION_COOKIE, "", max_age=0)])


def _page(request: WebRequest, errors: Mapping[str, str] | None = None, status: int = 200) -> Response[str]:
    ports, driver_id, account = ports_of(request), visitor_of(request).require_driver(), visitor_of(request).require_account()
    with ports.transactions.begin() as store:
        obstacles = erasure_obstacles(store, driver_id, ports.clock.now())
        factor = store.factors.factor(account.id) is not None
    return page(request, "driver/data.html", status, left=obstacles, factor=factor, errors=errors or {}, tab="account")


def json_values(value: Any) -> Any:
    """Frozen values as JSON: amounts with their currency, and each state by its name."""
    if isinstance(value, Money):
        return {"amount": str(value.amount), "currency": value.currency}
    if is_dataclass(value):
        names = _NAMES_IN_FILE.get(type(value), {})
        content = {names.get(one.name, one.name): json_values(getattr(value, one.name)) for one in fields(value)}
        return {"kind": type(value).__name__} | content
    if isinstance(value, dict):
        return {str(key): json_values(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [json_values(one) for one in value]
    return value


routes = Router("/", route_handlers=[data_page, data_file, close])
