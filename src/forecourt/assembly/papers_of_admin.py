"""The files `forecourt admin … add` reads; unknown fields are refused."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from forecourt.drivers import Duty
from forecourt.tariffs import Channel


class OperatorPaper(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: str
    legal_name: str
    country: str
    vat_number: str = ""
    vat_exemption: str = ""
    address: str = ""
    currency: str
    party_id: str = ""


class StaffPaper(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of an operator's people. duties: what may be changed; all of them where nothing is said, [] = looks only."""

    operator: str
    email: str
    password: Annotated[str, msgspec.Meta(min_length=12, max_length=200)]
    duties: tuple[Duty, ...] = tuple(Duty)


class LimitPaper(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A limit in amps on the phasor sum of EVSE currents; weights by EVSE label."""

    name: str
    limit_a: float
    weights: dict[str, float]


class SitePaper(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """limit_kw: what all its sockets together may draw; limits: what each line carries."""

    operator: str
    slug: str
    name: str
    address: str = ""
    country: str
    zone: str
    currency: str
    latitude: str = "0"
    longitude: str = "0"
    limit_kw: Annotated[float, msgspec.Meta(gt=0, le=100_000)] | None = None
    limits: tuple[LimitPaper, ...] = ()


class SocketPaper(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    standard: str = "IEC_62196_T2"
    kind: str
    phases: tuple[str, ...] = ("L1", "L2", "L3")
    voltage_v: int = 230
    max_a: int = 32
    meter_key: str = ""


class ChargerPaper(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    site: str
    password: str = ""
    ocpp: str = "1.6"
    sockets: list[SocketPaper]


class DriverPaper(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """pay_by: CARD, WALLET or ACCOUNT; not said: by the card that is given, else by a monthly account, since the operator trusts whom it
    enrols."""

    operator: str
    name: str
    email: str
    password: str = ""
    pay_by: str = ""
    payment_method: str = ""


class TokenPaper(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    driver: str
    uid: str
    label: str = ""


class TariffPaper(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A version of a tariff of a site, or (operator instead) of all its sites. enter: where nobody pays by it yet, everybody does."""

    site: str = ""
    operator: str = ""
    valid_from: datetime
    valid_to: datetime | None = None
    enter: bool = True
    tariff: dict[str, Any]


class PricePaper(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
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


class MemberPaper(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A driver belongs to a group from an instant on; since null: from now."""

    driver: str
    group: str
    since: datetime | None = None
