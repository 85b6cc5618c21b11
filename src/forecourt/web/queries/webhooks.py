"""Events sent to webhooks, each with the attempts to deliver it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from forecourt.flows.ports import ListPage, PageRequest, Store
from forecourt.kernel import OperatorId
from forecourt.notices import DeliveryAttempt, Notice


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """attempts: those stored, newest first."""

    notice: Notice
    attempts: Sequence[DeliveryAttempt]


def deliveries_page(store: Store, operator_id: OperatorId, hook_id: UUID | None, request: PageRequest) -> ListPage[DeliveryView]:
    """hook_id: the webhook's; None: of all. Newest first."""
    found = store.notices.deliveries(operator_id, hook_id, request)
    return found.of(delivery_views(store, found.rows))


def delivery_views(store: Store, notices: Sequence[Notice]) -> list[DeliveryView]:
    attempts = store.notices.attempts([one.id for one in notices])
    return [DeliveryView(one, [each for each in attempts if each.notice_id == one.id]) for one in notices]
