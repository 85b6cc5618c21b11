"""A site as a Location and its sockets as EVSEs with one connector each; and what prevents publishing a site."""

from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from forecourt.kernel import instant_text
from forecourt.ocpi.booking_terms import Party, power_type_of
from forecourt.ocpi.cdr_locations import CONNECTOR, coordinates_of, country_of, evse_id_of, format_of, postal_address, state_of
from forecourt.ocpi.handshake import BusinessDetails
from forecourt.ocpi.hours import ocpi_hours
from forecourt.ocpi.location_model import (
    Connector,
    EnergyMix,
    EvseStatus,
    Location,
    LocationEvse,
)
from forecourt.stations import Charger, ConnectorState, Evse, Site, Socket, out_of_service

# Commands: partners may start and stop a charge, and reserve a socket. Some sockets support charging profiles.
_CAPABILITIES, _PROFILES = ("REMOTE_START_STOP_CAPABLE", "RESERVABLE"), "CHARGING_PROFILE_CAPABLE"
# A placeholder until the date of the last change is set.
UNDATED = "1970-01-01T00:00:00Z"
_OF_SOCKET = {
    ConnectorState.UNKNOWN: EvseStatus.UNKNOWN,
    ConnectorState.AVAILABLE: EvseStatus.AVAILABLE,
    ConnectorState.RESERVED: EvseStatus.RESERVED,
    ConnectorState.UNAVAILABLE: EvseStatus.INOPERATIVE,
    ConnectorState.FAULTED: EvseStatus.OUTOFORDER,
}


@dataclass(frozen=True, slots=True)
class SocketSnapshot:
    """A socket in its current state. charging: a charge is running. promised: it is held for a booking. tariff_id: of its price, if any.
    keeps_limits: it was observed to obey limits."""

    evse: Evse
    socket: Socket
    charger: Charger | None
    charging: bool
    promised: bool
    tariff_id: str | None
    keeps_limits: bool = False


def why_unpublished(site: Site) -> str:
    """The data that partners need about a site and that is missing; empty if nothing is."""
    street, _, city = postal_address(site.address)
    if not street or not city:
        return "its address is not of the form “street and number, postal code city”"
    return "" if site.position else "it has no position"


def site_location(site: Site, operator: str, party: Party, evses: tuple[LocationEvse, ...], at: datetime) -> Location:
    """The Location of a site whose data is complete, without dates of change."""
    street, postal_code, city = postal_address(site.address)
    return Location(
        country_code=party.country,
        party_id=party.id,
        id=str(site.id),
        publish=True,
        name=site.name,
        address=street[:255],
        city=city[:45],
        postal_code=postal_code[:10] or None,
        state=state_of(site),
        country=country_of(site),
        coordinates=coordinates_of(site),
        evses=evses,
        operator=BusinessDetails(name=operator[:100]),
        time_zone=site.zone,
        opening_times=ocpi_hours(site, at),
        energy_mix=None if site.facts.renewable is None else EnergyMix(is_green_energy=site.facts.renewable),
        last_updated=UNDATED,
    )


def socket_evse(now: SocketSnapshot, site: Site, party: Party, at: datetime) -> LocationEvse:
    """Without a date of change, as is its connector."""
    evse = now.evse
    connector = Connector(
        id=CONNECTOR,
        standard=evse.standard,
        format=format_of(evse),
        power_type=power_type_of(evse),
        max_voltage=evse.voltage_v,
        max_amperage=evse.max_a,
        max_electric_power=evse.max_power_w,
        tariff_ids=(now.tariff_id,) if now.tariff_id else (),
        last_updated=UNDATED,
    )
    return LocationEvse(
        uid=str(evse.id),
        evse_id=evse_id_of(evse, party),
        status=evse_status(now, site, at),
        capabilities=(*_CAPABILITIES, _PROFILES) if now.keeps_limits else _CAPABILITIES,
        connectors=(connector,),
        physical_reference=evse.label[:16] or None,
        last_updated=UNDATED,
    )


def evse_status(now: SocketSnapshot, site: Site, at: datetime) -> EvseStatus:
    """The status its charger reported, if that can be reached, unless we know better."""
    if now.evse.retired_at is not None or (site.ended(at) and not now.charging):
        return EvseStatus.REMOVED
    if out_of_service(site, now.evse.label, at):
        return EvseStatus.INOPERATIVE
    if now.charging:
        return EvseStatus.CHARGING
    if now.charger is None or not now.charger.connected:
        return EvseStatus.UNKNOWN
    if now.socket.state is ConnectorState.OCCUPIED:
        return EvseStatus.BLOCKED
    status = _OF_SOCKET[now.socket.state]
    return EvseStatus.RESERVED if now.promised and status is EvseStatus.AVAILABLE else status


def dated_evse(evse: LocationEvse, changed_at: datetime) -> LocationEvse:
    """Set the date of change; its connector gets the same."""
    return _dated(evse, instant_text(changed_at))


def dated_location(location: Location, changed_at: datetime) -> Location:
    """changed_at: when the site itself changed; a location is as recent as the most recent of its EVSEs."""
    newest = max([instant_text(changed_at), *(one.last_updated for one in location.evses)])
    return structs.replace(location, last_updated=newest)


def static_part(location: Location) -> Location:
    """The parts that do not change as cars come and go: without the EVSEs' status and dates of change."""
    evses = tuple(_dated(structs.replace(one, status=EvseStatus.UNKNOWN), UNDATED) for one in location.evses)
    return structs.replace(location, evses=evses, last_updated=UNDATED)


def _dated(evse: LocationEvse, last_updated: str) -> LocationEvse:
    connectors = tuple(structs.replace(one, last_updated=last_updated) for one in evse.connectors)
    return structs.replace(evse, connectors=connectors, last_updated=last_updated)
