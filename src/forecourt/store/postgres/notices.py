"""Notices to people, and their preferences."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest
from forecourt.kernel import DriverId, OperatorId
from forecourt.notices import MAX_ATTEMPTS, Channel, DeliveryAttempt, Device, Notice, NoticeChoices, NoticeKind, NoticeState, Webhook
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.identity_map import IdentityMap, MergingIdentityMap
from forecourt.store.postgres.paged_query import PagedQuery

_NOTICES = Table(
    "notices",
    (
        ("operator_id", "uuid"),
        ("notice_id", "uuid"),
        ("driver_id", "uuid"),
        ("channel", "text"),
        ("state", "text"),
        ("made_at", "timestamptz"),
        ("hook_id", "uuid"),
        ("data", "jsonb"),
    ),
    ("operator_id", "notice_id"),
)
_CHOICES = Table("notice_choices", (("operator_id", "uuid"), ("driver_id", "uuid"), ("data", "jsonb")), ("operator_id", "driver_id"))
_HOOKS = Table("webhooks", (("hook_id", "uuid"), ("operator_id", "uuid"), ("data", "jsonb")), ("hook_id",))
_ATTEMPTS = Table(
    "delivery_attempts",
    (("attempt_id", "uuid"), ("operator_id", "uuid"), ("notice_id", "uuid"), ("at", "timestamptz"), ("data", "jsonb")),
    ("attempt_id",),
)
_TOO_MANY = """DELETE FROM delivery_attempts WHERE attempt_id IN (SELECT attempt_id FROM delivery_attempts WHERE notice_id = %s
    ORDER BY at DESC, attempt_id DESC OFFSET %s)"""
_DEVICES = Table(
    "push_devices",
    (
        ("operator_id", "uuid"),
        ("device_id", "uuid"),
        ("driver_id", "uuid"),
        ("endpoint", "text"),
        ("made_at", "timestamptz"),
        ("data", "jsonb"),
    ),
    ("operator_id", "device_id"),
)
_OVER = """SELECT notice_id FROM notices
WHERE operator_id = %s AND made_at < %s AND state IN ('sent', 'kept', 'late') AND data->>'kind' = ANY(%s)
    AND (%s::uuid IS NULL OR notice_id > %s) ORDER BY notice_id LIMIT %s"""
_PAGED = PagedQuery(ListOrders.NOTICES, ("(state IN ('waiting', 'failed'))", "made_at", "notice_id"))
_TOLD = PagedQuery(ListOrders.TOLD, ("made_at", "notice_id"))
_NOTICE_CODEC = Codec[Notice](Notice)
_CHOICES_CODEC = Codec[NoticeChoices](NoticeChoices)
_HOOK_CODEC = Codec[Webhook](Webhook)


class Notices:
    def __init__(self, db: DbConnection) -> None:
        self._notices: IdentityMap[UUID, Notice] = IdentityMap(db, _NOTICES, _NOTICE_CODEC, lambda one: one.id, _record)
        self._choices: IdentityMap[DriverId, NoticeChoices] = IdentityMap(
            db, _CHOICES, _CHOICES_CODEC, lambda one: one.driver_id, _choices_record
        )
        self._hooks: MergingIdentityMap[UUID, Webhook] = MergingIdentityMap(
            db, _HOOKS, _HOOK_CODEC, lambda one: one.id, lambda one: {"hook_id": one.id, "operator_id": one.operator_id}
        )
        self._attempts: IdentityMap[UUID, DeliveryAttempt] = IdentityMap(
            db, _ATTEMPTS, Codec[DeliveryAttempt](DeliveryAttempt), lambda one: one.id, _attempt_record
        )
        self._devices: IdentityMap[UUID, Device] = IdentityMap(db, _DEVICES, Codec[Device](Device), lambda one: one.id, _device_record)
        self._db = db

    def notice(self, notice_id: UUID) -> Notice | None:
        return self._notices.get(notice_id, "notice_id = %s", notice_id)

    def put(self, notice: Notice) -> None:
        self._notices.put(notice)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Notice]:
        return _PAGED.page(self._notices.find, request, "operator_id = %s", operator_id)

    def failed_count(self, operator_id: OperatorId) -> int:
        self._notices.flush()
        found = self._db.one("SELECT count(*) FROM notices WHERE operator_id = %s AND state = %s", operator_id, NoticeState.FAILED.value)
        return int(found[0]) if found else 0

    def of_driver(self, driver_id: DriverId, request: PageRequest = FIRST_PAGE) -> ListPage[Notice]:
        return _TOLD.page(self._notices.find, request, "driver_id = %s AND channel = %s", driver_id, Channel.MAIL.value)

    def deliveries(self, operator_id: OperatorId, hook_id: UUID | None = None, request: PageRequest = FIRST_PAGE) -> ListPage[Notice]:
        if hook_id is None:
            return _TOLD.page(self._notices.find, request, "operator_id = %s AND channel = 'hook'", operator_id)
        where = "operator_id = %s AND channel = 'hook' AND coalesce(hook_id, operator_id) = %s"
        return _TOLD.page(self._notices.find, request, where, operator_id, hook_id)

    def put_attempt(self, attempt: DeliveryAttempt) -> None:
        self._attempts.put(attempt)
        self._attempts.flush()
        self._db.run(_TOO_MANY, attempt.notice_id, MAX_ATTEMPTS)

    def attempts(self, notice_ids: Collection[UUID]) -> Sequence[DeliveryAttempt]:
        return self._attempts.find("notice_id = ANY(%s) ORDER BY at DESC, attempt_id DESC", list(notice_ids))

    def all_of(self, driver_id: DriverId) -> Sequence[Notice]:
        return self._notices.find("driver_id = %s ORDER BY made_at DESC, notice_id", driver_id)

    def finished_before(
        self, operator_id: OperatorId, before: datetime, kinds: Sequence[NoticeKind], after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        self._notices.flush()
        parameters = (operator_id, before, [kind.value for kind in kinds], after, after, limit)
        return [notice_id for (notice_id,) in self._db.rows(_OVER, *parameters)]

    def forget(self, notice_id: UUID) -> None:
        self._notices.drop(notice_id, "notice_id = %s", notice_id)
        self._db.run("DELETE FROM delivery_attempts WHERE notice_id = %s", notice_id)
        self._attempts.forget()

    def choices(self, operator_id: OperatorId, driver_id: DriverId) -> NoticeChoices:
        stored = self._choices.get(driver_id, "operator_id = %s AND driver_id = %s", operator_id, driver_id)
        return stored or NoticeChoices(operator_id, driver_id)

    def put_choices(self, choices: NoticeChoices) -> None:
        self._choices.put(choices)

    def devices_of(self, driver_id: DriverId) -> Sequence[Device]:
        return self._devices.find("driver_id = %s ORDER BY made_at, device_id", driver_id)

    def put_device(self, device: Device) -> None:
        self._db.run("DELETE FROM push_devices WHERE endpoint = %s AND device_id <> %s", device.endpoint, device.id)
        self._devices.forget()
        self._devices.put(device)
        self._devices.flush()

    def drop_device(self, device_id: UUID) -> None:
        self._devices.drop(device_id, "device_id = %s", device_id)

    def hooks(self, operator_id: OperatorId) -> Sequence[Webhook]:
        return self._hooks.find("operator_id = %s ORDER BY hook_id", operator_id)

    def hook(self, hook_id: UUID) -> Webhook | None:
        return self._hooks.get(hook_id, "hook_id = %s", hook_id)

    def lock_hook(self, hook_id: UUID) -> Webhook | None:
        return next(iter(self._hooks.find_locked("hook_id = %s FOR NO KEY UPDATE", hook_id)), None)

    def put_hook(self, hook: Webhook) -> None:
        self._hooks.put(hook)

    def drop_hook(self, hook_id: UUID) -> None:
        self._hooks.drop(hook_id, "hook_id = %s", hook_id)

    def flush(self) -> None:
        self._notices.flush()
        self._choices.flush()
        self._hooks.flush()
        self._attempts.flush()
        self._devices.flush()


def _record(one: Notice) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "notice_id": one.id,
        "driver_id": one.driver_id,
        "channel": one.channel.value,
        "state": one.state.value,
        "made_at": one.made_at,
        "hook_id": one.hook_id,
    }


def _attempt_record(one: DeliveryAttempt) -> dict[str, object]:
    return {"attempt_id": one.id, "operator_id": one.operator_id, "notice_id": one.notice_id, "at": one.at}


def _choices_record(one: NoticeChoices) -> dict[str, object]:
    return {"operator_id": one.operator_id, "driver_id": one.driver_id}


def _device_record(one: Device) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "device_id": one.id,
        "driver_id": one.driver_id,
        "endpoint": one.endpoint,
        "made_at": one.made_at,
    }
