"""The supported versions of OCPI, and the addresses of their modules."""

from litestar import get
from litestar.params import FromPath
from litestar.response import Response

from forecourt.ocpi import VERSIONS, OcpiEndpoint, OcpiVersion, VersionDetails
from forecourt.roaming.authentication import base_of, check_version, known
from forecourt.roaming.envelope import Asked, told


@get("/versions", sync_to_thread=True)
def versions(request: Asked) -> Response[bytes]:
    known(request, looks=True)  # also for partners that are invited but not registered yet
    base = base_of(request)
    return told(request, [OcpiVersion(version=one, url=f"{base}/{one}") for one in VERSIONS])


@get("/{version:str}", sync_to_thread=True)
def details(request: Asked, version: FromPath[str]) -> Response[bytes]:
    check_version(version)
    known(request, looks=True)  # also for partners that are invited but not registered yet
    base = f"{base_of(request)}/{version}"
    endpoints = tuple(OcpiEndpoint(identifier=module, role=role, url=f"{base}/{module}") for module, role in request.app.state.modules)
    return told(request, VersionDetails(version=version, endpoints=endpoints))


routes = [versions, details]
