"""The payment processor's events; and unknown addresses."""

from litestar import Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from forecourt.kernel import NotFound
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of


@post("/webhooks/payments", status_code=200, open_to_machines=True)
async def payment_event(request: WebRequest) -> dict[str, str]:
    """Duplicate, late and out-of-order events are normal: the flow handles them. A forged one is refused."""
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
    """Unknown addresses are answered by a route, so that the page knows its visitor."""
    raise NotFoundException(f"There is nothing at {rest[:60]}.")


routes = Router("/", route_handlers=[nowhere, payment_event], include_in_schema=False)
