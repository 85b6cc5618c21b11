"""The operator's own system in the console: its address, which events it receives, a test, and what was sent to it."""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import Duty
from forecourt.flows.desk import choose_events, redeliver_event, send_test_event, set_webhook, webhook_of
from forecourt.kernel import BadInput, Conflict, Refused
from forecourt.notices import EVENTS, Topic, topic_of
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.field_errors import field_errors
from forecourt.web.frame.lists import pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.stale_forms import check_form_version, form_version
from forecourt.web.frame.visitor import ports_of, staff_member
from forecourt.web.queries.console_labels import NOTICE_LABELS

_HOME, _ROWS = "/console/messages/hook", 20
_GROUPS = (
    ("Bookings", Topic.BOOKINGS),
    ("The queue", Topic.QUEUE),
    ("Charging", Topic.CHARGING),
    ("Money, as drivers are told", Topic.MONEY),
    ("Money that moved", None),
)


class AddressForm(Struct):
    url: str = ""


class EventsForm(Struct):
    """A form with one box ticked sends one value, not a list."""

    all_events: str = ""
    events: list[str] | str | None = None
    seen: str = ""

    @property
    def names(self) -> list[str]:
        return [self.events] if isinstance(self.events, str) else self.events or []


@dataclass(frozen=True, slots=True)
class Shown:
    """What a refused form, or a new secret, adds to the page: the address or the events as entered."""

    secret: str = ""
    error: Refused | None = None
    url: str | None = None
    form: EventsForm | None = None


@get("/messages/hook", sync_to_thread=True)
def hook(request: WebRequest) -> Response[str]:
    return _page(request, Shown())


@post("/messages/hook", sync_to_thread=True, status_code=200)
def save_address(request: WebRequest, data: URLEncodedBody[AddressForm]) -> Response[str]:
    """A new address gets a new secret, shown only once."""
    secret = secrets.token_urlsafe(32) if data.url.strip() else ""
    try:
        with ports_of(request).transactions.begin() as store:
            set_webhook(store, staff_member(request), data.url, secret)
    except BadInput as error:
        return _page(request, Shown(error=error, url=data.url[:500]))
    return _page(request, Shown(secret))


@post("/messages/hook/events", sync_to_thread=True, status_code=200)
def save_events(request: WebRequest, data: URLEncodedBody[EventsForm]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            by = staff_member(request)
            check_form_version(data.seen, webhook_of(store, by).events)
            choose_events(store, by, None if data.all_events == "1" else data.names)
    except (BadInput, Conflict) as error:
        return _page(request, Shown(error=error, form=data))
    return redirect_to(request, _HOME, "kept")


@post("/messages/hook/test", sync_to_thread=True, status_code=303)
def try_out(request: WebRequest) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        send_test_event(store, staff_member(request))
    return redirect_to(request, _HOME, "event_sent")


@post("/messages/hook/{notice_id:uuid}/again", sync_to_thread=True, status_code=303)
def redeliver(request: WebRequest, notice_id: FromPath[UUID]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        redeliver_event(store, staff_member(request), notice_id)
    return redirect_to(request, _HOME, "event_sent")


def _page(request: WebRequest, shown: Shown) -> Response[str]:
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        hooked, zone = webhook_of(store, by), store.stations.operator(by.operator_id).zone
        found = store.notices.deliveries(by.operator_id, requested_page(request, limit=_ROWS))
    error, form = shown.error, shown.form or EventsForm("1" if hooked.events is None else "0", [*(hooked.events or ())])
    values: dict[str, Any] = {
        "url": hooked.url if shown.url is None else shown.url,
        "hooked": hooked,
        "secret": shown.secret,
        "every": form.all_events == "1",
        "ticked": form.names,
        "groups": [(title, [kind for kind in EVENTS if topic_of(kind) is topic]) for title, topic in _GROUPS],
        "labels": NOTICE_LABELS,
        "rows": found.rows,
        "pages": pager(request, found, _HOME),
        "zone": zone,
        "seen": form_version(hooked.events),
        "error": error,
        "at": field_errors(error),
    }
    return page(request, "console/webhook.html", status_of(error) if error else 200, **values, tab="messages")


pages = Router("/", route_handlers=[hook, save_address, save_events, try_out, redeliver], opt={"duty": Duty.TEAM})
