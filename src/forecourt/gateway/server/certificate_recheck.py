"""Ends an open connection once what admitted it is no longer valid: its certificate has expired, was revoked, or was issued by an
authority that is no longer trusted; or an operator orders a reconnect."""

from forecourt.gateway.orders_codec import encode_order, encode_result
from forecourt.gateway.server.certificates import ShownCertificate, ended
from forecourt.gateway.server.settings import GatewaySettings
from forecourt.kernel import Clock
from forecourt.stations import OrderResult, Outcome, Reconnect

# How the request to the holder of the socket begins, before its id, and its answer.
RECONNECT, RECONNECTING = encode_order(Reconnect()).removesuffix(b'""]'), encode_result(OrderResult(Outcome.ACCEPTED))


class CertificateRecheck:
    """certificate: the one that admitted the connection; None if something else did. now: seconds of the event loop's clock."""

    def __init__(self, settings: GatewaySettings, clock: Clock, certificate: ShownCertificate | None, now: float) -> None:
        self._settings = settings
        self._clock = clock
        self._certificate = certificate
        self._checked_at = now

    def why_invalid(self, now: float) -> str:
        """The reason, in words for the operator; empty: the connection stays. Checked from time to time, each connection at its own
        moment."""
        shown = self._certificate
        if shown is None or now - self._checked_at < self._settings.certificate_recheck_s:
            return ""
        self._checked_at = now
        return ended(shown, self._clock.now()) or self._settings.why_invalid(shown.der, shown.context)
