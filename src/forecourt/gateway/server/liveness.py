"""Whether the peer of a socket is still there, judged by its messages, its answers to pings, and whether it reads."""

from forecourt.gateway.server.settings import GatewaySettings

_MAX_UNSENT_BYTES = 256 * 1024
_MAX_UNSENT_S = 30.0


class Liveness:
    """now: seconds of the event loop's clock."""

    def __init__(self, settings: GatewaySettings, now: float) -> None:
        self._settings = settings
        self.last_frame_at = self._unsent_since = now
        self._pinged_at: float | None = None
        self._answers_pings = False  # whether this charger has ever answered a ping

    def pong_received(self, now: float) -> None:
        self.last_frame_at = now
        self._pinged_at, self._answers_pings = None, True

    def ping_sent(self, now: float) -> None:
        self._pinged_at = now

    def is_silent(self, now: float) -> bool:
        return now - self.last_frame_at > self._settings.silence_s

    def has_missed_pong(self, now: float) -> bool:
        return self._pinged_at is not None and self._answers_pings and now - self._pinged_at > self._settings.pong_s

    def reads_slowly(self, unsent_bytes: int, now: float) -> bool:
        """Whether much is unsent, or some has been for a long time."""
        if not unsent_bytes:
            self._unsent_since = now
        return unsent_bytes > _MAX_UNSENT_BYTES or now - self._unsent_since > _MAX_UNSENT_S

    def is_ping_due(self, now: float) -> bool:
        ping_s = self._settings.ping_s
        return now - self.last_frame_at > ping_s and (self._pinged_at is None or now - self._pinged_at > ping_s)
