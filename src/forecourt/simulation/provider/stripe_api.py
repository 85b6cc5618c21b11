"""The provider with Stripe's API, as much of it as card payments need, so that a Stripe client can be tested against it.

Facts: https://docs.stripe.com/api (PaymentIntents, Refunds, BalanceTransactions, errors, idempotent requests, search).
"""

import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.params import FromPath

from forecourt.simulation.provider.model import ClearingRow, Intent, PaymentOptions, Refusal
from forecourt.simulation.provider.request_handling import ApiFormat, RequestHandler

Thing = TypeVar("Thing")
STRIPE_HEADER = "Stripe-Signature"
_OURS = "forecourt_payment"
_STATUS = {
    "requested": "requires_payment_method",
    "held": "requires_capture",
    "captured": "succeeded",
    "released": "canceled",
    "expired": "canceled",
    "declined": "requires_payment_method",
}
_EVENT = {
    "held": "payment_intent.amount_capturable_updated",
    "captured": "payment_intent.succeeded",
    "released": "payment_intent.canceled",
    "expired": "payment_intent.canceled",
    "declined": "payment_intent.payment_failed",
    "refunded": "charge.refunded",
    "refund_failed": "refund.failed",
    "dispute_opened": "charge.dispute.created",
    "dispute_updated": "charge.dispute.updated",
    "dispute_closed": "charge.dispute.closed",
}
_VERDICT = {"NEEDS_ANSWER": "needs_response", "UNDER_REVIEW": "under_review", "WON": "won", "LOST": "lost"}


def stripe_format(event_id: str, name: str, intent: Intent, at: float) -> dict[str, Any]:
    """An event in Stripe's format."""
    match name:
        case "refunded":
            subject = _charge(intent, None)
        case "refund_failed":
            subject = next(one for one in _refunds(intent).values() if one["status"] == "failed")
        case "dispute_opened" | "dispute_updated" | "dispute_closed":
            subject = _dispute(intent)
        case _:
            subject = _payment_intent(intent, None)
    return {"id": event_id, "object": "event", "type": _EVENT[name], "created": int(at), "livemode": False, "data": {"object": subject}}


def _read(body: bytes) -> dict[str, Any]:
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _error(refusal: Refusal) -> tuple[int, dict[str, Any]]:
    """A decline is a card error; everything else is an invalid request."""
    error: dict[str, Any] = {"message": refusal.text, "code": refusal.code}
    match refusal.status:
        case 402 if refusal.code.startswith("hold_"):
            return 400, {"error": {**error, "type": "invalid_request_error", "code": "payment_intent_unexpected_state"}}
        case 402:
            decline = "generic_decline" if refusal.code == "card_declined" else refusal.code
            return 402, {"error": {**error, "type": "card_error", "code": "card_declined", "decline_code": decline}}
        case 409:
            return 400, {"error": {"message": refusal.text, "type": "idempotency_error"}}
        case 400 | 404:
            return refusal.status, {"error": {**error, "type": "invalid_request_error"}}
    return refusal.status, {"error": {"message": refusal.text, "type": "api_error"}}


STRIPE = ApiFormat(_read, _error)


@post("/v1/payment_intents", status_code=200)
async def create(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    handler: RequestHandler = state.handler

    def act(values: dict[str, Any]) -> dict[str, Any]:
        method = values.get("payment_method", "")
        if not method and "confirm" not in values:
            reference, keeps_card = values.get(f"metadata[{_OURS}]", ""), values.get("setup_future_usage") == "off_session"
            options = PaymentOptions(values.get("capture_method") != "manual", keeps_card, values.get("customer", ""))
            return _intent_response(
                handler, handler.bank.ask(reference, _whole(values, "amount"), values["currency"].upper(), unique=False, options=options)
            )
        if not method.startswith("pm_") or method.startswith("pm_gone"):
            raise Refusal(400, "resource_missing", f"No such PaymentMethod: {method!r}")
        captures_later, reference = values.get("capture_method") == "manual", values.get(f"metadata[{_OURS}]", "")
        return _intent_response(
            handler,
            handler.bank.create(reference, _whole(values, "amount"), values["currency"].upper(), method, captures_later, unique=False),
        )

    return await handler.answer(request, act, STRIPE)


@post("/v1/customers", status_code=200)
async def customer(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    handler: RequestHandler = state.handler
    return await handler.answer(request, lambda _: {"id": f"cus_{secrets.token_hex(7)}", "object": "customer"}, STRIPE)


@post("/v1/payment_intents/{intent:str}/capture", status_code=200)
async def capture(request: Request[Any, Any, Any], state: State, intent: FromPath[str]) -> Response[bytes]:
    handler: RequestHandler = state.handler
    return await handler.answer(
        request, lambda values: _intent_response(handler, handler.bank.capture(intent, _whole(values, "amount_to_capture"))), STRIPE
    )


@post("/v1/payment_intents/{intent:str}", status_code=200)
async def update(request: Request[Any, Any, Any], state: State, intent: FromPath[str]) -> Response[bytes]:
    """Change its metadata, which carry its reference."""
    handler: RequestHandler = state.handler

    def act(values: dict[str, Any]) -> dict[str, Any]:
        return _intent_response(handler, handler.bank.adopt(intent, values.get(f"metadata[{_OURS}]", "")))

    return await handler.answer(request, act, STRIPE)


@post("/v1/charges/{charge:str}", status_code=200)
async def update_charge(request: Request[Any, Any, Any], state: State, charge: FromPath[str]) -> Response[bytes]:
    """A charge has the metadata its intent had when it was made: renaming one does not rename the other."""
    handler: RequestHandler = state.handler

    def act(values: dict[str, Any]) -> dict[str, Any]:
        intent = handler.bank.get(charge.removeprefix("ch_"))
        intent.charge_reference = values.get(f"metadata[{_OURS}]", "")
        return _charge(intent, None)

    return await handler.answer(request, act, STRIPE)


@post("/v1/payment_intents/{intent:str}/cancel", status_code=200)
async def cancel(request: Request[Any, Any, Any], state: State, intent: FromPath[str]) -> Response[bytes]:
    handler: RequestHandler = state.handler
    return await handler.answer(request, lambda _: _intent_response(handler, handler.bank.release(intent)), STRIPE)


@post("/v1/refunds", status_code=200)
async def refund(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    handler: RequestHandler = state.handler

    def act(values: dict[str, Any]) -> dict[str, Any]:
        amount = _whole(values, "amount")
        return next(iter(_refunds(handler.bank.refund(values.get("payment_intent", ""), amount)).values()))

    return await handler.answer(request, act, STRIPE)


@get("/v1/payment_intents/search")
async def search(request: Request[Any, Any, Any], state: State) -> dict[str, Any]:
    """By our reference in the metadata; delayed as the faults say."""
    handler: RequestHandler = _checked_handler(request, state)
    match = re.search(r":\s*'([^']*)'", request.query_params.get("query", ""))
    try:
        intent = handler.bank.find(match[1] if match else "")
    except Refusal:
        return _listed("search_result", [])
    is_not_indexed_yet = handler.bank.age_s(intent) < handler.faults.search_behind_s
    return _listed("search_result", [] if is_not_indexed_yet else [_intent_response(handler, intent)])


@get("/v1/payment_intents/{intent:str}")
async def retrieve(request: Request[Any, Any, Any], state: State, intent: FromPath[str]) -> dict[str, Any]:
    handler: RequestHandler = _checked_handler(request, state)
    return _intent_response(handler, handler.bank.get(intent))


@get("/v1/disputes")
async def disputes(request: Request[Any, Any, Any], state: State) -> dict[str, Any]:
    handler: RequestHandler = _checked_handler(request, state)
    intent = handler.bank.get(request.query_params.get("payment_intent", ""))
    return _listed("list", [_dispute(intent)] if intent.claim else [])


@get("/v1/refunds")
async def refunds(request: Request[Any, Any, Any], state: State) -> dict[str, Any]:
    handler: RequestHandler = _checked_handler(request, state)
    return _page(_refunds(handler.bank.get(request.query_params.get("payment_intent", ""))), request.query_params, dict, "/v1/refunds")


@get("/v1/balance_transactions")
async def balance(request: Request[Any, Any, Any], state: State) -> dict[str, Any]:
    """Newest first, in pages, each with its source; restricted to a payout if one is named."""
    handler: RequestHandler = _checked_handler(request, state)
    rows = list(reversed(handler.bank.clearing(float(request.query_params.get("created[gte]", "0")))))
    payout = request.query_params.get("payout")
    rows = [row for row in rows if payout is None or row.payout == payout]

    def serialise(row: ClearingRow) -> dict[str, Any]:
        return _transaction(row, _source_reference(handler, row))

    return _page({f"txn_{row.id}": row for row in rows}, request.query_params, serialise, "/v1/balance_transactions")


@get("/v1/payouts")
async def payouts(request: Request[Any, Any, Any], state: State) -> dict[str, Any]:
    """Newest first."""
    handler: RequestHandler = _checked_handler(request, state)
    rows = reversed(handler.bank.clearing(float(request.query_params.get("created[gte]", "0"))))
    return _listed("list", [_payout(row) for row in rows if row.kind == "payout"])


def _checked_handler(request: Request[Any, Any, Any], state: State) -> RequestHandler:
    handler: RequestHandler = state.handler
    handler.check_key(request)
    if handler.faults.down:
        raise Refusal(503, "down", "The service is down.")
    return handler


def _intent_response(handler: RequestHandler, intent: Intent) -> dict[str, Any]:
    return _payment_intent(intent, handler.bank.captured_at(intent))


def _payment_intent(intent: Intent, captured_at: float | None) -> dict[str, Any]:
    ended = intent.status in ("released", "expired")
    failed = {"type": "card_error", "code": "card_declined", "decline_code": intent.code, "message": "The card was declined."}
    return {
        "id": intent.id,
        "object": "payment_intent",
        "amount": intent.amount,
        "amount_capturable": intent.held,
        "amount_received": intent.captured,
        "currency": intent.currency.lower(),
        "status": _STATUS[intent.status],
        "client_secret": f"{intent.id}_secret_{intent.secret}",
        "created": int(intent.created_at),
        "canceled_at": int(intent.changed_at) if ended else None,
        "cancellation_reason": "automatic" if intent.status == "expired" else None,
        "last_payment_error": failed if intent.code else None,
        "latest_charge": _charge(intent, captured_at),
        "metadata": _tag(intent.reference),
        "payment_method": intent.method or None,
        "customer": intent.customer or None,
        "setup_future_usage": "off_session" if intent.keeps else None,
    }


def _charge(intent: Intent, captured_at: float | None) -> dict[str, Any]:
    kind = "card_present" if intent.at_terminal else "card"
    return {
        "id": f"ch_{intent.id}",
        "object": "charge",
        "amount": intent.amount,
        "amount_captured": intent.captured,
        "amount_refunded": intent.refunded - intent.bounced,
        "refunds": _page(_refunds(intent), {}, dict, "/v1/refunds"),
        "disputed": intent.claim is not None,
        "currency": intent.currency.lower(),
        "created": int(intent.created_at),
        "balance_transaction": None if captured_at is None else {"object": "balance_transaction", "created": int(captured_at)},
        "metadata": _tag(intent.charge_reference if intent.at_terminal else intent.reference),
        "payment_intent": intent.id,
        "payment_method_details": {
            "type": kind,
            kind: {
                "capture_before": None if intent.expires_at is None else int(intent.expires_at),
                **{"brand": intent.brand, "last4": intent.last4, "exp_year": 2034, "exp_month": 12},
            },
        },
    }


def _refunds(intent: Intent) -> dict[str, dict[str, Any]]:
    """By id, newest first."""
    common = {"object": "refund", "currency": intent.currency.lower(), "payment_intent": intent.id, "metadata": _tag(intent.reference)}
    refunds = [(f"re_{intent.id}_{place}", one.amount, one.failed) for place, one in enumerate(intent.refunds)]
    return {
        name: {**common, "id": name, "amount": of, "status": "failed" if failed else "succeeded"} for name, of, failed in reversed(refunds)
    }


def _tag(reference: str) -> dict[str, str]:
    return {_OURS: reference} if reference else {}


def _dispute(intent: Intent) -> dict[str, Any]:
    claim = intent.claim
    if claim is None:
        return {}
    movements = [{"object": "balance_transaction", "created": int(claim.opened_at), "amount": -claim.amount, "fee": claim.fee}]
    if claim.status == "WON":
        movements.append({"object": "balance_transaction", "created": int(claim.changed_at), "amount": claim.amount, "fee": 0})
    return {
        "id": claim.id,
        "object": "dispute",
        "amount": claim.amount,
        "currency": intent.currency.lower(),
        "created": int(claim.opened_at),
        "status": _VERDICT[claim.status],
        "reason": claim.reason,
        "charge": f"ch_{intent.id}",
        "payment_intent": intent.id,
        "metadata": {},
        "evidence_details": {"due_by": int(claim.answer_by)},
        "balance_transactions": movements,
    }


def _payout(row: ClearingRow) -> dict[str, Any]:
    fields = {"amount": -row.gross, "currency": row.currency.lower(), "created": int(row.at), "status": "paid", "automatic": True}
    return {"id": row.payout, "object": "payout", **fields, "reconciliation_status": "completed", "metadata": {}}


def _source_reference(handler: RequestHandler, row: ClearingRow) -> str:
    """The id of a row's source: for a payment, its charge."""
    intent = handler.bank.get(row.intent) if row.intent else None
    return intent.charge_reference if intent is not None and intent.at_terminal and row.gross > 0 else row.reference


def _transaction(row: ClearingRow, name: str) -> dict[str, Any]:
    if row.kind != "payment":
        source = _payout(row) if row.kind == "payout" else None
        fields = {"id": f"txn_{row.id}", "object": "balance_transaction", "type": "payout" if source else "stripe_fee", "source": source}
        amounts = {"amount": row.gross, "fee": row.fee, "net": row.gross - row.fee}
        return {
            **fields,
            **amounts,
            "currency": row.currency.lower(),
            "created": int(row.at),
            "description": "Fee" if source is None else "",
        }
    kind = "dispute" if row.of_dispute else "charge" if row.gross > 0 and not row.bounced else "refund"
    reference = {"payment_intent": row.intent} if row.of_dispute else {"metadata": _tag(name)}
    return {
        "id": f"txn_{row.id}",
        "object": "balance_transaction",
        "type": "adjustment" if row.of_dispute else "refund_failure" if row.bounced else kind,
        "amount": row.gross,
        "fee": row.fee,
        "net": row.gross - row.fee,
        "currency": row.currency.lower(),
        "created": int(row.at),
        "source": {"object": kind, **reference},
    }


def _listed(kind: str, data: list[dict[str, Any]]) -> dict[str, Any]:
    return {"object": kind, "data": data, "has_more": False, "url": "/v1"}


def _page(objects: Mapping[str, Thing], query: Mapping[str, str], serialise: Callable[[Thing], dict[str, Any]], url: str) -> dict[str, Any]:
    names, starting_after, limit = list(objects), query.get("starting_after", ""), int(query.get("limit", "10"))
    first = names.index(starting_after) + 1 if starting_after in objects else 0
    page = [serialise(objects[name]) for name in names[first : first + limit]]
    return {**_listed("list", page), "has_more": first + limit < len(names), "url": url}  # where a client requests the next page


def _whole(values: dict[str, Any], name: str) -> int:
    text = str(values.get(name, ""))
    if not text.isdecimal():
        raise Refusal(400, "parameter_invalid_integer", f"Invalid integer: {text}")
    return int(text)


def _refused(_: Request[Any, Any, Any], refusal: Refusal) -> Response[dict[str, Any]]:
    status, body = _error(refusal)
    return Response(body, status_code=status, media_type="application/json")


stripe_api = Router(
    "/",
    route_handlers=[
        *(create, customer, capture, update, update_charge, cancel, refund),
        *(refunds, search, retrieve, disputes, balance, payouts),
    ],
    exception_handlers={Refusal: _refused},
)
