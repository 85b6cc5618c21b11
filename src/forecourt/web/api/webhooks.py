"""REST for webhooks: the operator's systems that receive events, which ones, a test, and what was sent."""

import secrets
from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.response import Response

from forecourt.drivers import Duty
from forecourt.flows import desk
from forecourt.flows.ports import Store
from forecourt.web.api.pagination import PAGINATED, PageQuery, page_response
from forecourt.web.api.shared import to_json
from forecourt.web.api.webhook_items import (
    AddWebhookRequest,
    DeliveryItem,
    NewSecretItem,
    NewWebhookItem,
    WebhookItem,
    WebhookRequest,
    delivery_item,
    new_webhook_item,
    webhook_item,
)
from forecourt.web.frame.conditional import check_precondition
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, staff_member, staff_only
from forecourt.web.queries.webhooks import deliveries_page, delivery_views


@get("/", sync_to_thread=True, summary="Your webhooks, oldest first")
def list_webhooks(request: WebRequest) -> list[WebhookItem]:
    with ports_of(request).transactions.begin() as store:
        return [webhook_item(store, one) for one in store.notices.hooks(staff_member(request).operator_id)]


@post("/", sync_to_thread=True, status_code=201, summary="Add a webhook")
def add_webhook(request: WebRequest, data: JSONBody[AddWebhookRequest]) -> NewWebhookItem:
    """At most ten. The answer has its secret, once."""
    with ports_of(request).transactions.begin() as store:
        return new_webhook_item(store, desk.add_webhook(store, staff_member(request), data.details, secrets.token_urlsafe(32)))


@get("/{webhook_id:uuid}", sync_to_thread=True, summary="One of your webhooks")
def get_webhook(request: WebRequest, webhook_id: FromPath[UUID]) -> WebhookItem:
    with ports_of(request).transactions.begin() as store:
        return _read(store, request, webhook_id)


@put("/{webhook_id:uuid}", sync_to_thread=True, summary="Change, pause or resume a webhook")
def update_webhook(request: WebRequest, webhook_id: FromPath[UUID], data: JSONBody[WebhookRequest]) -> WebhookItem:
    """What is on its way goes to the new address. Of what happens while it is paused or disabled, nothing is sent later. `If-Match` with
    the ETag of what you read refuses a change over somebody else's (412).
    """
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        check_precondition(request, store, by.operator_id, lambda: to_json(_read(store, request, webhook_id)))
        hook = desk.change_webhook(store, by, webhook_id, data.details)
        if data.paused is True:
            hook = desk.pause_webhook(store, by, webhook_id)
        elif data.paused is False:
            hook = desk.resume_webhook(store, by, webhook_id)
        return webhook_item(store, hook)


@delete("/{webhook_id:uuid}", sync_to_thread=True, status_code=204, summary="Remove a webhook")
def remove_webhook(request: WebRequest, webhook_id: FromPath[UUID]) -> None:
    """What is on its way is not sent any more; what was sent stays listed. `If-Match` as for a change."""
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        check_precondition(request, store, by.operator_id, lambda: to_json(_read(store, request, webhook_id)))
        desk.remove_webhook(store, by, webhook_id)


@post("/{webhook_id:uuid}/secret", sync_to_thread=True, status_code=200, summary="Renew a webhook's secret")
def renew_webhook_secret(request: WebRequest, webhook_id: FromPath[UUID]) -> NewSecretItem:
    """The answer has the new secret, once. For 24 hours each call is signed with both."""
    with ports_of(request).transactions.begin() as store:
        hook = desk.replace_webhook_secret(store, staff_member(request), webhook_id, secrets.token_urlsafe(32))
    return NewSecretItem(hook.id, hook.secret, hook.old_until)


@post("/{webhook_id:uuid}/test", sync_to_thread=True, status_code=202, summary="Send a test event")
def send_webhook_test(request: WebRequest, webhook_id: FromPath[UUID]) -> DeliveryItem:
    """It says that nothing has happened (`test`), and is sent whatever is chosen, also while the webhook is paused. Its outcome can be read
    as a delivery.
    """
    with ports_of(request).transactions.begin() as store:
        (view,) = delivery_views(store, [desk.send_test_event(store, staff_member(request), webhook_id)])
        return delivery_item(view)


@get("/deliveries", sync_to_thread=True, **PAGINATED, summary="Events sent, or to be sent, latest first")
def list_webhook_deliveries(
    request: WebRequest,
    part: PageQuery,
    webhook: Annotated[UUID | None, QueryParameter(description="Only those to this webhook, also one that was removed.")] = None,
) -> Response[list[DeliveryItem]]:
    with ports_of(request).transactions.begin() as store:
        found = deliveries_page(store, staff_member(request).operator_id, webhook, part.newest(50))
        return page_response(request, found, delivery_item)


@get("/deliveries/{delivery_id:uuid}", sync_to_thread=True, summary="One event, with each attempt and the answer to it")
def get_webhook_delivery(request: WebRequest, delivery_id: FromPath[UUID]) -> DeliveryItem:
    with ports_of(request).transactions.begin() as store:
        (view,) = delivery_views(store, [desk.delivery_of(store, staff_member(request), delivery_id)])
        return delivery_item(view)


@post("/deliveries/{delivery_id:uuid}/redeliver", sync_to_thread=True, status_code=202, summary="Send an event again")
def send_webhook_delivery(request: WebRequest, delivery_id: FromPath[UUID]) -> DeliveryItem:
    """With the same `id` and a new signature, to the webhook's present address, whether or not it arrived. Refused (409) while it is being
    sent, or if the webhook was removed, paused or disabled.
    """
    with ports_of(request).transactions.begin() as store:
        (view,) = delivery_views(store, [desk.redeliver_event(store, staff_member(request), delivery_id)])
        return delivery_item(view)


def _read(store: Store, request: WebRequest, webhook_id: UUID) -> WebhookItem:
    return webhook_item(store, desk.own_webhook(store, staff_member(request), webhook_id))


routes = Router(
    "/api/v1/webhooks",
    tags=["Back office"],
    guards=[staff_only],
    route_handlers=[
        list_webhooks,
        add_webhook,
        get_webhook,
        update_webhook,
        remove_webhook,
        renew_webhook_secret,
        send_webhook_test,
        list_webhook_deliveries,
        get_webhook_delivery,
        send_webhook_delivery,
    ],
    opt={"duty": Duty.TEAM},
)
