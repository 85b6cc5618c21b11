"""Notices to drivers, their choices and their devices, in memory."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import DriverId, OperatorId
from forecourt.notices import MAX_ATTEMPTS, Channel, DeliveryAttempt, Device, Notice, NoticeChoices, NoticeKind, NoticeState, Webhook
from forecourt.store.memory.database import MemoryDatabase


class Notices:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def notice(self, notice_id: UUID) -> Notice | None:
        return self._db.notices.get(notice_id)

    def put(self, notice: Notice) -> None:
        self._db.notices.put(notice.id, notice)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Notice]:
        return page_of(self._db.notices.where(lambda one: one.operator_id == operator_id), ListOrders.NOTICES, request)

    def failed_count(self, operator_id: OperatorId) -> int:
        return len(self._db.notices.where(lambda one: one.operator_id == operator_id and one.state is NoticeState.FAILED))

    def of_driver(self, driver_id: DriverId, request: PageRequest = FIRST_PAGE) -> ListPage[Notice]:
        mail = self._db.notices.where(lambda one: one.driver_id == driver_id and one.channel is Channel.MAIL)
        return page_of(mail, ListOrders.TOLD, request)

    def deliveries(self, operator_id: OperatorId, hook_id: UUID | None = None, request: PageRequest = FIRST_PAGE) -> ListPage[Notice]:
        calls = self._db.notices.where(lambda one: one.operator_id == operator_id and one.channel is Channel.HOOK)
        return page_of([one for one in calls if hook_id in (None, one.webhook_id)], ListOrders.TOLD, request)

    def put_attempt(self, attempt: DeliveryAttempt) -> None:
        self._db.attempts.put(attempt.id, attempt)
        for old in self.attempts([attempt.notice_id])[MAX_ATTEMPTS:]:
            self._db.attempts.drop(old.id)

    def attempts(self, notice_ids: Collection[UUID]) -> Sequence[DeliveryAttempt]:
        found = self._db.attempts.where(lambda one: one.notice_id in notice_ids)
        return sorted(found, key=lambda one: (one.at, one.id), reverse=True)

    def all_of(self, driver_id: DriverId) -> Sequence[Notice]:
        return _newest(self._db.notices.where(lambda one: one.driver_id == driver_id))

    def finished_before(
        self, operator_id: OperatorId, before: datetime, kinds: Sequence[NoticeKind], after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        over = (NoticeState.SENT, NoticeState.KEPT, NoticeState.LATE)
        old = self._db.notices.where(lambda one: one.operator_id == operator_id and one.made_at < before and one.state in over)
        return sorted(one.id for one in old if one.kind in kinds and (after is None or one.id > after))[:limit]

    def forget(self, notice_id: UUID) -> None:
        self._db.notices.drop(notice_id)
        for one in self.attempts([notice_id]):
            self._db.attempts.drop(one.id)

    def choices(self, operator_id: OperatorId, driver_id: DriverId) -> NoticeChoices:
        return self._db.notice_choices.get(driver_id) or NoticeChoices(operator_id, driver_id)

    def put_choices(self, choices: NoticeChoices) -> None:
        self._db.notice_choices.put(choices.driver_id, choices)

    def devices_of(self, driver_id: DriverId) -> Sequence[Device]:
        ours = self._db.devices.where(lambda one: one.driver_id == driver_id)
        return sorted(ours, key=lambda one: (one.made_at, one.id))

    def put_device(self, device: Device) -> None:
        for other in self._db.devices.where(lambda one: one.endpoint == device.endpoint and one.id != device.id):
            self._db.devices.drop(other.id)
        self._db.devices.put(device.id, device)

    def drop_device(self, device_id: UUID) -> None:
        if device_id in self._db.devices:
            self._db.devices.drop(device_id)

    def hooks(self, operator_id: OperatorId) -> Sequence[Webhook]:
        return sorted(self._db.hooks.where(lambda one: one.operator_id == operator_id), key=lambda one: one.id)

    def hook(self, hook_id: UUID) -> Webhook | None:
        return self._db.hooks.get(hook_id)

    def lock_hook(self, hook_id: UUID) -> Webhook | None:
        return self._db.hooks.get(hook_id)

    def put_hook(self, hook: Webhook) -> None:
        self._db.hooks.put(hook.id, hook)

    def drop_hook(self, hook_id: UUID) -> None:
        if hook_id in self._db.hooks:
            self._db.hooks.drop(hook_id)


def _newest(notices: Iterable[Notice]) -> list[Notice]:
    return sorted(sorted(notices, key=lambda one: one.id), key=lambda one: one.made_at, reverse=True)
