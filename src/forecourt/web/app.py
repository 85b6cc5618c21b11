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

from forecourt.flows import StoreUnavailable
from forecourt.kernel import Refused
from forecourt.web import (
    accounts,
    api,
    api_fleet,
    api_messages,
    api_offers,
    api_prices,
    api_queue,
    api_wallet,
    benefits,
    books,
    cards,
    console,
    crediting,
    debts,
    design,
    devices,
    disputes,
    driver,
    failures,
    guest_bookings,
    guests,
    loading,
    messages,
    offering,
    office,
    papers,
    partner,
    people,
    plan_forms,
    power,
    price_entries,
    prices,
    queueing,
    revenue,
    site_rules,
    stays,
    system,
    wallet,
)
from forecourt.web.code_tries import CodeTries
from forecourt.web.headers import secured
from forecourt.web.live import LivePages
from forecourt.web.people import Doors
from forecourt.web.ports import WebPorts
from forecourt.web.rendering import STATIC
from forecourt.web.visit import Identification, check_form_token, staff_only

_LARGEST_BODY = 256 * 1024
_THREADS = 16


def _rest() -> list[Router]:
    own = [api.routes, api_fleet.routes, api_messages.routes, api_queue.routes, api_wallet.routes, cards.api_routes]
    return [*own, api_offers.routes, api_prices.routes]


def _places() -> list[Router]:
    """Of drivers, partners and guests."""
    return [
        people.routes,
        driver.routes,
        stays.routes,
        queueing.routes,
        papers.routes,
        debts.routes,
        accounts.routes,
        wallet.routes,
        loading.routes,
        cards.routes,
        benefits.routes,
        partner.routes,
        guests.routes,
        guest_bookings.routes,
        messages.routes,
        devices.routes,
    ]


def create_app(ports: WebPorts) -> Litestar:
    """The driver app, the console, the REST interface and the health addresses as one ASGI application."""
    static = create_static_files_router("/static", [STATIC])
    staff_pages = [
        *console.pages,
        *office.pages,
        *crediting.pages,
        *disputes.pages,
        *books.pages,
        *prices.pages,
        *price_entries.pages,
        *offering.pages,
        *plan_forms.pages,
        *revenue.pages,
        *debts.pages,
        *accounts.pages,
        *site_rules.pages,
        *power.pages,
        *guests.pages,
        *wallet.pages,
        *messages.pages,
    ]
    staff = Router("/console", guards=[staff_only], route_handlers=[*staff_pages, design.design])
    pages = Router("/", route_handlers=[*_places(), staff], include_in_schema=False)
    return Litestar(
        route_handlers=[static, pages, *_rest(), system.routes],
        state=State(fresh_state(ports)),
        middleware=[
            DefineMiddleware(secured(ports.secure_cookies)),
            DefineMiddleware(Identification, exclude=["^/static/", "^/health/", "^/metrics", "^/webhooks/"]),
        ],
        before_request=check_form_token,
        exception_handlers={
            Refused: failures.refused,
            RecursionError: failures.too_deep,
            StoreUnavailable: failures.store_away,
            HTTPException: failures.http_failure,
            Exception: failures.crashed,
        },
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=5, exclude=["/live$"]),
        openapi_config=api.openapi(),
        request_max_body_size=_LARGEST_BODY,
        lifespan=[_listening],
        debug=False,
    )


def fresh_state(ports: WebPorts) -> dict[str, object]:
    """What the app knows and remembers while it runs."""
    return {"ports": ports, "doors": Doors(), "live": LivePages(), "code_tries": CodeTries(), "guest_tries": guests.throttle()}


@asynccontextmanager
async def _listening(app: Litestar) -> AsyncGenerator[None, None]:
    """Hear the news for as long as the app runs."""
    # Pages wait for the store in threads; the default of a small machine would let a few slow ones stop the rest.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, "web"))
    task = asyncio.create_task(app.state.live.watch_hints(app.state.ports))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
