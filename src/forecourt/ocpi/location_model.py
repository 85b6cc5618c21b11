"""The objects of OCPI Locations that a CPO writes: the fields common to 2.2.1 and 2.3.0, as in their tables."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from forecourt.ocpi.handshake import BusinessDetails
from forecourt.ocpi.model import Ci2, Ci3, Ci36, ConnectorFormat, Instant, Open, PowerType


class EvseStatus(StrEnum):
    """BLOCKED: a car is parked there without charging. INOPERATIVE: temporarily not for use, but not broken."""

    AVAILABLE = "AVAILABLE"
    BLOCKED = "BLOCKED"
    CHARGING = "CHARGING"
    INOPERATIVE = "INOPERATIVE"
    OUTOFORDER = "OUTOFORDER"
    PLANNED = "PLANNED"
    REMOVED = "REMOVED"
    RESERVED = "RESERVED"
    UNKNOWN = "UNKNOWN"


class Connector(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """max_voltage: between line and neutral for three phases."""

    id: Ci36
    standard: Open
    format: ConnectorFormat
    power_type: PowerType
    max_voltage: int
    max_amperage: int
    max_electric_power: int
    tariff_ids: tuple[Ci36, ...] = ()
    last_updated: Instant


class LocationEvse(Struct, frozen=True, kw_only=True, omit_defaults=True):
    uid: Ci36
    evse_id: str | None = None
    status: EvseStatus
    capabilities: tuple[str, ...] = ()
    connectors: Annotated[tuple[Connector, ...], Meta(min_length=1)]
    physical_reference: Annotated[str, Meta(max_length=16)] | None = None
    last_updated: Instant


class RegularHours(Struct, frozen=True, kw_only=True):
    """weekday: 1 is Monday. Times are local to the place."""

    weekday: int
    period_begin: str
    period_end: str


class ExceptionalPeriod(Struct, frozen=True, kw_only=True):
    period_begin: Instant
    period_end: Instant


class Hours(Struct, frozen=True, kw_only=True, omit_defaults=True):
    twentyfourseven: bool
    regular_hours: tuple[RegularHours, ...] = ()
    exceptional_openings: tuple[ExceptionalPeriod, ...] = ()
    exceptional_closings: tuple[ExceptionalPeriod, ...] = ()


class EnergyMix(Struct, frozen=True, kw_only=True):
    """is_green_energy: all of the energy is from renewable sources."""

    is_green_energy: bool


class Location(Struct, frozen=True, kw_only=True, omit_defaults=True):
    country_code: Ci2
    party_id: Ci3
    id: Ci36
    publish: bool
    name: Annotated[str, Meta(max_length=255)]
    address: Annotated[str, Meta(max_length=255)]
    city: Annotated[str, Meta(max_length=45)]
    postal_code: Annotated[str, Meta(max_length=10)] | None = None
    state: Annotated[str, Meta(max_length=20)] | None = None
    country: Annotated[str, Meta(min_length=3, max_length=3)]
    coordinates: Mapping[str, str]
    evses: tuple[LocationEvse, ...] = ()
    operator: BusinessDetails
    time_zone: str
    opening_times: Hours
    energy_mix: EnergyMix | None = None
    last_updated: Instant
