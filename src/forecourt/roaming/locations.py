"""Locations, as the sender: the list, a single one, one of its EVSEs, or a connector of that."""

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from litestar import get
from litestar.params import FromPath
from litestar.response import Response

from forecourt.flows.roaming import published_location, published_locations
from forecourt.kernel import NotFound, SiteId, parse_instant
from forecourt.ocpi import Location
from forecourt.roaming.authentication import PartnerContext, partner_context
from forecourt.roaming.envelope import OcpiRequest, ports_of, success
from forecourt.roaming.paging import page_of_all, requested_page

MODULE = ("locations", "SENDER")
_ONE = "/{version:str}/locations/{location_id:str}"
_Part = TypeVar("_Part")


@get("/{version:str}/locations", sync_to_thread=True)
def locations(request: OcpiRequest, version: FromPath[str]) -> Response[bytes]:
    with partner_context(request, version) as visit:
        page = requested_page(request)
        published = published_locations(visit.store, visit.operator, ports_of(request).clock.now())
    dated = [(parse_instant(one.last_updated), one) for one in published]
    return page_of_all(request, f"{version}/locations", dated, page)


@get(_ONE, sync_to_thread=True)
def location(request: OcpiRequest, version: FromPath[str], location_id: FromPath[str]) -> Response[bytes]:
    with partner_context(request, version) as visit:
        return success(request, _location(request, visit, location_id))


@get(f"{_ONE}/{{evse_uid:str}}", sync_to_thread=True)
def evse(request: OcpiRequest, version: FromPath[str], location_id: FromPath[str], evse_uid: FromPath[str]) -> Response[bytes]:
    with partner_context(request, version) as visit:
        place = _location(request, visit, location_id)
        return success(request, _named(evse_uid, ((one.uid, one) for one in place.evses)))


@get(f"{_ONE}/{{evse_uid:str}}/{{connector_id:str}}", sync_to_thread=True)
def connector(
    request: OcpiRequest, version: FromPath[str], location_id: FromPath[str], evse_uid: FromPath[str], connector_id: FromPath[str]
) -> Response[bytes]:
    with partner_context(request, version) as visit:
        found = _named(evse_uid, ((one.uid, one) for one in _location(request, visit, location_id).evses))
        return success(request, _named(connector_id, ((one.id, one) for one in found.connectors)))


def _location(request: OcpiRequest, visit: PartnerContext, location_id: str) -> Location:
    try:
        found = published_location(visit.store, visit.operator, SiteId(UUID(location_id)), ports_of(request).clock.now())
    except ValueError:
        found = None
    if found is None:
        raise _unknown()
    return found


def _named(name: str, parts: Iterable[tuple[str, _Part]]) -> _Part:
    """Ids are compared case-sensitively."""
    for known, part in parts:
        if known.lower() == name.lower():
            return part
    raise _unknown()


def _unknown() -> NotFound:
    return NotFound("location", "There is no such location here, or no such part of it.")


routes = [locations, location, evse, connector]
