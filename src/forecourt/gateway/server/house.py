"""What the visits of one server have in common."""

import asyncio
from dataclasses import dataclass

from forecourt.gateway.server.attempts import FailureLimit
from forecourt.gateway.server.cards import Cards
from forecourt.gateway.server.metrics import Tally
from forecourt.gateway.server.ports import Admission, Inbox, OrderBus, Statuses
from forecourt.gateway.server.presence import Presence
from forecourt.gateway.server.settings import GatewaySettings
from forecourt.kernel import Clock


@dataclass(frozen=True, slots=True)
class House:
    """unowned: counts what is set aside of chargers that are not let in."""

    settings: GatewaySettings
    inbox: Inbox
    cards: Cards
    admission: Admission
    bus: OrderBus
    statuses: Statuses
    clock: Clock
    tally: Tally
    presence: Presence
    tasks: set["asyncio.Task[None]"]
    unowned: FailureLimit
