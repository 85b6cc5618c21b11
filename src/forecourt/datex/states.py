"""Current status and prices of charging points, as an EnergyInfrastructureStatusPublication."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from xml.etree.ElementTree import Element

from forecourt.datex.places import rate_id, station_id
from forecourt.datex.xml_elements import element, multilingual_element
from forecourt.kernel import ChargerId, EvseId, Span, instant_text, round_half_up
from forecourt.ocpi import EvseStatus
from forecourt.stations import Site, closed_spans
from forecourt.tariffs import Dimension, EffectivePrice, UsageRange, number_text

_MOMENT = timedelta(seconds=1)
# DATEX II's AmountOfMoney has two decimals and eight digits.
_DECIMALS, _PRICE_LIMIT = 2, 1_000_000
_NOT_WORKING = {
    EvseStatus.INOPERATIVE: "notInOperation",
    EvseStatus.OUTOFORDER: "technicalDefect",
    EvseStatus.UNKNOWN: "unknown",
}
_STATES = {EvseStatus.OUTOFORDER: "outOfOrder"}
_KINDS = {
    Dimension.ENERGY: "pricePerKWh",
    Dimension.TIME: "pricePerMinute",
    Dimension.PARKING_TIME: "pricePerMinute",
    Dimension.FLAT: "flatRate",
}


@dataclass(frozen=True, slots=True)
class PointState:
    """since: when this state began; priced_since: when this price began."""

    evse_id: EvseId
    charger_id: ChargerId
    status: EvseStatus
    since: datetime
    prices: tuple[EffectivePrice, ...]
    priced_since: datetime


def site_status(site: Site, points: Sequence[PointState], at: datetime) -> Element:
    """points: by charger."""
    closed = closed_spans(site.openings, site.zone, Span(at, at + _MOMENT), site.calendar)
    by_charger = groupby(points, key=lambda one: one.charger_id)
    return element(
        "aegi:energyInfrastructureSiteStatus",
        _reference(str(site.id)),
        element("afac:lastUpdated", instant_text(max(max(one.since, one.priced_since) for one in points))),
        element("afac:openingStatus", "closed" if closed else "open"),
        [_station(site, charger, tuple(of_it)) for charger, of_it in by_charger],
    )


def _station(site: Site, charger: ChargerId, points: Sequence[PointState]) -> Element:
    return element("aegi:energyInfrastructureStationStatus", _reference(station_id(site.id, charger)), [_point(one) for one in points])


def _point(point: PointState) -> Element:
    return element(
        "aegi:refillPointStatus",
        _reference(str(point.evse_id)),
        element("afac:lastUpdated", instant_text(point.since)),
        element("afac:operationStatus", _NOT_WORKING.get(point.status, "inOperation")),
        element("aegi:status", _STATES.get(point.status, point.status.lower())),
        _rate(point) if all(_amount(one.price) < _PRICE_LIMIT for one in point.prices) else None,
        kind="aegi:ElectricChargingPointStatus",
    )


def _rate(point: PointState) -> Element:
    return element(
        "aegi:energyRateUpdate",
        element("aegi:lastUpdated", instant_text(point.priced_since)),
        element("aegi:energyRateReference", id=rate_id(point.evse_id), targetClass="aegi:EnergyRate"),
        list(_prices(point.prices)),
    )


def _prices(prices: Sequence[EffectivePrice]) -> Iterator[Element]:
    """In the order kWh, minute, session."""
    if not prices:
        yield element("aegi:energyPrice", _head(0, "free", Decimal(0)))
    for index, one in enumerate(prices):
        yield element(
            "aegi:energyPrice",
            _head(index, _KINDS[one.dimension], one.price),
            element("aegi:taxRate", number_text(one.vat_percent)) if one.vat_percent is not None else None,
            multilingual_element("aegi:additionalInformation", ", ".join(_besides(one)), "en"),
            _stretch("timeBasedApplicability", "Minute", one.minutes),
            _stretch("energyBasedApplicability", "KWh", one.kwh),
        )


def _besides(one: EffectivePrice) -> Iterator[str]:
    """What DATEX II's numbers cannot express."""
    if one.price != _amount(one.price):
        yield f"exactly {number_text(one.price, 2)}"
    if one.dimension is Dimension.PARKING_TIME:
        yield "plugged in without charging"
    yield from one.conditions


def _amount(price: Decimal) -> Decimal:
    return round_half_up(price, _DECIMALS)


def _head(index: int, kind: str, price: Decimal) -> list[Element]:
    return [
        element("aegi:priceGroupIndex", str(index)),
        element("aegi:priceType", kind),
        element("aegi:value", f"{_amount(price):f}"),
        element("aegi:taxIncluded", "true"),
    ]


def _stretch(tag: str, unit: str, of: UsageRange) -> Element | None:
    start = element(f"aegi:from{unit}", str(of.start)) if of.start else None
    end = element(f"aegi:to{unit}", str(of.end)) if of.end is not None else None
    return element(f"aegi:{tag}", start, end) if start is not None or end is not None else None


def _reference(of: str) -> Element:
    return element("afac:reference", id=of, targetClass="afac:FacilityObject")
