"""The configuration of a simulated charger, and the observer of its actions."""

from dataclasses import dataclass
from typing import Protocol

OCPP16 = "ocpp1.6"
OCPP201 = "ocpp2.0.1"
OCPP21 = "ocpp2.1"


@dataclass(frozen=True, slots=True)
class EvseSpec:
    """One socket. phases: 1 also for line to line. allowed_a: pilots it can signal, empty = any. register_wh: its meter at power-up."""

    number: int
    label: str
    voltage_v: int = 230
    phases: int = 1
    max_a: int = 32
    min_a: int = 6
    allowed_a: tuple[int, ...] = ()
    register_wh: int = 0

    @property
    def power_per_amp_w(self) -> float:
        return float(self.voltage_v * self.phases)


@dataclass(frozen=True, slots=True)
class ChargerSpec:
    """One box. url: without the identity. cable_first (2.0.1): the transaction starts with the cable, else with the card."""

    url: str
    identity: str
    evses: tuple[EvseSpec, ...]
    protocol: str = OCPP16
    password: str | None = None
    cable_first: bool = True
    meter_interval_s: int = 60
    vendor: str = "Forecourt"
    model: str = "Simulated"
    firmware: str = "1.0"
    zone: str = "UTC"  # its clock's zone, IANA
    answer_timeout_s: float = 10.0  # real seconds: the network's, not the story's
    backoff_s: tuple[float, float] = (0.1, 5.0)  # real seconds between two tries to connect: first, longest
    seed: int = 0


@dataclass(frozen=True, slots=True)
class TransactionTruth:
    """What a transaction really was, by the charger's own register. transaction: the protocol's id."""

    label: str
    transaction: str
    token: str | None
    started_at: float
    ended_at: float
    meter_start_wh: int
    meter_stop_wh: int
    reason: str

    @property
    def energy_wh(self) -> int:
        return self.meter_stop_wh - self.meter_start_wh


class Observer(Protocol):
    """Watches the physical world. Called at once, in the order things happen."""

    def current_changed(self, label: str, current_a: float, at: float) -> None: ...

    def transaction_ended(self, truth: TransactionTruth) -> None: ...


class NullObserver:
    """The observer of a charger on its own."""

    def current_changed(self, label: str, current_a: float, at: float) -> None: ...

    def transaction_ended(self, truth: TransactionTruth) -> None: ...
