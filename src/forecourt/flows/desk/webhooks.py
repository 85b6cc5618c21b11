"""An operator's own system, which receives events by signed calls: its address, what it receives, a test, and events sent again."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.notifying import enqueue_notice, send_again
from forecourt.flows.desk.operator_scope import operator_for_update
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, NotFound
from forecourt.notices import EVENTS, Channel, Notice, NoticeContent, NoticeKind, NoticeState, Webhook, one_line

_MAX_CHARS = 500


def webhook_of(store: Store, by: Staff) -> Webhook:
    """The operator's; with an empty address if it has none."""
    return store.notices.hook(by.operator_id) or Webhook(by.operator_id, "", "")


def set_webhook(store: Store, by: Staff, url: str, secret: str) -> Webhook:
    """Set where the operator's own system receives notices; an empty address: nowhere. What it receives stays. Raises BadInput."""
    url = url.strip()
    if url and not (url.startswith("https://") and url.isascii() and url.isprintable() and " " not in url and len(url) <= _MAX_CHARS):
        raise BadInput("url", f"{one_line(url)[:60]!r} is not the address of a system.", "Enter it as https://example.org/path.")
    operator_for_update(store, by)
    hook = replace(webhook_of(store, by), url=url, secret=secret)
    store.notices.put_hook(hook)
    note(store, by, "notice.hook", by.operator_id, url or "none")
    return hook


def choose_events(store: Store, by: Staff, names: Sequence[str] | None) -> Webhook:
    """Choose which events it receives from now on; None: all, including those that are added later. Raises BadInput."""
    operator_for_update(store, by)
    if names is not None and not names:
        raise BadInput("events", "No event is chosen.", "Choose at least one; to receive nothing, remove the address.")
    known = {kind.value: kind for kind in EVENTS}
    for name in names or ():
        if name not in known:
            raise BadInput("events", "{given!r} is not an event.", "GET /api/v1/openapi.json lists them.", given=one_line(name)[:60])
    chosen = None if names is None else tuple(kind for kind in EVENTS if kind.value in names)
    hook = replace(webhook_of(store, by), events=chosen)
    store.notices.put_hook(hook)
    note(store, by, "notice.events", by.operator_id, "all" if chosen is None else ", ".join(chosen)[:1000])
    return hook


def send_test_event(store: Store, by: Staff) -> Notice:
    """Send it an event that says that nothing has happened. Raises Conflict if there is no address."""
    if not webhook_of(store, by).url:
        raise Conflict("no_webhook", "There is no address to send an event to.", "Enter the address of your system first.")
    zone = store.stations.operator(by.operator_id).zone
    ids = (by.ids.new(by.at), by.operator_id, None, NoticeKind.TEST, Channel.HOOK, by.at)
    made = Notice(*ids, NoticeContent(zone=zone, words="test"), "/console/messages/hook", account_id=UUID(by.actor))
    enqueue_notice(store, made, by.at, f"notice/{made.id}", made.id)
    return made


def delivery_of(store: Store, by: Staff, notice_id: UUID) -> Notice:
    """An event sent, or to be sent, to the operator's system. Raises NotFound."""
    found = store.notices.notice(notice_id)
    if found is None or found.operator_id != by.operator_id or found.channel is not Channel.HOOK:
        raise NotFound("delivery", "There is no such event.")
    return found


def redeliver_event(store: Store, by: Staff, notice_id: UUID) -> Notice:
    """Send an event again, with the same id, to the present address, whether or not it arrived. Raises NotFound; Conflict if it is
    still being sent, or there is no address."""
    found = delivery_of(store, by, notice_id)
    if not webhook_of(store, by).url:
        raise Conflict("no_webhook", "There is no address to send an event to.", "Enter the address of your system first.")
    if found.state is NoticeState.WAITING:
        raise Conflict("being_sent", "This event is being sent.", "It is tried again automatically until it arrives.")
    note(store, by, "notice.again", notice_id, found.kind.value)
    return send_again(store, by, found)
