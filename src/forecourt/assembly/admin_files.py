"""The files that `forecourt admin … add` reads; unknown fields are refused. The flows that add sites and chargers check their values."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from forecourt.drivers import Duty, PayBy
from forecourt.stations import PHASES
from forecourt.tariffs import Channel, parse_zone

Name = Annotated[str, Meta(min_length=1, max_length=100)]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class OperatorFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """zone: the time zone in which months begin and end, for memberships, statements and the years of document numbers."""

    name: Name
    legal_name: Name
    country: Country
    vat_number: str = ""
    vat_exemption: str = ""
    address: str = ""
    currency: Currency
    party_id: str = ""
    zone: str = "UTC"

    def __post_init__(self) -> None:
        parse_zone(self.zone)


class StaffFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A member of an operator's staff. duties: what may be changed; all if omitted, [] = view only."""

    operator: str
    email: str
    password: Annotated[str, Meta(min_length=12, max_length=200)]
    duties: tuple[Duty, ...] = tuple(Duty)


class LimitEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A limit in amps on the phasor sum of EVSE currents; weights by EVSE label."""

    name: Name
    limit_a: Annotated[float, Meta(gt=0)]
    weights: dict[str, float]


class MaintenanceEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """sockets: labels; empty = the whole site."""

    start: datetime
    end: datetime
    sockets: tuple[str, ...] = ()
    reason: str = ""


class SiteFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """limit_kw: what all sockets together may draw; limits: what each line carries. openings: by day, "06:00-22:00, ..."; empty =
    day and night. region: ISO 3166-2, such as US-CA. host_shares: percent of each document's net, by the name of the earner."""

    operator: str
    slug: str
    name: str
    address: str = ""
    country: str
    zone: str
    currency: str
    latitude: str = "0"
    longitude: str = "0"
    region: str = ""
    limit_kw: Decimal | None = None
    limits: tuple[LimitEntry, ...] = ()
    openings: dict[str, str] = {}
    maintenance: tuple[MaintenanceEntry, ...] = ()
    host_shares: dict[str, Decimal] = {}


class SocketEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    standard: str = "IEC_62196_T2"
    kind: str = ""
    phases: tuple[str, ...] = PHASES
    voltage_v: int = 230
    max_a: int = 32
    meter_key: str = ""


class ChargerFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    site: str
    password: str = ""
    ocpp: Literal["1.6", "2.0.1", "2.1"] = "1.6"
    sockets: list[SocketEntry]


class DriverFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """pay_by: CARD, WALLET or ACCOUNT; if omitted: by card if one is given, else by a monthly account, since the operator trusts those
    it enrols."""

    operator: str
    name: str
    email: str
    password: str = ""
    pay_by: PayBy | None = None
    payment_method: str = ""


class TokenFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    driver: str
    uid: str
    label: str = ""


class TariffFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A version of a tariff of a site, or (with operator instead) of all its sites. enter: if no price entry exists yet, it applies to
    everyone."""

    site: str = ""
    operator: str = ""
    valid_from: datetime
    valid_to: datetime | None = None
    enter: bool = True
    tariff: dict[str, Any]


class PriceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An entry of the price book: at a site, or (operator instead) at all its sites."""

    site: str = ""
    operator: str = ""
    name: str
    tariff_id: str
    tariff_of_all_sites: bool = False
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    evse_group: str = ""
    power_class: str = ""
    plan: str = ""
    offer: str = ""
    channel: Channel | None = None
    priority: int = 0


class RoamingFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An invitation for a roaming partner."""

    operator: str
    name: str
    country: str
    party_id: str


class MemberFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A driver's membership of a group from an instant; since null: from now."""

    driver: str
    group: str
    since: datetime | None = None
