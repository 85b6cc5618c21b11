"""Web push: a message for a browser, through the push service it named. That address comes from a browser, so it is trusted as little as
an operator's: only public addresses, exactly the one that was checked, no redirects."""

import os
from datetime import datetime
from urllib.parse import urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from forecourt.messengers.outgoing import HttpRequest, RefusedAddress
from forecourt.messengers.push_encryption import bytes_of, encrypted, public_point, server_key, text_of, vapid
from forecourt.notices import DeliveryOutcome, DeliveryResult, Push, one_line

_GONE = (404, 410)
_LATER = (408, 425, 429)


class WebPusher:
    """A Pusher. Blocking; may be used by several threads. secret: the installation's own; contact: mailto: or https:, for the operators
    of the push service."""

    def __init__(self, secret: bytes, contact: str, outgoing: HttpRequest | None = None) -> None:
        self._key, self._contact, self._outgoing = server_key(secret), contact, outgoing or HttpRequest()

    def close(self) -> None:
        self._outgoing.close()

    @property
    def public_key(self) -> str:
        """The key that browsers subscribe to."""
        return text_of(public_point(self._key))

    def push(self, push: Push, at: datetime) -> DeliveryResult:
        """GONE: the browser has unsubscribed, or no longer exists."""
        try:
            sealed = self._sealed(push)
        except ValueError as error:
            return DeliveryResult(DeliveryOutcome.GONE, one_line(f"not the keys of a browser: {error}")[:300])
        try:
            code, _ = self._outgoing.post(push.endpoint, self._headers(push, at), sealed)
        except RefusedAddress as error:
            return DeliveryResult(DeliveryOutcome.NEVER, str(error))
        except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
            return DeliveryResult(DeliveryOutcome.LATER, one_line(f"{type(error).__name__}: {error}")[:300])
        if 200 <= code < 300:
            return DeliveryResult(DeliveryOutcome.SENT)
        if code in _GONE:
            return DeliveryResult(DeliveryOutcome.GONE, f"answered {code}")
        return DeliveryResult(DeliveryOutcome.LATER if code >= 500 or code in _LATER else DeliveryOutcome.NEVER, f"answered {code}")

    def _sealed(self, push: Push) -> bytes:
        return encrypted(push.body, bytes_of(push.p256dh), bytes_of(push.auth), generate_private_key(SECP256R1()), os.urandom(16))

    def _headers(self, push: Push, at: datetime) -> dict[str, str]:
        parts = urlsplit(push.endpoint)
        return {
            "Authorization": vapid(self._key, f"{parts.scheme}://{parts.netloc}", self._contact, at),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(push.ttl_s),
            "Topic": push.key,
            "Urgency": "high" if push.urgent else "normal",
        }
