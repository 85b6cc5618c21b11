"""Orders to chargers and tasks for workers: outbox items in the commit of the step that needs them."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.flows.ports.outbox import ChargerOrder, OutboxItem, PartnerTask, Task
from forecourt.flows.ports.store import Store
from forecourt.kernel import ChargerId, Ids, NotFound, OperatorId, SiteId
from forecourt.stations import Order

PARTNER_LANE_PREFIX = "roaming/"


def is_connected(store: Store, charger_id: ChargerId) -> bool:
    """Whether an order would reach it now."""
    charger = store.stations.charger(charger_id)
    return charger is not None and charger.connected


def enqueue_order(store: Store, charger_id: ChargerId, wanted: Order, at: datetime, ids: Ids, idempotency_key: str) -> None:
    """Store an order for a charger. A charger's orders are delivered one after another, oldest first."""
    charger = store.stations.charger(charger_id)
    if charger is None or charger.operator_id is None:
        raise NotFound("charger", f"{charger_id} is not a charger of this network.")
    store.outbox.put(
        OutboxItem(
            id=ids.new(at),
            operator_id=charger.operator_id,
            site_id=charger.site_id,
            lane="charger",
            key=charger_id,
            work=ChargerOrder(charger_id, wanted),
            due_at=at,
            idempotency_key=idempotency_key,
        )
    )


class OfOperator(Protocol):
    @property
    def operator_id(self) -> OperatorId: ...


class OfSite(OfOperator, Protocol):
    """Something that belongs to a site: a record, a booking, a draft (for a membership, to none)."""

    @property
    def site_id(self) -> SiteId | None: ...


def enqueue_task(store: Store, owner: OfSite, work: Task, at: datetime, ids: Ids, key: str) -> None:
    """Store a task for the workers. key is its idempotency key too: a step requested twice is done once."""
    store.outbox.put(OutboxItem(ids.new(at), owner.operator_id, owner.site_id, "task", key, work, at, key))


class OfPartner(OfOperator, Protocol):
    """Something about a roaming partner's customers, or about what the partner is told."""

    @property
    def partner_id(self) -> UUID: ...


def enqueue_partner_message(store: Store, owner: OfPartner, work: PartnerTask, at: datetime, ids: Ids, version: object) -> None:
    """Store a message to a roaming partner. Messages about one thing are sent in order, one for each of its states; version: the state."""
    lane = partner_lane(owner.partner_id)
    store.outbox.put(OutboxItem(ids.new(at), owner.operator_id, None, lane, work.about, work, at, f"{work.about}/{version}"))


def enqueue_partner_message_once(store: Store, owner: OfPartner, work: PartnerTask, due_at: datetime, ids: Ids) -> int:
    """The same, unless a message about it is already under way. Returns how many were stored."""
    last = next(iter(store.outbox.history(work.about, 1)), None)
    if last is not None and last.done_at is None:
        return 0
    enqueue_partner_message(store, owner, work, due_at, ids, ids.new(due_at))
    return 1


def partner_lane(partner_id: UUID) -> str:
    """The partner's own outbox lane, so that partners do not wait for one another."""
    return f"{PARTNER_LANE_PREFIX}{partner_id}"
