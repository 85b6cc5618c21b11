"""REST for the operator's own system: its address, which events it receives, a test, and what was sent to it."""

import secrets
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get, post, put
from litestar.params import FromPath, JSONBody
from litestar.response import Response
from msgspec import Meta, Struct

from forecourt.drivers import Duty
from forecourt.flows.desk import choose_events, delivery_of, redeliver_event, send_test_event, set_webhook, webhook_of
from forecourt.notices import Notice, Webhook
from forecourt.web.api.pagination import PAGINATED, PageQuery, page_response
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, staff_member, staff_only


class WebhookItem(Struct):
    """url: empty if there is none. events: those that are sent; null = all, including those that are added later."""

    url: str
    events: list[str] | None


class NewWebhookItem(Struct):
    """secret: signs each call from now on, and is not shown again; empty without an address."""

    url: str
    events: list[str] | None
    secret: str


class WebhookRequest(Struct, forbid_unknown_fields=True):
    """url: https://…, of a public address; empty = none."""

    url: Annotated[str, Meta(max_length=500)]


class EventsRequest(Struct, forbid_unknown_fields=True):
    """events: as `webhooks` in this document lists them; null = all, including those that are added later."""

    events: Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(max_length=200)] | None


class DeliveryItem(Struct):
    """id: of the event, in its body and in the header Forecourt-Event. state: "waiting" (for its next attempt), "sent", "failed" (no more
    attempts), or "kept" and "late" (not sent). tries, tried_at: attempts so far, and the last one. response_code: the HTTP status of its
    answer; null = none came. response_ms: how long that took. error: why it did not arrive. url, body: as last sent."""

    id: UUID
    event: str
    made_at: datetime
    state: str
    tries: int
    tried_at: datetime | None
    response_code: int | None
    response_ms: int
    error: str
    url: str
    body: str


@get("/", sync_to_thread=True, summary="Where events are sent, and which")
def get_webhook(request: WebRequest) -> WebhookItem:
    with ports_of(request).transactions.begin() as store:
        return _item(webhook_of(store, staff_member(request)))


@put("/", sync_to_thread=True, summary="Set where events are sent")
def set_webhook_address(request: WebRequest, data: JSONBody[WebhookRequest]) -> NewWebhookItem:
    """Each call makes a new secret, also with the same address. Which events are sent stays."""
    secret = secrets.token_urlsafe(32) if data.url.strip() else ""
    with ports_of(request).transactions.begin() as store:
        saved = _item(set_webhook(store, staff_member(request), data.url, secret))
    return NewWebhookItem(saved.url, saved.events, secret)


@put("/events", sync_to_thread=True, summary="Choose which events are sent")
def set_webhook_events(request: WebRequest, data: JSONBody[EventsRequest]) -> WebhookItem:
    with ports_of(request).transactions.begin() as store:
        return _item(choose_events(store, staff_member(request), data.events))


@post("/test", sync_to_thread=True, status_code=202, summary="Send a test event")
def send_webhook_test(request: WebRequest) -> DeliveryItem:
    """It says that nothing has happened (`test`), and is sent whichever events are chosen. Its outcome can be read as a delivery."""
    with ports_of(request).transactions.begin() as store:
        return _delivery(send_test_event(store, staff_member(request)))


@get("/deliveries", sync_to_thread=True, **PAGINATED, summary="Events sent, or to be sent, latest first")
def list_webhook_deliveries(request: WebRequest, part: PageQuery) -> Response[list[DeliveryItem]]:
    with ports_of(request).transactions.begin() as store:
        found = store.notices.deliveries(staff_member(request).operator_id, part.newest(50))
        return page_response(request, found, _delivery)


@get("/deliveries/{delivery_id:uuid}", sync_to_thread=True, summary="One event, with the last answer to it")
def get_webhook_delivery(request: WebRequest, delivery_id: FromPath[UUID]) -> DeliveryItem:
    with ports_of(request).transactions.begin() as store:
        return _delivery(delivery_of(store, staff_member(request), delivery_id))


@post("/deliveries/{delivery_id:uuid}/redeliver", sync_to_thread=True, status_code=202, summary="Send an event again")
def send_webhook_delivery(request: WebRequest, delivery_id: FromPath[UUID]) -> DeliveryItem:
    """With the same `id` and a new signature, to the present address, whether or not it arrived."""
    with ports_of(request).transactions.begin() as store:
        return _delivery(redeliver_event(store, staff_member(request), delivery_id))


def _item(hook: Webhook) -> WebhookItem:
    return WebhookItem(hook.url, None if hook.events is None else [one.value for one in hook.events])


def _delivery(one: Notice) -> DeliveryItem:
    return DeliveryItem(
        id=one.id,
        event=one.kind.value,
        made_at=one.made_at,
        state=one.state.value,
        tries=one.tries,
        tried_at=one.tried_at,
        response_code=one.response_code or None,
        response_ms=one.response_ms,
        error=one.error,
        url=one.to,
        body=one.text,
    )


_READS = [get_webhook, list_webhook_deliveries, get_webhook_delivery]
_WRITES = [set_webhook_address, set_webhook_events, send_webhook_test, send_webhook_delivery]
routes = Router("/api/v1/webhook", tags=["Back office"], guards=[staff_only], route_handlers=[*_READS, *_WRITES], opt={"duty": Duty.TEAM})
