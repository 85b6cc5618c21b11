"""Signed calls to operators' own systems: "t=<unix seconds>,v1=<HMAC-SHA256 of "t.body">", the scheme payment processors use.

While a secret is being replaced there are two v1, of the new one and of the one before."""

import hmac
import socket
import time
from hashlib import sha256

import httpx

from forecourt.messengers.outgoing import Allowed, HttpRequest, RefusedAddress, Resolve, public_only
from forecourt.notices import MAX_ANSWER_LENGTH, DeliveryOutcome, DeliveryResult, WebhookCall, one_line


class WebhookClient:
    """A Caller. Blocking; may be used by several threads. allowed, secure_only and resolve: as in Outgoing."""

    def __init__(self, allowed: Allowed = public_only, secure_only: bool = True, resolve: Resolve = socket.getaddrinfo) -> None:
        self._outgoing = HttpRequest(allowed, secure_only, resolve)

    def close(self) -> None:
        self._outgoing.close()

    def call(self, call: WebhookCall) -> DeliveryResult:
        """Any 2xx answer means delivered; a redirect does not."""
        begun = time.perf_counter()
        code, body = 0, b""
        try:
            code, body = self._outgoing.post(call.url, _headers(call), call.body, 4 * MAX_ANSWER_LENGTH)
        except RefusedAddress as error:
            return DeliveryResult(DeliveryOutcome.NEVER, str(error))
        except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
            fate, why = DeliveryOutcome.LATER, one_line(f"{type(error).__name__}: {error}")[:300]
        else:
            fate, why = (DeliveryOutcome.SENT, "") if 200 <= code < 300 else (DeliveryOutcome.LATER, f"answered {code}")
        answer = one_line(body.decode(errors="replace"))[:MAX_ANSWER_LENGTH]
        return DeliveryResult(fate, why, code, int((time.perf_counter() - begun) * 1000), answer)


def _headers(call: WebhookCall) -> dict[str, str]:
    signed_at = int(call.at.timestamp())
    signed = f"{signed_at}.".encode() + call.body
    signatures = (hmac.new(one.encode(), signed, sha256).hexdigest() for one in call.secrets)
    return {
        "Content-Type": "application/json",
        "Forecourt-Event": call.key,
        "Forecourt-Signature": ",".join((f"t={signed_at}", *(f"v1={one}" for one in signatures))),
    }
