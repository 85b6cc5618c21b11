"""Webhooks, the events sent to them and each attempt, as the REST interface takes and shows them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from forecourt.flows.desk import WebhookDetails
from forecourt.flows.ports import Store
from forecourt.notices import DeliveryAttempt, Webhook
from forecourt.web.api.periods import slugs_by_site
from forecourt.web.queries.webhooks import DeliveryView

_Url = Annotated[str, Meta(max_length=500)]
_Name = Annotated[str, Meta(max_length=60)]
_Events = Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(max_length=200)] | None
_Sites = Annotated[list[Annotated[str, Meta(max_length=100)]], Meta(max_length=1000)] | None


class AddWebhookRequest(Struct, forbid_unknown_fields=True):
    """url: https://…, of a public address. name: for people. events: as `webhooks` in this document lists them; null = all, including those
    that are added later. sites: short names; null = all sites, and what concerns no single site."""

    url: _Url
    name: _Name = ""
    events: _Events = None
    sites: _Sites = None

    @property
    def details(self) -> WebhookDetails:
        return WebhookDetails(self.url, self.name, self.events, self.sites)


class WebhookRequest(Struct, forbid_unknown_fields=True):
    """As it should be from now on. paused: true = send nothing; false = send, also if it was disabled; omitted = unchanged."""

    url: _Url
    name: _Name
    events: _Events
    sites: _Sites
    paused: bool | UnsetType = UNSET

    @property
    def details(self) -> WebhookDetails:
        return WebhookDetails(self.url, self.name, self.events, self.sites)


class WebhookItem(Struct):
    """events: those that are sent; null = all. sites: null = all sites, and what concerns no single site. state: "active", "paused" (by
    staff) or "disabled" (automatically: nothing had arrived for three days). failing_since: the first attempt that failed after the
    last one that arrived; null = that one arrived. old_secret_until: calls are signed with the previous secret, too, until then."""

    id: UUID
    url: str
    name: str
    events: list[str] | None
    sites: list[str] | None
    state: str
    failing_since: datetime | None
    old_secret_until: datetime | None


class NewSecretItem(Struct):
    """secret: signs each call from now on, and is not shown again. old_secret_until: until then calls are signed with the previous one,
    too; null = there was none."""

    id: UUID
    secret: str
    old_secret_until: datetime | None


class NewWebhookItem(WebhookItem):
    """secret: signs each call, and is not shown again."""

    secret: str


class DeliveryAttemptItem(Struct):
    """response_code: the HTTP status of the answer; null = none came. response_ms: how long that took. answer: the beginning of its text.
    error: why it did not arrive; empty = it did."""

    at: datetime
    url: str
    response_code: int | None
    response_ms: int
    answer: str
    error: str


class DeliveryItem(Struct):
    """id: of the event at this webhook, in its body and in the header Forecourt-Event. state: "waiting" (for its next attempt), "sent",
    "failed" (no more attempts), or "kept" and "late" (not sent). tries, tried_at: attempts since it was last sent by a person, or at all,
    and the latest one. response_code: the HTTP status of its answer; null = none came. response_ms: how long that took. error: why it did
    not arrive. url, body: as last sent. attempts: all of the last 90 days, at most 50, latest first."""

    id: UUID
    webhook: UUID
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
    attempts: list[DeliveryAttemptItem]


def webhook_item(store: Store, hook: Webhook) -> WebhookItem:
    return WebhookItem(*_parts(store, hook))


def new_webhook_item(store: Store, hook: Webhook) -> NewWebhookItem:
    return NewWebhookItem(*_parts(store, hook), hook.secret)


def delivery_item(view: DeliveryView) -> DeliveryItem:
    one = view.notice
    return DeliveryItem(
        id=one.id,
        webhook=one.webhook_id,
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
        attempts=[_attempt(each) for each in view.attempts],
    )


def _attempt(one: DeliveryAttempt) -> DeliveryAttemptItem:
    return DeliveryAttemptItem(one.at, one.url, one.response_code or None, one.response_ms, one.answer, one.error)


def _parts(store: Store, hook: Webhook) -> tuple[UUID, str, str, list[str] | None, list[str] | None, str, datetime | None, datetime | None]:
    slugs = slugs_by_site(store, hook.operator_id)
    events = None if hook.events is None else [one.value for one in hook.events]
    sites = None if hook.sites is None else sorted(slug for one in hook.sites if (slug := slugs.get(one)))
    return hook.id, hook.url, hook.name, events, sites, hook.state.value, hook.failing_since, hook.old_until
