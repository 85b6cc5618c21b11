"""Whether somebody is still there at the other end of a socket: by what is said, by answers to pings, by what is read."""

from forecourt.gateway.server.settings import GatewaySettings

_MAX_UNSENT_BYTES = 256 * 1024
_MAX_UNSENT_S = 30.0


class Pulse:
    """now: seconds of the loop's clock."""

    def __init__(self, settings: GatewaySettings, now: float) -> None:
        self._settings = settings
        self.heard_at = self._unsent_since = now
        self._pinged_at: float | None = None
        self._pongs = False  # whether this charger ever answered a ping

    def ponged(self, now: float) -> None:
        self.heard_at = now
        self._pinged_at, self._pongs = None, True

    def pinged(self, now: float) -> None:
        self._pinged_at = now

    def is_silent(self, now: float) -> bool:
        return now - self.heard_at > self._settings.silence_s

    def has_missed_pong(self, now: float) -> bool:
        return self._pinged_at is not None and self._pongs and now - self._pinged_at > self._settings.pong_s

    def reads_slowly(self, unsent_bytes: int, now: float) -> bool:
        """Much is unsent, or some has been for long."""
        if not unsent_bytes:
            self._unsent_since = now
        return unsent_bytes > _MAX_UNSENT_BYTES or now - self._unsent_since > _MAX_UNSENT_S

    def wants_ping(self, now: float) -> bool:
        ping_s = self._settings.ping_s
        return now - self.heard_at > ping_s and (self._pinged_at is None or now - self._pinged_at > ping_s)
