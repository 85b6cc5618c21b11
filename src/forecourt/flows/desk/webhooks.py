"""Webhooks: an operator's own systems, which receive events by signed calls. Their addresses, what each receives, a test, and events sent
again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from forecourt.drivers import Duty
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.notifying import enqueue_notice, notify_account, send_again
from forecourt.flows.desk.operator_scope import operator_for_update, staff_with_duty
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, Ids, NotFound, SiteId
from forecourt.notices import (
    EVENTS,
    MAX_WEBHOOKS,
    SECRET_OVERLAP,
    Channel,
    Notice,
    NoticeContent,
    NoticeKind,
    NoticeState,
    Webhook,
    WebhookState,
    one_line,
)

_MAX_URL, _MAX_NAME = 500, 60
_PAGE = "/console/messages/hooks"


@dataclass(frozen=True, slots=True)
class WebhookDetails:
    """What staff enter. events: names; sites: short names; of both, None: all, including those that are added later."""

    url: str
    name: str = ""
    events: Sequence[str] | None = None
    sites: Sequence[str] | None = None


def own_webhook(store: Store, by: Staff, hook_id: UUID) -> Webhook:
    """Raises NotFound."""
    hook = store.notices.hook(hook_id)
    if hook is None or hook.operator_id != by.operator_id:
        raise NotFound("webhook", "There is no such webhook.")
    return hook


def add_webhook(store: Store, by: Staff, details: WebhookDetails, secret: str) -> Webhook:
    """Raises BadInput; Conflict if there are MAX_WEBHOOKS."""
    operator_for_update(store, by)
    if len(store.notices.hooks(by.operator_id)) >= MAX_WEBHOOKS:
        raise Conflict("many_webhooks", "There are {most} webhooks already.", "Remove one that is not used any more.", most=MAX_WEBHOOKS)
    hook = _with_details(store, Webhook(by.ids.new(by.at), by.operator_id, "", secret), details)
    store.notices.put_hook(hook)
    note(store, by, "webhook.add", hook.id, hook.url)
    return hook


def change_webhook(store: Store, by: Staff, hook_id: UUID, details: WebhookDetails) -> Webhook:
    """Set its address, name, events and sites; what is on its way goes to the new address. Raises NotFound, BadInput."""
    hook = _with_details(store, _for_update(store, by, hook_id), details)
    store.notices.put_hook(hook)
    events = "all events" if hook.events is None else ", ".join(hook.events)
    sites = "all sites" if details.sites is None else ", ".join(details.sites)
    note(store, by, "webhook.change", hook.id, f"{hook.url}; {events}; {sites}"[:1000])
    return hook


def replace_webhook_secret(store: Store, by: Staff, hook_id: UUID, secret: str) -> Webhook:
    """Sign with a new secret; for SECRET_OVERLAP calls are signed with the one before as well. Raises NotFound."""
    before = _for_update(store, by, hook_id)
    hook = replace(before, secret=secret, old_secret=before.secret, old_until=by.at + SECRET_OVERLAP)
    store.notices.put_hook(hook)
    note(store, by, "webhook.secret", hook.id, hook.url)
    return hook


def pause_webhook(store: Store, by: Staff, hook_id: UUID) -> Webhook:
    """Send nothing to it but tests, until it is resumed; what happens meanwhile is not sent later. Repeating it changes nothing."""
    hook = _for_update(store, by, hook_id)
    if hook.state is not WebhookState.ACTIVE:
        return hook
    paused = replace(hook, paused_at=by.at)
    store.notices.put_hook(paused)
    note(store, by, "webhook.pause", hook.id, hook.url)
    return paused


def resume_webhook(store: Store, by: Staff, hook_id: UUID) -> Webhook:
    """Send to it again, whether staff paused it or it was disabled. Repeating it changes nothing."""
    hook = _for_update(store, by, hook_id)
    if hook.state is WebhookState.ACTIVE:
        return hook
    resumed = replace(hook, paused_at=None, disabled_at=None, failing_since=None)
    store.notices.put_hook(resumed)
    note(store, by, "webhook.resume", hook.id, hook.url)
    return resumed


def remove_webhook(store: Store, by: Staff, hook_id: UUID) -> None:
    """What was sent to it stays listed. Raises NotFound."""
    hook = _for_update(store, by, hook_id)
    store.notices.drop_hook(hook.id)
    note(store, by, "webhook.remove", hook.id, hook.url)


def send_test_event(store: Store, by: Staff, hook_id: UUID) -> Notice:
    """Send it an event that says that nothing has happened, also if it is paused. Raises NotFound."""
    hook = own_webhook(store, by, hook_id)
    zone = store.stations.operator(by.operator_id).zone
    ids = (by.ids.new(by.at), by.operator_id, None, NoticeKind.TEST, Channel.HOOK, by.at)
    made = Notice(*ids, NoticeContent(zone=zone, words="test"), f"{_PAGE}/{hook.id}", account_id=UUID(by.actor), hook_id=hook.id)
    enqueue_notice(store, made, by.at, f"notice/{made.id}", made.id)
    return made


def delivery_of(store: Store, by: Staff, notice_id: UUID) -> Notice:
    """An event sent, or to be sent, to one of the operator's systems. Raises NotFound."""
    found = store.notices.notice(notice_id)
    if found is None or found.operator_id != by.operator_id or found.channel is not Channel.HOOK:
        raise NotFound("delivery", "There is no such event.")
    return found


def redeliver_event(store: Store, by: Staff, notice_id: UUID) -> Notice:
    """Send an event to its webhook again, with the same id, whether or not it arrived. Raises NotFound; Conflict if it is still being
    sent, or the webhook was removed or receives nothing."""
    found = delivery_of(store, by, notice_id)
    hook = store.notices.hook(found.webhook_id)
    if hook is None:
        raise Conflict("no_webhook", "The webhook that this event was sent to was removed.")
    if hook.state is not WebhookState.ACTIVE and found.kind is not NoticeKind.TEST:
        raise Conflict("webhook_paused", "This webhook receives nothing at present.", "Resume it first.")
    if found.state is NoticeState.WAITING:
        raise Conflict("being_sent", "This event is being sent.", "It is tried again automatically until it arrives.")
    note(store, by, "notice.again", notice_id, found.kind.value)
    return send_again(store, by, found)


def record_webhook_attempt(store: Store, hook_id: UUID, error: str, at: datetime, ids: Ids) -> None:
    """Note whether a call to a webhook arrived (error empty) or not. If nothing has for DISABLED_AFTER it is disabled, once, and the
    staff who may resume it are notified."""
    seen = store.notices.hook(hook_id)
    if seen is None or seen.after_attempt(not error, at) == seen:
        return
    hook = store.notices.lock_hook(hook_id)
    if hook is None:
        return
    after = hook.after_attempt(not error, at)
    store.notices.put_hook(after)
    if after.disabled_at is None or after.disabled_at == hook.disabled_at:
        return
    by = Staff(hook.operator_id, "system", at, ids)
    note(store, by, "webhook.disable", hook.id, error[:300])
    content = NoticeContent(label=hook.name or urlsplit(hook.url).hostname or "", start=hook.failing_since, words=error[:200])
    for account_id in staff_with_duty(store, hook.operator_id, Duty.TEAM):
        account = store.drivers.account(account_id)
        if account is not None:
            notify_account(store, account, NoticeKind.WEBHOOK_DISABLED, content, at, ids)


def _for_update(store: Store, by: Staff, hook_id: UUID) -> Webhook:
    """Behind the lock of what staff configure, and that of the webhook itself, which couriers take."""
    operator_for_update(store, by)
    own_webhook(store, by, hook_id)
    hook = store.notices.lock_hook(hook_id)
    if hook is None:
        raise NotFound("webhook", "There is no such webhook.")
    return hook


def _with_details(store: Store, hook: Webhook, details: WebhookDetails) -> Webhook:
    url, name = details.url.strip(), one_line(details.name)
    if not (url.startswith("https://") and url.isascii() and url.isprintable() and " " not in url and len(url) <= _MAX_URL):
        raise BadInput("url", f"{one_line(url)[:60]!r} is not the address of a system.", "Enter it as https://example.org/path.")
    if len(name) > _MAX_NAME:
        raise BadInput("name", "A name can have at most {most} characters.", most=_MAX_NAME)
    return replace(hook, url=url, name=name, events=_events(details.events), sites=_sites(store, hook, details.sites))


def _events(names: Sequence[str] | None) -> tuple[NoticeKind, ...] | None:
    if names is None:
        return None
    if not names:
        raise BadInput("events", "No event is chosen.", "Choose at least one; to receive nothing, pause or remove the webhook.")
    known = {kind.value for kind in EVENTS}
    for name in names:
        if name not in known:
            raise BadInput("events", "{given!r} is not an event.", "GET /api/v1/openapi.json lists them.", given=one_line(name)[:60])
    return tuple(kind for kind in EVENTS if kind.value in names)


def _sites(store: Store, hook: Webhook, slugs: Sequence[str] | None) -> tuple[SiteId, ...] | None:
    if slugs is None:
        return None
    if not slugs:
        raise BadInput("sites", "No site is chosen.", "Choose at least one, or all.")
    known = {site.slug: site.id for site in store.stations.sites(hook.operator_id)}
    for slug in slugs:
        if slug not in known:
            raise BadInput("sites", "{given!r} is none of your sites.", "Enter its short name.", given=one_line(slug)[:60])
    return tuple(sorted({known[slug] for slug in slugs}))
