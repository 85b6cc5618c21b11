"""A connection that stands ends where what it came in by opens no more: its certificate has ended, was revoked, or is by somebody who is
trusted no more; or a person has it come again."""

from forecourt.gateway.orders_codec import encode_order, encode_result
from forecourt.gateway.server.certificates import ShownCertificate, ended
from forecourt.gateway.server.settings import GatewaySettings
from forecourt.kernel import Clock
from forecourt.stations import ComeAgain, OrderResult, Outcome

# As it comes to whoever holds the socket, and the answer.
COME_AGAIN, SENT_OUT = encode_order(ComeAgain()), encode_result(OrderResult(Outcome.ACCEPTED))


class Standing:
    """certificate: what it came in by; None: something else. now: seconds of the loop."""

    def __init__(self, settings: GatewaySettings, clock: Clock, certificate: ShownCertificate | None, now: float) -> None:
        self._settings = settings
        self._clock = clock
        self._certificate = certificate
        self._looked_at = now

    def why_lost(self, now: float) -> str:
        """In words for the operator; empty: it stands. Looked at once a while, by each connection at its own moment."""
        shown = self._certificate
        if shown is None or now - self._looked_at < self._settings.standing_s:
            return ""
        self._looked_at = now
        return ended(shown, self._clock.now()) or self._settings.why_no_more(shown.der, shown.context)
