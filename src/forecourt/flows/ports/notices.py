"""What flows need to tell people something: a repository within a Store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.paging import FIRST_PAGE, ListPage, PageRequest
from forecourt.kernel import DriverId, OperatorId
from forecourt.notices import Device, Notice, NoticeChoices, NoticeKind, Webhook


class NoticeRepository(Protocol):
    def notice(self, notice_id: UUID) -> Notice | None: ...
    def put(self, notice: Notice) -> None: ...
    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Notice]:
        """Those that failed or still wait first, then newest first."""
        ...

    def failed_count(self, operator_id: OperatorId) -> int: ...

    def over_before(
        self, operator_id: OperatorId, before: datetime, kinds: Sequence[NoticeKind], after: UUID | None, limit: int
    ) -> Sequence[UUID]:
        """Of notices of these kinds that were made before an instant and neither wait nor failed: the ids, in their order."""
        ...

    def forget(self, notice_id: UUID) -> None: ...
    def of_driver(self, driver_id: DriverId, request: PageRequest = FIRST_PAGE) -> ListPage[Notice]:
        """Mail to the driver."""
        ...

    def all_of(self, driver_id: DriverId) -> Sequence[Notice]:
        """All that was or is to be told to or of the driver, by whichever way, newest first."""
        ...

    def choices(self, operator_id: OperatorId, driver_id: DriverId) -> NoticeChoices:
        """The driver's own, else everything."""
        ...

    def put_choices(self, choices: NoticeChoices) -> None: ...
    def devices_of(self, driver_id: DriverId) -> Sequence[Device]:
        """Oldest first."""
        ...

    def put_device(self, device: Device) -> None:
        """In place of another one with its endpoint, whoever had that: a browser is one reader's."""
        ...

    def drop_device(self, device_id: UUID) -> None: ...
    def hook(self, operator_id: OperatorId) -> Webhook | None: ...
    def put_hook(self, hook: Webhook) -> None: ...
