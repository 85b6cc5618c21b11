"""What machines ask: is it alive, is it ready, how is it doing; and the payment processor's events."""

from typing import Any

from litestar import Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Response

from forecourt.kernel import NotFound
from forecourt.web.frame.answers import Asked
from forecourt.web.frame.visit import ports_of


@get("/health/live", sync_to_thread=False)
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@get("/health/ready", sync_to_thread=True)
def ready(request: Asked) -> Response[Any]:
    """Whether traffic may come: 200, or 503 with the names of what is missing."""
    checks = dict(ports_of(request).ready())
    good = all(checks.values())
    return Response({"status": "ready" if good else "not ready", "checks": checks}, status_code=200 if good else 503)


@get("/metrics", sync_to_thread=False)
def metrics(request: Asked) -> Response[bytes]:
    """The counters of this process; read where they are counted, on the loop."""
    return Response(ports_of(request).metrics(), media_type="text/plain; version=0.0.4")


@post("/webhooks/payments", status_code=200, open_to_machines=True)
async def payment_event(request: Asked) -> dict[str, str]:
    """Twice, late and out of order are normal: the flow sorts that out. A forged one is refused."""
    events = ports_of(request).payment_events
    if events is None:
        raise NotFound("no_processor", "No payment processor is set up here.")
    body = await request.body()
    signature = request.headers.get("payment-signature", "") or request.headers.get("stripe-signature", "")

    def take() -> None:
        ports = ports_of(request)
        with ports.transactions.begin() as store:
            events.accept(store, body, signature, ports.clock.now())

    await sync_to_thread(take)
    return {"status": "taken"}


@get("/{rest:path}", sync_to_thread=False)
def nowhere(rest: FromPath[str]) -> None:
    """Unknown addresses get their page from within, so that it knows its visitor."""
    raise NotFoundException(f"There is nothing at {rest[:60]}.")


routes = Router("/", route_handlers=[nowhere, alive, ready, metrics, payment_event], include_in_schema=False)
