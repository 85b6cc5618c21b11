"""Simulated chargers, cars and drivers over public protocols only, and the recorded days they replay."""

from forecourt.simulation.audit import PowerAudit
from forecourt.simulation.car import NO_TAPER
from forecourt.simulation.charger import FaultPlan
from forecourt.simulation.clock import Clock
from forecourt.simulation.demo import compressed, play_endlessly
from forecourt.simulation.drivers import DriverCredential, Inputs
from forecourt.simulation.fleet import FleetReport, FleetSettings, run_chargers
from forecourt.simulation.model import RecordedSession, Row, SiteSpec, StationSpec
from forecourt.simulation.provider import ProviderSettings, running_provider
from forecourt.simulation.recordings import load_recording, load_site, recorded_days, sessions_on
from forecourt.simulation.world import WorldError, WorldProgress, WorldResult, WorldSettings, play

__all__ = [
    "NO_TAPER",
    "Clock",
    "DriverCredential",
    "FaultPlan",
    "FleetReport",
    "FleetSettings",
    "Inputs",
    "PowerAudit",
    "ProviderSettings",
    "RecordedSession",
    "Row",
    "SiteSpec",
    "StationSpec",
    "WorldError",
    "WorldProgress",
    "WorldResult",
    "WorldSettings",
    "compressed",
    "load_recording",
    "load_site",
    "play",
    "play_endlessly",
    "recorded_days",
    "run_chargers",
    "running_provider",
    "sessions_on",
]
