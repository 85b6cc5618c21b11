"""Simulated chargers: OCPP 1.6J, 2.0.1 and 2.1 over real sockets, physics underneath, faults on request."""

from forecourt.simulation.charger.display import Display
from forecourt.simulation.charger.faults import NO_FAULTS, FaultPlan
from forecourt.simulation.charger.machine import SimulatedCharger
from forecourt.simulation.charger.settings import OCPP16, OCPP21, OCPP201, ChargerSpec, EvseSpec, Observer, TransactionTruth
from forecourt.simulation.charger.v16 import Charger16
from forecourt.simulation.charger.v201 import Charger201
from forecourt.simulation.clock import Clock

PROTOCOLS: dict[str, type[Charger16] | type[Charger201]] = {OCPP16: Charger16, OCPP201: Charger201, OCPP21: Charger201}


def build_charger(spec: ChargerSpec, clock: Clock, observer: Observer | None = None, faults: FaultPlan = NO_FAULTS) -> SimulatedCharger:
    """A charger of the protocol its spec names, powered off; `run` brings it to life. Raises KeyError for another protocol."""
    return PROTOCOLS[spec.protocol](spec, clock, observer, faults)


__all__ = [
    "NO_FAULTS",
    "OCPP16",
    "PROTOCOLS",
    "Charger201",
    "ChargerSpec",
    "Display",
    "EvseSpec",
    "FaultPlan",
    "SimulatedCharger",
    "TransactionTruth",
    "build_charger",
]
