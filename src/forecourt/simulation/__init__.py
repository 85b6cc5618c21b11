"""Simulated chargers, cars and drivers over public protocols only, and the recorded days they replay."""

from forecourt.simulation.audit import PowerAudit, Violation
from forecourt.simulation.car import NO_TAPER, Car, Step
from forecourt.simulation.charger import (
    OCPP16,
    OCPP21,
    OCPP201,
    ChargerSpec,
    EvseSpec,
    FaultPlan,
    SimulatedCharger,
    TransactionTruth,
)
from forecourt.simulation.clock import Clock
from forecourt.simulation.demo import play_endlessly, squeezed
from forecourt.simulation.driver_api import DriverApi, DriverRefused, Service
from forecourt.simulation.drivers import Driver, DriverCredential, Inputs
from forecourt.simulation.fleet import FleetReport, FleetSettings, run_chargers
from forecourt.simulation.model import RecordedSession, Row, SiteSpec, StationSpec
from forecourt.simulation.provider import Provider, ProviderSettings, running_provider
from forecourt.simulation.recordings import Recording, load_recording, load_site, recorded_days, sessions_on
from forecourt.simulation.world import SessionTruth, World, WorldError, WorldProgress, WorldResult, WorldSettings, play

__all__ = [
    "NO_TAPER",
    "OCPP16",
    "OCPP21",
    "OCPP201",
    "Car",
    "ChargerSpec",
    "Clock",
    "Driver",
    "DriverApi",
    "DriverCredential",
    "DriverRefused",
    "EvseSpec",
    "FaultPlan",
    "FleetReport",
    "FleetSettings",
    "Inputs",
    "PowerAudit",
    "Provider",
    "ProviderSettings",
    "RecordedSession",
    "Recording",
    "Row",
    "Service",
    "SessionTruth",
    "SimulatedCharger",
    "SiteSpec",
    "StationSpec",
    "Step",
    "TransactionTruth",
    "Violation",
    "World",
    "WorldError",
    "WorldProgress",
    "WorldResult",
    "WorldSettings",
    "load_recording",
    "load_site",
    "play",
    "play_endlessly",
    "recorded_days",
    "run_chargers",
    "running_provider",
    "sessions_on",
    "squeezed",
]
