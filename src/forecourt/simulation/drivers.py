"""Simulated drivers: they plug in, state their needs, start by card or app, and leave when their schedule says so."""

import asyncio
import uuid
from dataclasses import dataclass
from enum import StrEnum

from forecourt.simulation.charger import SimulatedCharger
from forecourt.simulation.clock import Clock
from forecourt.simulation.driver_api import DriverApi, DriverRefused
from forecourt.simulation.model import RecordedSession

CARD_PAUSE_S = 60.0  # virtual: how long a refused driver waits before the next try
LOOK_PAUSE_S = 60.0  # virtual: how often an app checks whether the car charges
SHORTEST_LOOK_S = 0.2  # real
LOOKS = 20  # before the driver asks once more


class Inputs(StrEnum):
    """What drivers state as their need: the energy they will really take, or the recorded statement."""

    TRUE = "true"
    STATED = "stated"


@dataclass(frozen=True, slots=True)
class DriverCredential:
    """card: token of an RFID driver; api_token: bearer token for REST. A driver without a card starts by app."""

    card: str | None = None
    api_token: str | None = None


@dataclass(slots=True)
class Driver:
    """One driver's visit to one socket. refused: why the charge could not start; unsaid: why the stated needs were rejected."""

    session: RecordedSession
    credential: DriverCredential
    charger: SimulatedCharger
    evse: int
    clock: Clock
    api: DriverApi | None = None
    inputs: Inputs = Inputs.TRUE
    refused: str = ""
    unsaid: str = ""

    async def arrange(self) -> None:
        """Everything between plugging in and leaving: state the needs, and start by card or app. Cancelled on leaving."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._start())
            group.create_task(self._state_needs())

    async def _state_needs(self) -> None:
        if self.api is None:
            return
        session = self.session
        stated = self.inputs is Inputs.STATED
        energy_wh, departure = (session.requested_wh, session.stated_departure) if stated else (session.energy_wh, session.departure)
        if energy_wh is None and departure is None:
            return
        try:
            await self.api.state_needs(self._label, energy_wh, departure)
        except DriverRefused as refusal:
            self.unsaid = str(refusal)

    async def _start(self) -> None:
        try:
            if self.credential.card is not None:
                await self._start_by_card(self.credential.card)
            elif self.api is not None:
                await self._start_by_app(self.api)
        except DriverRefused as refusal:
            self.refused = str(refusal)

    async def _start_by_card(self, card: str) -> None:
        while not await self.charger.present_card(self.evse, card):
            self.refused = f"card {card} refused"
            await self.clock.sleep(CARD_PAUSE_S)
        self.refused = ""

    async def _start_by_app(self, api: DriverApi) -> None:
        """Request a start, check now and then, and request it again if nothing happens (a failed hold, an offline charger)."""
        while not self._charging:
            await api.start_charge(self._label, f"start-{uuid.uuid4()}")
            for _ in range(LOOKS):
                if self._charging:
                    return
                await asyncio.sleep(max(SHORTEST_LOOK_S, self.clock.real(LOOK_PAUSE_S)))
                await api.charges()

    @property
    def _charging(self) -> bool:
        """What the driver sees at the charger: charging is permitted, even if with 0 A for now."""
        tx = self.charger.bays[self.evse].tx
        return tx is not None and tx.token is not None

    @property
    def _label(self) -> str:
        return self.charger.bays[self.evse].evse.spec.label
