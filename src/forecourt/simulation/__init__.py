"""Simulated chargers, cars and drivers over public protocols only, and the recorded days they replay."""

from forecourt.simulation.audit import PowerAudit, Violation
from forecourt.simulation.car import NO_TAPER, TAPER, Car, Step
from forecourt.simulation.charger import (
    OCPP16,
    OCPP201,
    ChargerSpec,
    EvseSpec,
    FaultPlan,
    SimulatedCharger,
    TransactionTruth,
    build_charger,
)
from forecourt.simulation.clock import Clock
from forecourt.simulation.model import RecordedSession, Row, SiteSpec, StationSpec
from forecourt.simulation.recordings import Recording, load_recording, load_site, recorded_days, sessions_on

__all__ = [
    "NO_TAPER",
    "OCPP16",
    "OCPP201",
    "TAPER",
    "Car",
    "ChargerSpec",
    "Clock",
    "EvseSpec",
    "FaultPlan",
    "PowerAudit",
    "RecordedSession",
    "Recording",
    "Row",
    "SimulatedCharger",
    "SiteSpec",
    "StationSpec",
    "Step",
    "TransactionTruth",
    "Violation",
    "build_charger",
    "load_recording",
    "load_site",
    "recorded_days",
    "sessions_on",
]
