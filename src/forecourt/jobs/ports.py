"""What assembly supplies to the workers."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from forecourt.flows.ports import PartnerLine, Processor, Transactions
from forecourt.kernel import ChargerId, Clock, Ids
from forecourt.notices import Caller, Mailer, NoPost, Pusher
from forecourt.stations import ChargerAuthority, Order, OrderResult

AskCharger = Callable[[ChargerId, Order], Awaitable[OrderResult]]


class Hints(Protocol):
    """News between processes. A hint may be lost: it only shortens a wait. listen_of_one hears `<topic>.<name>`, and is told the name."""

    async def tell(self, topic: str) -> None: ...
    async def listen(self, topic: str, heard: Callable[[], None]) -> None: ...
    async def listen_of_one(self, topic: str, named: Callable[[str], None]) -> None: ...


@dataclass(frozen=True, slots=True)
class WorkerPorts:
    """ask_charger: hand an order to the process that holds the charger's socket. processor: takes money (blocking calls).

    mailer, pusher, caller: carry notices to drivers and to operators' systems (blocking calls). public_url: where drivers reach the pages.
    secret: the installation's own, from which the links of guests' bookings are worked out; empty = letters have no such links.

    authority: who signs chargers' own certificates; None: nobody.

    partner_line: to roaming partners' systems; None: this worker tells them nothing.

    lease_s: seconds of the clock for which a courier keeps a piece of work to itself; a courier that dies loses it then.
    """

    transactions: Transactions
    clock: Clock
    ids: Ids
    hints: Hints
    ask_charger: AskCharger
    processor: Processor
    lease_s: float = 90.0
    mailer: Mailer = field(default_factory=NoPost)
    caller: Caller = field(default_factory=NoPost)
    public_url: str = ""
    secret: bytes = field(default=b"", repr=False)
    pusher: Pusher = field(default_factory=NoPost)
    partner_line: PartnerLine | None = None
    authority: Callable[[], ChargerAuthority | None] = lambda: None
