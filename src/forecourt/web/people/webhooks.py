"""Webhooks in the console: the operator's systems that receive events, what each receives, a test, and what was sent."""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import Duty
from forecourt.flows import desk
from forecourt.flows.desk import Staff, WebhookDetails
from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, Conflict, Refused
from forecourt.notices import EVENTS, MAX_WEBHOOKS, Topic, Webhook, topic_of
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.field_errors import field_errors
from forecourt.web.frame.lists import pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.stale_forms import check_form_version, form_version
from forecourt.web.frame.visitor import ports_of, staff_member
from forecourt.web.queries.console_labels import NOTICE_LABELS
from forecourt.web.queries.webhooks import deliveries_page

_HOME, _ROWS = "/console/messages/hooks", 20
_GROUPS = (
    ("Bookings", Topic.BOOKINGS),
    ("The queue", Topic.QUEUE),
    ("Charging", Topic.CHARGING),
    ("Money, as sent to drivers", Topic.MONEY),
    ("Money that moved", None),
)
_STATE_CHANGES = {"pause": desk.pause_webhook, "resume": desk.resume_webhook}


class AddressForm(Struct):
    url: str = ""
    name: str = ""


class WebhookForm(AddressForm):
    """A form with one box ticked sends one value, not a list."""

    all_events: str = ""
    events: list[str] | str | None = None
    all_sites: str = ""
    sites: list[str] | str | None = None
    seen: str = ""

    @property
    def details(self) -> WebhookDetails:
        events = None if self.all_events == "1" else _ticked(self.events)
        return WebhookDetails(self.url, self.name, events, None if self.all_sites == "1" else _ticked(self.sites))


class StateForm(Struct):
    do: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a refused form, or a new secret, adds to the page."""

    secret: str = ""
    error: Refused | None = None
    form: WebhookForm | None = None


@get("/messages/hooks", sync_to_thread=True)
def webhooks(request: WebRequest) -> Response[str]:
    return _list(request)


@post("/messages/hooks", sync_to_thread=True, status_code=200)
def add(request: WebRequest, data: URLEncodedBody[AddressForm]) -> Response[str]:
    """It receives all events of all sites until they are chosen, and gets a secret that is shown only once."""
    secret = secrets.token_urlsafe(32)
    try:
        with ports_of(request).transactions.begin() as store:
            hook = desk.add_webhook(store, staff_member(request), WebhookDetails(data.url, data.name), secret)
    except (BadInput, Conflict) as error:
        return _list(request, error, data)
    return _page(request, hook.id, Shown(secret))


@get("/messages/hooks/{hook_id:uuid}", sync_to_thread=True)
def webhook(request: WebRequest, hook_id: FromPath[UUID]) -> Response[str]:
    return _page(request, hook_id, Shown())


@post("/messages/hooks/{hook_id:uuid}", sync_to_thread=True, status_code=200)
def save(request: WebRequest, hook_id: FromPath[UUID], data: URLEncodedBody[WebhookForm]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            by = staff_member(request)
            check_form_version(data.seen, _chosen(desk.own_webhook(store, by, hook_id)))
            desk.change_webhook(store, by, hook_id, data.details)
    except (BadInput, Conflict) as error:
        return _page(request, hook_id, Shown(error=error, form=data))
    return redirect_to(request, f"{_HOME}/{hook_id}", "kept")


@post("/messages/hooks/{hook_id:uuid}/secret", sync_to_thread=True, status_code=200)
def replace_secret(request: WebRequest, hook_id: FromPath[UUID]) -> Response[str]:
    secret = secrets.token_urlsafe(32)
    with ports_of(request).transactions.begin() as store:
        desk.replace_webhook_secret(store, staff_member(request), hook_id, secret)
    return _page(request, hook_id, Shown(secret))


@post("/messages/hooks/{hook_id:uuid}/state", sync_to_thread=True, status_code=303)
def set_state(request: WebRequest, hook_id: FromPath[UUID], data: URLEncodedBody[StateForm]) -> Redirect:
    """do: pause, resume, or remove."""
    with ports_of(request).transactions.begin() as store:
        by = staff_member(request)
        if data.do == "remove":
            desk.remove_webhook(store, by, hook_id)
        elif data.do in _STATE_CHANGES:
            _STATE_CHANGES[data.do](store, by, hook_id)
        else:
            raise BadInput("do", "Choose what to do.")
    return redirect_to(request, _HOME if data.do == "remove" else f"{_HOME}/{hook_id}", "kept")


@post("/messages/hooks/{hook_id:uuid}/test", sync_to_thread=True, status_code=303)
def try_out(request: WebRequest, hook_id: FromPath[UUID]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        desk.send_test_event(store, staff_member(request), hook_id)
    return redirect_to(request, f"{_HOME}/{hook_id}", "event_sent")


@post("/messages/hooks/sent/{notice_id:uuid}/again", sync_to_thread=True, status_code=303)
def redeliver(request: WebRequest, notice_id: FromPath[UUID]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        sent = desk.redeliver_event(store, staff_member(request), notice_id)
    return redirect_to(request, f"{_HOME}/{sent.webhook_id}", "event_sent")


def _list(request: WebRequest, error: Refused | None = None, form: AddressForm | None = None) -> Response[str]:
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        found = store.notices.hooks(by.operator_id)
        zone, names = store.stations.operator(by.operator_id).zone, _site_names(store, by)
    values: dict[str, Any] = {
        "hooks": [(one, _summary(one, names)) for one in found],
        "zone": zone,
        "form": form or AddressForm(),
        "error": error,
        "at": field_errors(error),
        "most": MAX_WEBHOOKS,
    }
    return page(request, "console/webhooks.html", status_of(error) if error else 200, **values, tab="messages")


def _page(request: WebRequest, hook_id: UUID, shown: Shown) -> Response[str]:
    by, error = staff_member(request), shown.error
    with ports_of(request).transactions.begin() as store:
        hook, zone = desk.own_webhook(store, by, hook_id), store.stations.operator(by.operator_id).zone
        sites = sorted(store.stations.sites(by.operator_id), key=lambda one: one.name)
        slugs = {one.id: one.slug for one in sites}
        found = deliveries_page(store, by.operator_id, hook.id, requested_page(request, limit=_ROWS))
    form = shown.form or WebhookForm(
        hook.url,
        hook.name,
        "1" if hook.events is None else "0",
        [*(hook.events or ())],
        "1" if hook.sites is None else "0",
        [slugs[one] for one in hook.sites or () if one in slugs],
    )
    values: dict[str, Any] = {
        "hook": hook,
        "form": form,
        "secret": shown.secret,
        "ticked": _ticked(form.events),
        "ticked_sites": _ticked(form.sites),
        "sites": [(one.slug, one.name) for one in sites],
        "groups": [(title, [kind for kind in EVENTS if topic_of(kind) is topic]) for title, topic in _GROUPS],
        "labels": NOTICE_LABELS,
        "rows": found.rows,
        "pages": pager(request, found, f"{_HOME}/{hook.id}"),
        "zone": zone,
        "seen": form_version(_chosen(hook)),
        "error": error,
        "at": field_errors(error),
    }
    return page(request, "console/webhook.html", status_of(error) if error else 200, **values, tab="messages")


def _ticked(boxes: list[str] | str | None) -> list[str]:
    return [boxes] if isinstance(boxes, str) else boxes or []


def _chosen(hook: Webhook) -> object:
    """What the form shows; what couriers note about the webhook meanwhile is no change of it."""
    return hook.url, hook.name, hook.events, hook.sites


def _site_names(store: Store, by: Staff) -> dict[UUID, str]:
    return {one.id: one.name for one in store.stations.sites(by.operator_id)}


def _summary(hook: Webhook, names: dict[UUID, str]) -> str:
    """What it receives, in a few words."""
    events = "All events" if hook.events is None else f"{len(hook.events)} event{'s' if len(hook.events) > 1 else ''}"
    if hook.sites is None:
        return f"{events} of all sites"
    return f"{events} of {', '.join(names[one] for one in hook.sites if one in names)}"


pages = Router(
    "/",
    route_handlers=[webhooks, add, webhook, save, replace_secret, set_state, try_out, redeliver],
    opt={"duty": Duty.TEAM},
)
