"""The provider's HTTP API: payments with idempotency keys, its clearing file, and switches for faults."""

import csv
import io
import json
from dataclasses import asdict, fields
from typing import Any

from litestar import Litestar, Request, Response, get, post, put
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.params import FromPath, FromQuery, JSONBody

from forecourt.simulation.clock import instant_of, stamp
from forecourt.simulation.provider.model import Faults, PaymentOptions, Refusal
from forecourt.simulation.provider.payment_pages import payer_pages
from forecourt.simulation.provider.request_handling import ApiFormat, RequestHandler
from forecourt.simulation.provider.stored_cards import setup_pages
from forecourt.simulation.provider.stripe_api import STRIPE, stripe_api


def _read(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError as error:
        raise Refusal(400, "body", "The body is not JSON.") from error
    if not isinstance(value, dict):
        raise Refusal(400, "body", "The body is not an object.")
    return value


def _error(refusal: Refusal) -> tuple[int, dict[str, Any]]:
    return refusal.status, {"error": {"code": refusal.code, "text": refusal.text}}


OWN = ApiFormat(_read, _error)


def _whole(values: dict[str, Any], name: str) -> int:
    value = values.get(name)
    if type(value) is not int:
        raise Refusal(400, name, f"{name} is a whole number of minor units.")
    return value


@post("/v1/payments", status_code=200)
async def create(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    handler: RequestHandler = state.handler

    def act(values: dict[str, Any]) -> dict[str, Any]:
        reference, currency, method = (str(values.get(name, "")) for name in ("reference", "currency", "method"))
        if not reference or len(currency) != 3:
            raise Refusal(400, "payment", "reference and currency are needed.")
        if values.get("present") is True:
            options = PaymentOptions(values.get("capture") == "now", values.get("keep_card") is True)
            intent = handler.bank.ask(reference, _whole(values, "amount"), currency, options=options)
            return {**intent.answer(), "page": f"{request.base_url}pay/{intent.id}?key={intent.secret}"}
        return handler.bank.create(reference, _whole(values, "amount"), currency, method, values.get("capture") == "later").answer()

    return await handler.answer(request, act, OWN)


@post("/v1/payments/{payment:str}/capture", status_code=200)
async def capture(request: Request[Any, Any, Any], state: State, payment: FromPath[str]) -> Response[bytes]:
    handler: RequestHandler = state.handler
    return await handler.answer(request, lambda values: handler.bank.capture(payment, _whole(values, "amount")).answer(), OWN)


@post("/v1/payments/{payment:str}/adopt", status_code=200)
async def adopt(request: Request[Any, Any, Any], state: State, payment: FromPath[str]) -> Response[bytes]:
    """Give a terminal's hold the merchant's own id."""
    handler: RequestHandler = state.handler

    def act(values: dict[str, Any]) -> dict[str, Any]:
        reference = str(values.get("reference", ""))
        if not reference:
            raise Refusal(400, "payment", "reference is needed.")
        return handler.bank.adopt(payment, reference).answer()

    return await handler.answer(request, act, OWN)


@post("/v1/payments/{payment:str}/release", status_code=200)
async def release(request: Request[Any, Any, Any], state: State, payment: FromPath[str]) -> Response[bytes]:
    handler: RequestHandler = state.handler
    return await handler.answer(request, lambda _: handler.bank.release(payment).answer(), OWN)


@post("/v1/payments/{payment:str}/refund", status_code=200)
async def refund(request: Request[Any, Any, Any], state: State, payment: FromPath[str]) -> Response[bytes]:
    handler: RequestHandler = state.handler
    return await handler.answer(request, lambda values: handler.bank.refund(payment, _whole(values, "amount")).answer(), OWN)


@get("/v1/payments/{payment:str}")
async def read(request: Request[Any, Any, Any], state: State, payment: FromPath[str]) -> dict[str, Any]:
    """By the provider's id or the merchant's reference."""
    handler: RequestHandler = state.handler
    handler.check_key(request)
    if handler.faults.down:
        raise Refusal(503, "down", "The service is down.")
    return handler.bank.find(payment).answer()


@get("/v1/clearing.csv", media_type="text/csv")
async def clearing(request: Request[Any, Any, Any], state: State, since: FromQuery[str] = "2000-01-01T00:00:00Z") -> str:
    """What became due to the merchant since an instant, and what was paid out to its bank, in minor units."""
    handler: RequestHandler = state.handler
    handler.check_key(request)
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(("id", "kind", "reference", "currency", "gross", "fee", "net", "at", "payout"))
    for row in handler.bank.clearing(instant_of(since)):
        amounts = (row.gross, row.fee, row.gross - row.fee)
        sheet.writerow((row.id, row.kind, row.reference, row.currency, *amounts, stamp(row.at), row.payout))
    return out.getvalue()


@get("/control/totals")
async def totals(state: State) -> dict[str, Any]:
    return asdict(state.handler.bank.totals())


@put("/control/disputes/{payment:str}")
async def set_dispute(state: State, payment: FromPath[str], data: JSONBody[dict[str, str]]) -> dict[str, Any]:
    """A cardholder disputes a payment (status "OPENED"), the merchant's answer is under review, or it is decided."""
    bank = state.handler.bank
    intent, status = bank.find(payment), data.get("status", "")
    claim = bank.dispute(intent.id, data.get("reason", "fraudulent")) if status == "OPENED" else bank.decide(intent.id, status)
    answer: dict[str, Any] = claim.answer()
    return answer


@put("/control/bounces/{payment:str}")
async def set_bounce(state: State, payment: FromPath[str], data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
    """This much of a refund comes back, because the payer's bank could not credit it."""
    bank = state.handler.bank
    answer: dict[str, Any] = bank.bounce(bank.find(payment).id, _whole(data, "amount")).answer()
    return answer


@put("/control/faults")
async def set_faults(state: State, data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
    """Switch faults on and off by name."""
    names = {field.name for field in fields(Faults)}
    if unknown := set(data) - names:
        raise Refusal(400, "faults", f"There is no fault {sorted(unknown)}.")
    for name, value in data.items():
        setattr(state.handler.faults, name, value)
    return asdict(state.handler.faults)


def refused(_: Request[Any, Any, Any], refusal: Refusal) -> Response[dict[str, Any]]:
    status, body = _error(refusal)
    return Response(body, status_code=status, media_type="application/json")


def http_error(_: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    return Response({"error": {"code": "http", "text": error.detail}}, status_code=error.status_code, media_type="application/json")


def api(handler: RequestHandler) -> Litestar:
    """The ASGI application."""
    setups, needs = setup_pages(OWN, STRIPE)
    return Litestar(
        [
            *(create, capture, adopt, release, refund, read, clearing, totals, set_dispute, set_bounce, set_faults),
            *(stripe_api, payer_pages, setups),
        ],
        state=State({"handler": handler, **needs}),
        exception_handlers={Refusal: refused, HTTPException: http_error},
        openapi_config=None,
        logging_config=None,
    )
