"""What is due to partners, carried to them."""

from forecourt.jobs.partner_courier import PartnerCourier
from forecourt.jobs.ports import WorkerPorts
from forecourt.roaming import OcpiClient
from roaming_world import PARTNER

from .conftest import OUR_POST, Desk

LANE = f"roaming/{PARTNER}"
TAKEN = b'{"status_code": 1000, "timestamp": "2026-06-01T12:00:00Z"}'


def ports(desk: Desk) -> WorkerPorts:
    scene = desk.scene
    return WorkerPorts(scene.transactions, scene.clock, scene.ids, None, None, None)  # type: ignore[arg-type]


def line() -> OcpiClient:
    return OcpiClient(OUR_POST, lambda sealed: sealed[7:])


def courier(desk: Desk) -> PartnerCourier:
    return PartnerCourier(ports(desk), line())


def delivered(desk: Desk, by: PartnerCourier) -> int:
    """One round of what is due. How many there were."""
    with desk.scene.transactions.begin() as store:
        items = store.outbox.claim(LANE, desk.scene.clock.now(), 100, 60)
    for item in items:
        by.deliver(item)
    return len(items)
