"""The web edge put together."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.middleware import DefineMiddleware
from litestar.static_files import create_static_files_router

from forecourt.flows.ports import StoreUnavailable
from forecourt.kernel import Refused
from forecourt.web import api, charging, health, money, offers, people, prices
from forecourt.web.frame import conditional, cors, errors
from forecourt.web.frame.code_attempts import CodeAttempts
from forecourt.web.frame.headers import security_headers
from forecourt.web.frame.live import LiveFragments
from forecourt.web.frame.ports import WebPorts
from forecourt.web.frame.rendering import STATIC, TYPE_ENCODERS
from forecourt.web.frame.visitor import Identification, check_form_token, require_scope, require_second_factor, staff_only

_MAX_BODY = 256 * 1024
_THREADS = 16


def create_app(ports: WebPorts) -> Litestar:
    """The driver app, the console, the REST interface and the health addresses as one ASGI application."""
    static = create_static_files_router("/static", [STATIC])
    staff = Router(
        "/console",
        guards=[staff_only],
        include_in_schema=False,
        route_handlers=[*people.staff_pages, charging.staff_pages, prices.staff_pages, offers.staff_pages, money.staff_pages],
    )
    pages = Router("/", route_handlers=[*people.routes, *charging.routes, *offers.routes, *money.routes], include_in_schema=False)
    return Litestar(
        route_handlers=[static, pages, staff, *api.routes, people.machine_routes, health.health_routes(ports.ready, ports.metrics)],
        state=State(fresh_state(ports)),
        middleware=[
            DefineMiddleware(security_headers(ports.secure_cookies)),
            cors.answer_preflight,
            conditional.answer_conditionally,
            DefineMiddleware(Identification, exclude=["^/static/", "^/health/", "^/metrics", "^/webhooks/", "^/open/"]),
        ],
        guards=[require_second_factor, require_scope],
        before_request=check_form_token,
        before_send=[cors.add_cors_headers],
        exception_handlers={
            Refused: errors.answer_refused,
            RecursionError: errors.answer_too_deep,
            StoreUnavailable: errors.answer_store_unavailable,
            HTTPException: errors.answer_http_error,
            Exception: errors.answer_crash,
        },
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=5, exclude=["/live$", "^/open/"]),
        type_encoders=TYPE_ENCODERS,
        openapi_config=api.openapi(),
        plugins=[api.DescribedStructs()],
        request_max_body_size=_MAX_BODY,
        lifespan=[_listening],
        debug=False,
    )


def fresh_state(ports: WebPorts) -> dict[str, object]:
    """The state shared by requests while the app runs."""
    return {
        "ports": ports,
        "sign_in_limits": people.sign_in.SignInLimits(),
        "providers": people.identity_providers.Providers(ports.identity_provider_http),
        "live": LiveFragments(),
        "code_attempts": CodeAttempts(),
        "guest_tries": charging.guest_visits.throttle(),
        "scan_tries": charging.pay_codes.throttle(),
        "publication_cache": offers.open_data.PublicationCache(),
    }


@asynccontextmanager
async def _listening(app: Litestar) -> AsyncGenerator[None, None]:
    """Listen for hints of changes while the app runs."""
    # Pages wait for the store in threads; with a small machine's default number, a few slow ones would block the rest.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, "web"))
    task = asyncio.create_task(app.state.live.watch_hints(app.state.ports))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
