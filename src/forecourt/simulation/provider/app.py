"""The provider's HTTP API: payments with idempotency keys, its clearing file, and the switches for what goes wrong."""

import asyncio
import csv
import hmac
import io
import json
from dataclasses import asdict, fields
from hashlib import sha256
from typing import Any

from litestar import Litestar, Request, Response, get, post, put
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.params import FromPath, FromQuery, JSONBody

from forecourt.simulation.clock import instant_of, stamp
from forecourt.simulation.provider.bank import Bank
from forecourt.simulation.provider.journal import Journal
from forecourt.simulation.provider.model import Faults, Refusal

_JSON = "application/json"


class Desk:
    """Answers requests: checks the key of the merchant, remembers answers by idempotency key, and fails where told to."""

    def __init__(self, bank: Bank, secret: str, faults: Faults, journal: Journal) -> None:
        self.bank, self.faults = bank, faults
        self._secret, self._journal = secret, journal
        self._answers = {key: (fingerprint, status, body) for key, fingerprint, status, body in journal.answers()}

    def check_key(self, request: Request[Any, Any, Any]) -> None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._secret}".encode()):
            raise Refusal(401, "api_key", "The API key is not one of this account.")

    async def answer(self, request: Request[Any, Any, Any], act: Any) -> Response[bytes]:
        """Do what a request asks, once for each idempotency key; a key used for something else is refused."""
        self.check_key(request)
        await self._fail("down" if self.faults.down else "", before=True)
        body = await request.body()
        key = request.headers.get("idempotency-key", "")
        if not key:
            raise Refusal(400, "idempotency_key", "An Idempotency-Key is needed.")
        fingerprint = sha256(f"{request.method} {request.url.path} ".encode() + body).hexdigest()
        known = self._answers.get(key)
        if known is None:
            status, text = _acted(act, body)
            self._answers[key] = known = (fingerprint, status, text)
            self._journal.keep_answer(key, *known)
        elif known[0] != fingerprint:
            raise Refusal(409, "idempotency_mismatch", "This key was used for another request.")
        await self._fail("", before=False)
        return Response(known[2], status_code=known[1], media_type=_JSON)

    async def _fail(self, why: str, before: bool) -> None:
        when = "before" if before else "after"
        if why:
            raise Refusal(503, "down", "The service is down.")
        if self.faults.take(f"timeouts_{when}_effect"):
            await asyncio.sleep(self.faults.hang_s)
            raise Refusal(504, "timeout", "Nobody should be waiting for this any more.")
        if self.faults.take(f"errors_{when}_effect"):
            raise Refusal(500, "internal", "Something broke.")


def _acted(act: Any, body: bytes) -> tuple[int, bytes]:
    try:
        status, answer = 200, act(_read(body))
    except Refusal as refusal:
        if refusal.status not in (402, 400):
            raise
        status, answer = refusal.status, {"error": {"code": refusal.code, "text": refusal.text}}
    return status, json.dumps(answer, separators=(",", ":")).encode()


def _read(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError as error:
        raise Refusal(400, "body", "The body is not JSON.") from error
    if not isinstance(value, dict):
        raise Refusal(400, "body", "The body is not an object.")
    return value


def _whole(values: dict[str, Any], name: str) -> int:
    value = values.get(name)
    if type(value) is not int:
        raise Refusal(400, name, f"{name} is a whole number of minor units.")
    return value


@post("/v1/payments", status_code=200)
async def create(request: Request[Any, Any, Any], state: State) -> Response[bytes]:
    desk: Desk = state.desk

    def act(values: dict[str, Any]) -> dict[str, Any]:
        reference, currency, method = (str(values.get(name, "")) for name in ("reference", "currency", "method"))
        if not reference or len(currency) != 3:
            raise Refusal(400, "payment", "reference and currency are needed.")
        return desk.bank.create(reference, _whole(values, "amount"), currency, method, values.get("capture") == "later").answer()

    return await desk.answer(request, act)


@post("/v1/payments/{payment:str}/capture", status_code=200)
async def capture(request: Request[Any, Any, Any], state: State, payment: FromPath[str]) -> Response[bytes]:
    desk: Desk = state.desk
    return await desk.answer(request, lambda values: desk.bank.capture(payment, _whole(values, "amount")).answer())


@post("/v1/payments/{payment:str}/release", status_code=200)
async def release(request: Request[Any, Any, Any], state: State, payment: FromPath[str]) -> Response[bytes]:
    desk: Desk = state.desk
    return await desk.answer(request, lambda _: desk.bank.release(payment).answer())


@post("/v1/payments/{payment:str}/refund", status_code=200)
async def refund(request: Request[Any, Any, Any], state: State, payment: FromPath[str]) -> Response[bytes]:
    desk: Desk = state.desk
    return await desk.answer(request, lambda values: desk.bank.refund(payment, _whole(values, "amount")).answer())


@get("/v1/payments/{payment:str}")
async def read(request: Request[Any, Any, Any], state: State, payment: FromPath[str]) -> dict[str, Any]:
    """By the provider's id or the merchant's reference."""
    desk: Desk = state.desk
    desk.check_key(request)
    if desk.faults.down:
        raise Refusal(503, "down", "The service is down.")
    return desk.bank.find(payment).answer()


@get("/v1/clearing.csv", media_type="text/csv")
async def clearing(request: Request[Any, Any, Any], state: State, since: FromQuery[str] = "2000-01-01T00:00:00Z") -> str:
    """Captures and refunds paid out since an instant, in minor units."""
    desk: Desk = state.desk
    desk.check_key(request)
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(("id", "reference", "currency", "gross", "fee", "net", "at"))
    for row in desk.bank.clearing(instant_of(since)):
        sheet.writerow((row.id, row.reference, row.currency, row.gross, row.fee, row.gross - row.fee, stamp(row.at)))
    return out.getvalue()


@get("/control/totals")
async def totals(state: State) -> dict[str, Any]:
    return asdict(state.desk.bank.totals())


@put("/control/faults")
async def set_faults(state: State, data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
    """Switch faults on and off by name."""
    names = {field.name for field in fields(Faults)}
    if strange := set(data) - names:
        raise Refusal(400, "faults", f"There is no fault {sorted(strange)}.")
    for name, value in data.items():
        setattr(state.desk.faults, name, value)
    return asdict(state.desk.faults)


def refused(_: Request[Any, Any, Any], refusal: Refusal) -> Response[dict[str, Any]]:
    return Response({"error": {"code": refusal.code, "text": refusal.text}}, status_code=refusal.status, media_type=_JSON)


def http_error(_: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
    return Response({"error": {"code": "http", "text": error.detail}}, status_code=error.status_code, media_type=_JSON)


def api(desk: Desk) -> Litestar:
    """The ASGI application."""
    return Litestar(
        [create, capture, release, refund, read, clearing, totals, set_faults],
        state=State({"desk": desk}),
        exception_handlers={Refusal: refused, HTTPException: http_error},
        openapi_config=None,
        logging_config=None,
    )
