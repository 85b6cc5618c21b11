"""Sites with their charging points as an EnergyInfrastructureTable: the data that stays the same as cars come and go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from uuid import uuid5
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from forecourt.datex.facts import attendance, disabled_spaces, helpdesk, named, renewable, vehicles
from forecourt.datex.hours import operating_hours
from forecourt.datex.xml_elements import element, multilingual_element, text_element
from forecourt.kernel import ChargerId, EvseId, SiteId, instant_text, round_half_up
from forecourt.ocpi import NOT_AVAILABLE, Party, evse_id_of, postal_address
from forecourt.stations import DIRECT, Evse, Feature, Operator, Site
from forecourt.tariffs import PriceLimit, Tariff

_PRICE_LIMIT = 999_999
# Plugs that DATEX II has a value for; others are given by their OCPI name.
_PLUGS = {
    "CHADEMO": "chademo",
    "IEC_62196_T1": "iec62196T1",
    "IEC_62196_T1_COMBO": "iec62196T1COMBO",
    "IEC_62196_T2": "iec62196T2",
    "IEC_62196_T2_COMBO": "iec62196T2COMBO",
    "IEC_62196_T3A": "iec62196T3A",
    "IEC_62196_T3C": "iec62196T3C",
    "IEC_60309_2_SINGLE_16": "iec60309x2single16",
    "IEC_60309_2_THREE_16": "iec60309x2three16",
    "IEC_60309_2_THREE_32": "iec60309x2three32",
    "IEC_60309_2_THREE_64": "iec60309x2three64",
    "MCS": "mcs",
    "PANTOGRAPH_BOTTOM_UP": "pantographBottomUp",
    "PANTOGRAPH_TOP_DOWN": "pantographTopDown",
    "TESLA_R": "teslaR",
    "TESLA_S": "teslaS",
    **{f"DOMESTIC_{one}": f"domestic{one}Type" for one in "ABCDEFGHIJKLMNO"},
}


@dataclass(frozen=True, slots=True)
class PublicPoint:
    """A socket at which anybody may charge without a contract. tariff: the one that applies. terminal: its charger has a card terminal that
    starts charges."""

    evse: Evse
    tariff: Tariff
    terminal: bool = False


@dataclass(frozen=True, slots=True)
class PublicSite:
    """points: those published, by charger. page: about the site; pays_there: the page also takes payment without a contract."""

    operator: Operator
    party: Party
    site: Site
    points: tuple[PublicPoint, ...]
    page: str = ""
    pays_there: bool = False


def infrastructure_table(operator: Operator, sites: Sequence[tuple[PublicSite, datetime]], at: datetime) -> Element:
    """sites: each with the instant of its last change."""
    elements = [site_element(site, since, at) for site, since in sites]
    newest = max(since for _, since in sites)
    name = text_element("aegi:tableName", operator.name)
    return element("aegi:energyInfrastructureTable", name, elements, id=str(operator.id), version=instant_text(newest))


def site_element(public: PublicSite, since: datetime, at: datetime) -> Element:
    site, version = public.site, instant_text(since)
    by_charger = groupby(public.points, key=lambda one: one.evse.charger_id)
    return element(
        "aegi:energyInfrastructureSite",
        multilingual_element("afac:name", site.name),
        element("afac:lastUpdated", version),
        element("afac:informationWebsite", element("com:urlLinkAddress", public.page)) if public.page else None,
        operating_hours(site, since, at),
        _location(site, at),
        _operator(public),
        helpdesk(public.operator, site),
        vehicles(site),
        disabled_spaces(site, version),
        attendance(site),
        [_station(public, charger, tuple(points), version, at) for charger, points in by_charger],
        id=str(site.id),
        version=version,
    )


def station_id(site_id: SiteId, charger_id: ChargerId) -> str:
    """Not the identity with which the charger connects: that is internal."""
    return str(uuid5(site_id, f"station/{charger_id}"))


def rate_id(evse_id: EvseId) -> str:
    return str(uuid5(evse_id, "ad hoc"))


def _station(public: PublicSite, charger: ChargerId, points: tuple[PublicPoint, ...], version: str, at: datetime) -> Element:
    """The power of a station with several points is left out: how they share it is not known."""
    power = element("aegi:totalMaximumPower", str(points[0].evse.max_power_w)) if len(points) == 1 else None
    return element(
        "aegi:energyInfrastructureStation",
        element("afac:lastUpdated", version),
        _location(public.site, at),
        power,
        element("aegi:authenticationAndIdentificationMethods", "website"),
        element("aegi:numberOfRefillPoints", str(len(points))),
        renewable("aegi:renewableSources", public.site),
        [_point(public, one, version) for one in points],
        id=station_id(public.site.id, charger),
        version=version,
    )


def _point(public: PublicSite, point: PublicPoint, version: str) -> Element:
    evse = point.evse
    direct = evse.standard in DIRECT
    known = public.party.id != NOT_AVAILABLE
    return element(
        "aegi:refillPoint",
        multilingual_element("afac:name", evse.label),
        element("afac:lastUpdated", version),
        element("afac:accessibility", "wheelChairAccessible") if Feature.ACCESSIBLE in evse.offers.features else None,
        _identifier(evse_id_of(evse, public.party), "evseId") if known else None,
        _height(evse.offers.max_height_cm),
        _amenities(evse),
        element("aegi:deliveryUnit", "kWh"),
        element("aegi:reservation", "optional"),
        element("aegi:energyProduct", renewable("aegi:isGreenEnergy", public.site), _rate(public, point, version)),
        element("aegi:currentType", "dc" if direct else "ac"),
        element("aegi:numberOfConnectors", "1"),
        None if direct else element("aegi:availableVoltage", str(evse.voltage_v)),
        element("aegi:availableChargingPower", str(evse.max_power_w)),
        _connector(evse, direct),
        kind="aegi:ElectricChargingPoint",
        id=str(evse.id),
        version=version,
    )


def _connector(evse: Evse, direct: bool) -> Element:
    """Voltage and current are known for the supply, which says nothing about direct current."""
    plug = _PLUGS.get(evse.standard.upper(), "other")
    cable = "otherCable" if direct else "cableMode3"
    return element(
        "aegi:connector",
        element("aegi:connectorType", plug),
        text_element("aegi:otherConnector", evse.standard) if plug == "other" else None,
        element("aegi:connectorFormat", cable if Feature.CABLE in evse.offers.features else "socket"),
        element("aegi:maxPowerAtSocket", str(evse.max_power_w)),
        None if direct else element("aegi:voltage", str(evse.voltage_v)),
        None if direct else element("aegi:maximumCurrent", str(evse.max_a)),
    )


def _rate(public: PublicSite, point: PublicPoint, version: str) -> Element:
    """Prices change, so they are published with the status of the point."""
    tariff = point.tariff
    means = [*(["emv"] if point.terminal else []), *(["qrCode", "website"] if public.pays_there else [])]
    return element(
        "aegi:energyRate",
        element("aegi:ratePolicy", "adHoc"),
        element("aegi:lastUpdated", version),
        element("aegi:applicableCurrency", tariff.currency),
        _limit("aegi:maximumDeliveryFee", tariff.max_price),
        _limit("aegi:minimumDeliveryFee", tariff.min_price),
        element("aegi:payment", [element("afac:paymentMeans", one) for one in means]) if means else None,
        id=rate_id(point.evse.id),
    )


def _limit(tag: str, limit: PriceLimit | None) -> Element | None:
    """As a consumer pays it: a limit that is only given before tax cannot be published, nor one without an end in sight."""
    limit_amount = limit.after_taxes if limit else None
    return element(tag, f"{round_half_up(limit_amount, 2):f}") if limit_amount is not None and limit_amount < _PRICE_LIMIT else None


def _location(site: Site, at: datetime) -> Element:
    """What is known: position, address, or both. DATEX II gives the time zone as an offset from UTC."""
    street, postal_code, city = postal_address(site.address)
    address = element(
        "afac:address",
        text_element("locx:postcode", postal_code),
        multilingual_element("locx:city", city),
        element("locx:countryCode", site.country),
        _lines(("street", street), ("districtTerritory", site.region)),
    )
    placed = site.position is not None
    ahead = at.astimezone(ZoneInfo(site.zone)).isoformat(timespec="minutes")[-6:]
    return element(
        "afac:locationReference",
        element("loc:coordinatesForDisplay", _coordinates(site)) if placed else None,
        element("loc:_locationExtension", element("loc:afirFacilityLocation", element("afac:timeZone", ahead), address)),
        element("loc:pointByCoordinates", element("loc:pointCoordinates", _coordinates(site))) if placed else None,
        kind="loc:PointLocation",
    )


def _coordinates(site: Site) -> list[Element]:
    return [element("loc:latitude", f"{site.latitude:.6f}"), element("loc:longitude", f"{site.longitude:.6f}")]


def _lines(*lines: tuple[str, str]) -> list[Element]:
    """Lines of an address, each with its type: a street with its house number, as people write it, and the part of the country, as its
    code in ISO 3166-2. What is not known is left out."""
    known = [(kind, text) for kind, line in lines if (text := multilingual_element("locx:text", line)) is not None]
    return [element("locx:addressLine", element("locx:type", kind), text, order=f"{place}") for place, (kind, text) in enumerate(known, 1)]


def _operator(public: PublicSite) -> Element:
    operator, party = public.operator, public.party
    identifier = _identifier(f"{party.country}*{party.id}") if party.id != NOT_AVAILABLE else None
    return element(
        "afac:operator",
        named(operator),
        multilingual_element("afac:legalName", operator.legal_name),
        text_element("afac:vatIdentificationNumber", operator.vat_number),
        identifier,
        kind="afac:AnOrganisation",
    )


def _identifier(value: str, kind: str = "") -> Element:
    sort = element("afac:typeOfIdentifier", "_extended", _extendedValue=kind) if kind else None
    return element("afac:externalIdentifier", element("afac:identifier", value), sort)


def _height(most_cm: int | None) -> Element | None:
    if most_cm is None:
        return None
    height = element("com:vehicleHeight", f"{Decimal(most_cm) / 100:f}")
    bound = element("com:heightCharacteristic", element("com:comparisonOperator", "lessThanOrEqualTo"), height)
    return element("afac:applicableForVehicles", bound)


def _amenities(evse: Evse) -> Element | None:
    """A feature nobody has entered for a bay is left out rather than given as absent."""
    known = ((Feature.LIT, "afac:illuminated"), (Feature.ROOF, "afac:roofed"))
    found = [element(tag, "true") for feature, tag in known if feature in evse.offers.features]
    return element("afac:amenities", found) if found else None
