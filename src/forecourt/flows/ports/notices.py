"""Repository for notices to people, their preferences and devices, within a Store."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import DriverId, OperatorId
from forecourt.notices import DeliveryAttempt, Device, Notice, NoticeChoices, NoticeKind, Webhook


class NoticeRepository(Protocol):
    def notice(self, notice_id: UUID) -> Notice | None: ...
    def put(self, notice: Notice) -> None: ...
    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Notice]:
        """Failed and waiting notices first, then newest first."""
        ...

    def failed_count(self, operator_id: OperatorId) -> int: ...

    def finished_before(
        self, operator_id: OperatorId, before: datetime, kinds: Sequence[NoticeKind], after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        """Ids of notices of these kinds that were created before an instant and neither wait nor failed, in ascending order."""
        ...

    def forget(self, notice_id: UUID) -> None:
        """Delete a notice, with the attempts to deliver it."""
        ...

    def of_driver(self, driver_id: DriverId, request: PageRequest = FIRST_PAGE) -> ListPage[Notice]:
        """Emails to the driver, newest first."""
        ...

    def deliveries(self, operator_id: OperatorId, hook_id: UUID | None = None, request: PageRequest = FIRST_PAGE) -> ListPage[Notice]:
        """Events sent, or to be sent, to one of the operator's webhooks (None: to all), newest first."""
        ...

    def put_attempt(self, attempt: DeliveryAttempt) -> None:
        """Store one more attempt, and delete all but the newest MAX_ATTEMPTS of its delivery."""
        ...

    def attempts(self, notice_ids: Collection[UUID]) -> Sequence[DeliveryAttempt]:
        """The stored attempts of deliveries, newest first."""
        ...

    def all_of(self, driver_id: DriverId) -> Sequence[Notice]:
        """All notices to or about the driver, sent or not, by any channel, newest first."""
        ...

    def choices(self, operator_id: OperatorId, driver_id: DriverId) -> NoticeChoices:
        """The driver's choices; if none are stored, the defaults, with which everything is sent."""
        ...

    def put_choices(self, choices: NoticeChoices) -> None: ...
    def devices_of(self, driver_id: DriverId) -> Sequence[Device]:
        """The driver's devices, oldest first."""
        ...

    def put_device(self, device: Device) -> None:
        """Store a device. Deletes any other with the same endpoint, whoever's it is, since a browser belongs to one person."""
        ...

    def drop_device(self, device_id: UUID) -> None: ...
    def hooks(self, operator_id: OperatorId) -> Sequence[Webhook]:
        """The operator's webhooks, oldest first."""
        ...

    def hook(self, hook_id: UUID) -> Webhook | None: ...
    def lock_hook(self, hook_id: UUID) -> Webhook | None:
        """The webhook as it is now; no other unit of work changes or deletes it until this one ends."""
        ...

    def put_hook(self, hook: Webhook) -> None:
        """Store a webhook. Of one that exists, only what this unit of work changed is written."""
        ...

    def drop_hook(self, hook_id: UUID) -> None: ...
