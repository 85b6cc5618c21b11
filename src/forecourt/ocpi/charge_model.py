"""The objects of OCPI 2.3.0 Sessions and CDRs that a CPO writes, field by field as in its tables. 2.2.1: see `charge_encoding`.

Optional fields are None or (), and are then not written. Numbers are exact, and written as JSON numbers.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

from msgspec import Struct

from forecourt.ocpi.model import Ci2, Ci3, Ci36, ConnectorFormat, Instant, Open, PowerType


class AuthMethod(StrEnum):
    AUTH_REQUEST = "AUTH_REQUEST"  # the partner was asked
    COMMAND = "COMMAND"  # the partner started it
    WHITELIST = "WHITELIST"  # by a token that had been pushed to us, without asking the partner


class SessionStatus(StrEnum):
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"
    INVALID = "INVALID"  # will not be billed
    PENDING = "PENDING"
    RESERVATION = "RESERVATION"


class CdrDimensionType(StrEnum):
    """The dimensions that we measure."""

    ENERGY = "ENERGY"
    TIME = "TIME"
    PARKING_TIME = "PARKING_TIME"
    RESERVATION_TIME = "RESERVATION_TIME"
    MIN_CURRENT = "MIN_CURRENT"
    MAX_CURRENT = "MAX_CURRENT"
    MIN_POWER = "MIN_POWER"
    MAX_POWER = "MAX_POWER"


class TaxAmount(Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    percentage: Decimal | None = None
    amount: Decimal


class Price(Struct, frozen=True, kw_only=True, omit_defaults=True):
    before_taxes: Decimal
    taxes: tuple[TaxAmount, ...] = ()


class CdrToken(Struct, frozen=True, kw_only=True):
    """The token used, with the partner's own identifiers."""

    country_code: Ci2
    party_id: Ci3
    uid: Ci36
    type: Open
    contract_id: Ci36


class CdrLocation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """country: ISO 3166-1 alpha-3. coordinates: latitude and longitude, as text."""

    id: Ci36
    name: str | None = None
    address: str
    city: str
    postal_code: str | None = None
    state: str | None = None
    country: str
    coordinates: Mapping[str, str]
    evse_uid: Ci36
    evse_id: str
    connector_id: Ci36
    connector_standard: Open
    connector_format: ConnectorFormat
    connector_power_type: PowerType


class CdrDimension(Struct, frozen=True, kw_only=True):
    """volume: kWh, hours, A or kW."""

    type: CdrDimensionType
    volume: Decimal


class ChargingPeriod(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Lasts until the next one starts, or the charge ends."""

    start_date_time: Instant
    dimensions: tuple[CdrDimension, ...]
    tariff_id: Ci36 | None = None


class SignedValue(Struct, frozen=True, kw_only=True):
    nature: str
    plain_data: str
    signed_data: str


class SignedData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    encoding_method: str
    public_key: str | None = None
    signed_values: tuple[SignedValue, ...]


class Session(Struct, frozen=True, kw_only=True, omit_defaults=True):
    country_code: Ci2
    party_id: Ci3
    id: Ci36
    start_date_time: Instant
    end_date_time: Instant | None = None
    kwh: Decimal
    cdr_token: CdrToken
    auth_method: AuthMethod
    authorization_reference: Ci36 | None = None
    location_id: Ci36
    evse_uid: Ci36
    connector_id: Ci36
    currency: str
    charging_periods: tuple[ChargingPeriod, ...] = ()
    total_cost: Price | None = None
    status: SessionStatus
    last_updated: Instant


class Cdr(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """id: of our document. tariffs: those that the periods refer to."""

    country_code: Ci2
    party_id: Ci3
    id: str
    start_date_time: Instant
    end_date_time: Instant
    session_id: Ci36
    cdr_token: CdrToken
    auth_method: AuthMethod
    authorization_reference: Ci36 | None = None
    cdr_location: CdrLocation
    currency: str
    tariffs: tuple[Mapping[str, Any], ...] = ()
    charging_periods: tuple[ChargingPeriod, ...]
    signed_data: SignedData | None = None
    total_cost: Price
    total_fixed_cost: Price | None = None
    total_energy: Decimal
    total_energy_cost: Price | None = None
    total_time: Decimal
    total_time_cost: Price | None = None
    total_parking_time: Decimal | None = None
    total_parking_cost: Price | None = None
    total_reservation_cost: Price | None = None
    remark: str | None = None
    invoice_reference_id: str
    credit: bool | None = None
    credit_reference_id: str | None = None
    last_updated: Instant
