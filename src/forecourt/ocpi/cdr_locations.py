"""Where a charge took place, as in a CDR: what a partner needs to know of the Location, EVSE and connector for the bill."""

from msgspec import structs

from forecourt.kernel import COUNTRIES
from forecourt.ocpi.booking_terms import Party, power_type_of
from forecourt.ocpi.charge_model import CdrLocation
from forecourt.ocpi.model import NOT_AVAILABLE, ConnectorFormat
from forecourt.stations import Evse, Feature, Site

# Each EVSE has a single connector, with this id.
CONNECTOR = "1"


def cdr_location_of(site: Site, evse: Evse, party: Party) -> CdrLocation:
    """A socket has one connector. An address is "street, postal code city"; missing parts are "#NA"."""
    street, postal_code, city = postal_address(site.address)
    return CdrLocation(
        id=str(site.id),
        name=site.name,
        address=street[:45] or NOT_AVAILABLE,
        city=city[:45] or NOT_AVAILABLE,
        postal_code=postal_code[:10] or None,
        state=state_of(site),
        country=country_of(site),
        coordinates=coordinates_of(site),
        evse_uid=str(evse.id),
        evse_id=evse_id_of(evse, party),
        connector_id=CONNECTOR,
        connector_standard=evse.standard,
        connector_format=format_of(evse),
        connector_power_type=power_type_of(evse),
    )


def reserved_location(site: Site, evse: Evse, party: Party) -> CdrLocation:
    """Where a socket is held before one is chosen, or if none was used. evse: a socket of the same kind."""
    return structs.replace(cdr_location_of(site, evse, party), evse_uid=NOT_AVAILABLE, evse_id=NOT_AVAILABLE, connector_id=NOT_AVAILABLE)


def country_of(site: Site) -> str:
    """ISO 3166-1 alpha-3."""
    return COUNTRIES.get(site.country, site.country)


def state_of(site: Site) -> str | None:
    """The region without its country, as in postal addresses: CA for US-CA. OCPI wants it only where it matters: where one is stated."""
    return site.region.partition("-")[2] or None


def coordinates_of(site: Site) -> dict[str, str]:
    return {"latitude": f"{site.latitude:.6f}", "longitude": f"{site.longitude:.6f}"}


def evse_id_of(evse: Evse, party: Party) -> str:
    return f"{party.country}*{party.id}*E{evse.id.hex[:30].upper()}"


def format_of(evse: Evse) -> ConnectorFormat:
    return ConnectorFormat.CABLE if Feature.CABLE in evse.offers.features else ConnectorFormat.SOCKET


def postal_address(text: str) -> tuple[str, str, str]:
    """Street, postal code and city."""
    street, _, rest = text.rpartition(",")
    first, _, city = rest.strip().partition(" ")
    if not street:
        return rest.strip(), "", ""
    return (street.strip(), first, city) if any(one.isdigit() for one in first) else (street.strip(), "", rest.strip())
