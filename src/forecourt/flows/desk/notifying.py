"""Notify drivers: one notice per channel, stored with the order to send it in the commit of the event.

A notice's id is derived from the event, so that repeating a step notifies once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from forecourt.drivers import Account
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.ports.outbox import OutboxItem, SendNotice
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DocumentId, DriverId, Ids, NotFound, OperatorId, SiteId
from forecourt.notices import (
    LANGUAGES,
    Channel,
    Notice,
    NoticeChoices,
    NoticeContent,
    NoticeKind,
    NoticeState,
    Topic,
    channels_for,
    receiving,
)

NOTICE_NAMESPACE = UUID("5a1e5f0e-7d0c-5c59-9d5e-6f2f3f0b7a11")
# The outbox lane of a webhook, without its id.
WEBHOOK_LANE_PREFIX = "webhook/"
# Sent later than this, a notice would only confuse.
STALE_AFTER = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class NoticeDraft:
    """key: identifies the event permanently; good_until and path as in a Notice. site_id: of the site it is about, if it is one."""

    key: str
    operator_id: OperatorId
    driver_id: DriverId
    kind: NoticeKind
    says: NoticeContent
    path: str = ""
    document_id: DocumentId | None = None
    good_until: datetime | None = None
    site_id: SiteId | None = None


def notify(store: Store, draft: NoticeDraft, at: datetime) -> None:
    """Once per channel and webhook; repeating it changes nothing."""
    driver = store.drivers.driver(draft.driver_id)
    if driver.guest:  # guests have no account pages; their own page's secret is inserted when the email is written
        draft = replace(draft, path=_guest_path(store, driver.id))
    choices, devices = store.notices.choices(draft.operator_id, draft.driver_id), not driver.guest and store.notices.devices_of(driver.id)
    head, tail = (draft.operator_id, draft.driver_id, draft.kind), (draft.path, draft.document_id, draft.good_until)
    for channel in channels_for(draft.kind, driver.email, choices, bool(devices)):
        notice_id = uuid5(NOTICE_NAMESPACE, f"{draft.operator_id}/{draft.key}/{channel}")
        if store.notices.notice(notice_id) is None:
            enqueue_notice(store, Notice(notice_id, *head, channel, at, draft.says, *tail), at, f"notice/{notice_id}", notice_id)
    notify_webhooks(store, Notice(NOTICE_NAMESPACE, *head, Channel.HOOK, at, draft.says, *tail, site_id=draft.site_id), draft.key, at)


def notify_webhooks(store: Store, event: Notice, key: str, at: datetime) -> None:
    """Send an event to each of the operator's webhooks that receives it, once for a key. Its id is not used."""
    for hook in receiving(store.notices.hooks(event.operator_id), event.kind, event.site_id):
        notice_id = uuid5(NOTICE_NAMESPACE, f"{event.operator_id}/{key}/{hook.notice_key}")
        if store.notices.notice(notice_id) is None:
            enqueue_notice(store, replace(event, id=notice_id, hook_id=hook.id), at, f"notice/{notice_id}", notice_id)


# Pages where staff do what they are reminded of.
_WORK = {
    NoticeKind.COMPLAINTS_WAIT: "/console/complaints",
    NoticeKind.COLLECTIONS_DUE: "/console/direct-debits",
    NoticeKind.PRICES_UNLAWFUL: "/console/quarantine",
    NoticeKind.WEBHOOK_DISABLED: "/console/messages/hooks",
}


def notify_account(store: Store, account: Account, kind: NoticeKind, content: NoticeContent, at: datetime, ids: Ids) -> None:
    """A message about the account itself, or its owner's work, sent only to its own address."""
    operator = store.stations.operator(account.operator_id)
    notice_id, path = ids.new(at), _WORK.get(kind, "/password")
    details = (account.operator_id, account.driver_id, kind, Channel.MAIL, at, replace(content, zone=operator.zone), path)
    enqueue_notice(store, Notice(notice_id, *details, account_id=account.id), at, f"notice/{notice_id}", notice_id)


def _guest_path(store: Store, driver_id: DriverId) -> str:
    """The link in an email about a guest's booking or charge, with its id in place of the secret, which is not stored."""
    booked, visit = store.guests.booking_of_driver(driver_id), store.guests.of_driver(driver_id)
    return f"/b/{booked.booking_id}" if booked else f"/c/{visit.id}" if visit and visit.email_seed else ""


def resend_notice(store: Store, by: Staff, notice_id: UUID) -> Notice:
    """Retry a failed notice from the beginning."""
    notice = store.notices.notice(notice_id)
    if notice is None or notice.operator_id != by.operator_id:
        raise NotFound("notice", "There is no such message.")
    if notice.state not in (NoticeState.FAILED, NoticeState.KEPT):
        raise Conflict("not_failed", "This message is being sent or has been sent.")
    note(store, by, "notice.again", notice_id, f"{notice.kind} to {notice.driver_id or notice.to}")
    return send_again(store, by, notice)


def send_again(store: Store, by: Staff, notice: Notice) -> Notice:
    """Send a notice that does not wait once more from the beginning, however late it is."""
    fresh = replace(notice, state=NoticeState.WAITING, done_at=None, tries=0, error="", good_until=None)
    item_id = by.ids.new(by.at)
    enqueue_notice(store, fresh, by.at, f"notice/{notice.id}/{item_id}", item_id)
    return fresh


def set_notice_preferences(
    store: Store, driver_id: DriverId, language: str, declined: Sequence[Topic], push_off: Sequence[Topic] | None = None
) -> None:
    """Set a driver's language and which topics to leave out of emails and push (None: unchanged). Emails about money cannot be turned
    off. Raises BadInput."""
    driver = store.drivers.driver(driver_id)
    if language not in LANGUAGES:
        raise BadInput("language", f"{language[:20]!r} is not a language we offer.", f"Choose one of {', '.join(LANGUAGES)}.")
    if Topic.MONEY in declined:
        raise BadInput("off", "Receipts and other money matters are always sent.")
    store.drivers.put_driver(replace(driver, language=language))
    before = store.notices.choices(driver.operator_id, driver_id).push_off
    pushed = before if push_off is None else tuple(sorted(set(push_off)))
    store.notices.put_choices(NoticeChoices(driver.operator_id, driver_id, tuple(sorted(set(declined))), pushed))


def enqueue_notice(store: Store, notice: Notice, at: datetime, key: str, item_id: UUID) -> None:
    """Store the order to send a notice. Keys differ, so that a delayed email holds up no other; each webhook has a lane of its own."""
    store.notices.put(notice)
    lane = f"{WEBHOOK_LANE_PREFIX}{notice.webhook_id}" if notice.channel is Channel.HOOK else "notice"
    store.outbox.put(OutboxItem(item_id, notice.operator_id, None, lane, key, SendNotice(notice.id), at, key))
