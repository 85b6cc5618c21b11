"""A connection that stands ends where what it came in by opens no more: its certificate was revoked, or a person has it come again."""

from forecourt.gateway.orders_codec import encode_order, encode_result
from forecourt.gateway.server.settings import GatewaySettings
from forecourt.stations import ComeAgain, OrderResult, Outcome

# As it comes to whoever holds the socket, and the answer.
COME_AGAIN, SENT_OUT = encode_order(ComeAgain()), encode_result(OrderResult(Outcome.ACCEPTED))


class Standing:
    """certificate: what it came in by, DER; empty: something else. now: seconds of the loop."""

    def __init__(self, settings: GatewaySettings, certificate: bytes, now: float) -> None:
        self._settings = settings
        self._certificate = certificate
        self._looked_at = now

    def is_lost(self, now: float) -> bool:
        """Looked at once a while, by each connection at its own moment."""
        revoked = self._settings.is_revoked
        if revoked is None or not self._certificate or now - self._looked_at < self._settings.standing_s:
            return False
        self._looked_at = now
        return revoked(self._certificate)
