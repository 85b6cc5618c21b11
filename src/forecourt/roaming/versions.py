"""The supported versions of OCPI, and the addresses of their modules."""

from litestar import get
from litestar.params import FromPath
from litestar.response import Response

from forecourt.ocpi import VERSIONS, OcpiEndpoint, OcpiVersion, VersionDetails
from forecourt.roaming.authentication import base_of, check_version, identify_partner
from forecourt.roaming.envelope import OcpiRequest, success


@get("/versions", sync_to_thread=True)
def versions(request: OcpiRequest) -> Response[bytes]:
    identify_partner(request, read_only=True)  # also for partners that are invited but not registered yet
    base = base_of(request)
    return success(request, [OcpiVersion(version=one, url=f"{base}/{one}") for one in VERSIONS])


@get("/{version:str}", sync_to_thread=True)
def details(request: OcpiRequest, version: FromPath[str]) -> Response[bytes]:
    check_version(version)
    identify_partner(request, read_only=True)  # also for partners that are invited but not registered yet
    base = f"{base_of(request)}/{version}"
    endpoints = tuple(OcpiEndpoint(identifier=module, role=role, url=f"{base}/{module}") for module, role in request.app.state.modules)
    return success(request, VersionDetails(version=version, endpoints=endpoints))


routes = [versions, details]
