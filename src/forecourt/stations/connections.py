"""How a charger connects, in terms of OCPP's security profiles."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum


class SecurityProfile(IntEnum):
    """NAMED is not part of the standard: anyone who knows the name gets in."""

    NAMED = 0
    PASSWORD = 1
    PASSWORD_TLS = 2
    CERTIFICATE = 3


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """How it last connected. profile None: it has not connected yet, or not since it was given a password.

    network: the source network. certificate_ends: of the certificate used. refused: why a certificate shown under its name was refused,
    unless it has connected since.
    """

    profile: SecurityProfile | None = None
    network: str = ""
    certificate_ends: datetime | None = None
    refused: str = ""
    refused_at: datetime | None = None

    @property
    def by_certificate(self) -> bool:
        """If so, its password is no longer accepted: the protection of a link is never lowered."""
        return self.profile is SecurityProfile.CERTIFICATE

    def after(self, now: "ConnectionInfo") -> "ConnectionInfo":
        """The state after another connection. One by password, let in while its certificate was being stored, lowers nothing."""
        return self if self.by_certificate and not now.by_certificate else now

    def turned_away(self, reason: str, at: datetime) -> "ConnectionInfo":
        return replace(self, refused=reason, refused_at=at)


# After so long in contact, a charger has reported its states and begun to report what happened before.
REPORTS_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Contact:
    """since: when it last came into or lost contact. watched: since when its history is recorded; None = not yet. lost: while in contact,
    when the previous contact was lost. quiet: since when no contact lasted long enough to report what had happened (REPORTS_WITHIN)."""

    since: datetime | None = None
    watched: datetime | None = None
    lost: datetime | None = None
    quiet: datetime | None = None

    def after_change(self, connected: bool, at: datetime) -> "Contact":
        """The state after contact was made or lost. Watching begins with the first contact: a charger that was never there did not fail."""
        if connected:
            return Contact(at, self.watched or at, self.since, self.quiet or self.since)
        is_reported = self.quiet is None or self.since is None or at - self.since >= REPORTS_WITHIN
        return Contact(at, self.watched, quiet=at if is_reported else self.quiet)

    def silent(self, connected: bool, at: datetime, duration: timedelta) -> bool:
        """Whether it has been out of contact for so long."""
        quiet = self.quiet or self.since
        return not connected and (quiet is None or at - quiet >= duration)

    def back_from(self, connected: bool, duration: timedelta) -> datetime | None:
        """When it came back after being away for so long; None: it was not, or is away now."""
        quiet = self.quiet or self.lost
        return self.since if connected and self.since and quiet and self.since - quiet >= duration else None
