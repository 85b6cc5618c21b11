"""A site as a Location, its sockets as EVSEs of one connector each; and why a site cannot be told."""

from dataclasses import dataclass
from datetime import datetime

from msgspec import structs

from forecourt.kernel import instant_text
from forecourt.ocpi.charge_place import CONNECTOR, coordinates_of, country_of, evse_id_of, format_of, postal_address
from forecourt.ocpi.handshake import BusinessDetails
from forecourt.ocpi.hours import hours_told
from forecourt.ocpi.location_model import (
    Connector,
    EnergyMix,
    EvseStatus,
    Location,
    LocationEvse,
)
from forecourt.ocpi.terms import Party, power_type_of
from forecourt.stations import Charger, ConnectorState, Evse, Site, Socket, out_of_service

# Partners may ask for a charge to begin and to end, and for a socket to be held (Commands); some sockets keep their profiles.
_CAPABILITIES, _PROFILES = ("REMOTE_START_STOP_CAPABLE", "RESERVABLE"), "CHARGING_PROFILE_CAPABLE"
# Until a location or a part of it is dated.
UNDATED = "1970-01-01T00:00:00Z"
_OF_SOCKET = {
    ConnectorState.UNKNOWN: EvseStatus.UNKNOWN,
    ConnectorState.AVAILABLE: EvseStatus.AVAILABLE,
    ConnectorState.RESERVED: EvseStatus.RESERVED,
    ConnectorState.UNAVAILABLE: EvseStatus.INOPERATIVE,
    ConnectorState.FAULTED: EvseStatus.OUTOFORDER,
}


@dataclass(frozen=True, slots=True)
class SocketNow:
    """A socket as it stands. charging: somebody charges there. promised: it is kept for somebody. tariff_id: of its price, if any.
    keeps_limits: it has been seen to."""

    evse: Evse
    socket: Socket
    charger: Charger | None
    charging: bool
    promised: bool
    tariff_id: str | None
    keeps_limits: bool = False


def why_untold(site: Site) -> str:
    """What partners must be told of a site and nobody has said; empty: nothing is missing."""
    street, _, city = postal_address(site.address)
    if not street or not city:
        return "its address is not of the form “street and number, postal code city”"
    return "" if site.position else "it has no position"


def site_location(site: Site, operator: str, party: Party, evses: tuple[LocationEvse, ...], at: datetime) -> Location:
    """Undated. A site of which nothing is missing."""
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
        country=country_of(site),
        coordinates=coordinates_of(site),
        evses=evses,
        operator=BusinessDetails(name=operator[:100]),
        time_zone=site.zone,
        opening_times=hours_told(site, at),
        energy_mix=None if site.facts.renewable is None else EnergyMix(is_green_energy=site.facts.renewable),
        last_updated=UNDATED,
    )


def socket_evse(now: SocketNow, site: Site, party: Party, at: datetime) -> LocationEvse:
    """Undated, and so is its connector."""
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


def evse_status(now: SocketNow, site: Site, at: datetime) -> EvseStatus:
    """The socket's own word, where its charger can be reached, unless we know better."""
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
    """Its connector changes with it."""
    return _dated(evse, instant_text(changed_at))


def dated_location(location: Location, changed_at: datetime) -> Location:
    """changed_at: of the site itself; a location is as new as the newest of its EVSEs."""
    newest = max([instant_text(changed_at), *(one.last_updated for one in location.evses)])
    return structs.replace(location, last_updated=newest)


def lasting(location: Location) -> Location:
    """What of it stays while cars come and go: without what its EVSEs do, and when that changed."""
    evses = tuple(_dated(structs.replace(one, status=EvseStatus.UNKNOWN), UNDATED) for one in location.evses)
    return structs.replace(location, evses=evses, last_updated=UNDATED)


def _dated(evse: LocationEvse, told: str) -> LocationEvse:
    connectors = tuple(structs.replace(one, last_updated=told) for one in evse.connectors)
    return structs.replace(evse, connectors=connectors, last_updated=told)
