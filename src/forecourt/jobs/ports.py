"""What assembly supplies to the workers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from forecourt.flows.ports import PartnerClient, Processor, Transactions
from forecourt.kernel import ChargerId, Clock, Ids
from forecourt.notices import Mailer, NoDelivery, Pusher, WebhookSender
from forecourt.stations import ChargerAuthority, Order, OrderResult


class SendOrder(Protocol):
    """Sends an order to the process that holds the charger's socket. order_id: the same each time it is sent; empty: it is sent once."""

    async def __call__(self, charger_id: ChargerId, order: Order, order_id: str = "") -> OrderResult: ...


class Hints(Protocol):
    """Signals between processes. A hint may be lost: it only shortens a wait. listen_named hears `<topic>.<name>`, and passes the name
    on. is_present: whether a process that is still running has registered the name; None: unknown."""

    async def publish(self, topic: str) -> None: ...
    async def listen(self, topic: str, callback: Callable[[], None]) -> None: ...
    async def listen_named(self, topic: str, on_name: Callable[[str], None]) -> None: ...
    async def register(self, name: str) -> None: ...
    async def withdraw(self, name: str) -> None: ...
    async def is_present(self, name: str) -> bool | None: ...


@dataclass(frozen=True, slots=True)
class WorkerPorts:
    """send_order: send an order to the process that holds the charger's socket. processor: charges cards (blocking calls).

    mailer, pusher, caller: deliver notices to drivers and to operators' systems (blocking calls). public_url: where drivers find pages.
    secret: the installation's own, from which the links of guests' bookings are derived; empty = emails have no such links.

    authority: signs chargers' own certificates; None = none.

    partner_line: to roaming partners' systems; None: this worker sends them nothing.

    lease_s: how long a courier keeps a piece of work to itself, in seconds of the clock; if it dies, the work is free again after that.
    """

    transactions: Transactions
    clock: Clock
    ids: Ids
    hints: Hints
    send_order: SendOrder
    processor: Processor
    lease_s: float = 90.0
    mailer: Mailer = field(default_factory=NoDelivery)
    caller: WebhookSender = field(default_factory=NoDelivery)
    public_url: str = ""
    secret: bytes = field(default=b"", repr=False)
    pusher: Pusher = field(default_factory=NoDelivery)
    partner_line: PartnerClient | None = None
    authority: Callable[[], ChargerAuthority | None] = lambda: None
