"""The roaming edge assembled: OCPI under /ocpi, for partners only."""

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from forecourt.flows.ports import PartnerUnreachable, StoreUnavailable
from forecourt.kernel import Refused
from forecourt.roaming import cdrs, charging_profiles, commands, credentials, envelope, locations, sessions, tariffs, tokens, versions
from forecourt.roaming.ports import RoamingPorts

_MAX_BODY = 256 * 1024
# Each has a MODULE (its identifier and our role in it) and routes.
_MODULES = (credentials, locations, tariffs, tokens, sessions, cdrs, commands, charging_profiles)


def create_roaming(ports: RoamingPorts) -> Litestar:
    """An ASGI application of its own, without cookies, pages or sign-ins."""
    routes = [*versions.routes, *(route for module in _MODULES for route in module.routes)]
    return Litestar(
        route_handlers=[Router("/ocpi", route_handlers=routes)],
        state=State({"ports": ports, "modules": tuple(module.MODULE for module in _MODULES)}),
        exception_handlers={
            envelope.Failure: envelope.failed,
            Refused: envelope.refused,
            PartnerUnreachable: envelope.unreachable,
            StoreUnavailable: envelope.store_unavailable,
            HTTPException: envelope.http_failure,
            Exception: envelope.crashed,
        },
        openapi_config=None,
        request_max_body_size=_MAX_BODY,
        debug=False,
    )
