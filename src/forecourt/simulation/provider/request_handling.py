"""What every API of the provider does with a request: authenticate, replay known answers, and inject faults."""

import asyncio
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from litestar import Request, Response

from forecourt.simulation.provider.bank import Bank
from forecourt.simulation.provider.journal import Journal
from forecourt.simulation.provider.model import Faults, Refusal

Act = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ApiFormat:
    """How an API parses a body, and how it words a refusal (status and body)."""

    read: Callable[[bytes], dict[str, Any]]
    error: Callable[[Refusal], tuple[int, dict[str, Any]]]


class RequestHandler:
    """Answers requests: checks the merchant's key, remembers answers by idempotency key, and fails on request."""

    def __init__(self, bank: Bank, secret: str, faults: Faults, journal: Journal) -> None:
        self.bank, self.faults = bank, faults
        self._secret, self._journal = secret, journal
        self._answers = {key: (fingerprint, status, body) for key, fingerprint, status, body in journal.answers()}

    def check_key(self, request: Request[Any, Any, Any]) -> None:
        authorization = request.headers.get("authorization", "")
        if not hmac.compare_digest(authorization.encode(), f"Bearer {self._secret}".encode()):
            raise Refusal(401, "api_key", "The API key is not one of this account.")

    async def answer(self, request: Request[Any, Any, Any], act: Act, api_format: ApiFormat) -> Response[bytes]:
        """Carry out a request once per idempotency key; a key used for something else is refused."""
        self.check_key(request)
        await self._fail("down" if self.faults.down else "", before=True)
        body = await request.body()
        key = request.headers.get("idempotency-key", "")
        if not key:
            raise Refusal(400, "idempotency_key", "An Idempotency-Key is needed.")
        fingerprint = sha256(f"{request.method} {request.url.path} ".encode() + body).hexdigest()
        known = self._answers.get(key)
        if known is None:
            status, text = _perform(act, body, api_format)
            self._answers[key] = known = (fingerprint, status, text)
            self._journal.keep_answer(key, *known)
        elif known[0] != fingerprint:
            raise Refusal(409, "idempotency_mismatch", "This key was used for another request.")
        await self._fail("", before=False)
        return Response(known[2], status_code=known[1], media_type="application/json")

    async def _fail(self, reason: str, before: bool) -> None:
        phase = "before" if before else "after"
        if reason:
            raise Refusal(503, "down", "The service is down.")
        if self.faults.take(f"timeouts_{phase}_effect"):
            await asyncio.sleep(self.faults.hang_s)
            raise Refusal(504, "timeout", "Nobody should be waiting for this any more.")
        if self.faults.take(f"errors_{phase}_effect"):
            raise Refusal(500, "internal", "Something broke.")


def _perform(act: Act, body: bytes, api_format: ApiFormat) -> tuple[int, bytes]:
    """An answer that is stored under its key; this includes final refusals (a decline, a bad request)."""
    try:
        status, answer = 200, act(api_format.read(body))
    except Refusal as refusal:
        if refusal.status not in (402, 400):
            raise
        status, answer = api_format.error(refusal)
    return status, json.dumps(answer, separators=(",", ":")).encode()
