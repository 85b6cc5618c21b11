"""How a charger gets in, in the words of OCPP's security profiles."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum


class SecurityProfile(IntEnum):
    """NAMED is none of the standard's: whoever knows its name gets in."""

    NAMED = 0
    PASSWORD = 1
    PASSWORD_TLS = 2
    CERTIFICATE = 3


@dataclass(frozen=True, slots=True)
class WayIn:
    """How it came in last. profile None: it has not come yet, or was given a password since.

    network: where from. certificate_ends: of the one it came with. refused: why a certificate shown under its name was, unless it has
    come in since.
    """

    profile: SecurityProfile | None = None
    network: str = ""
    certificate_ends: datetime | None = None
    refused: str = ""
    refused_at: datetime | None = None

    @property
    def by_certificate(self) -> bool:
        """Then its password opens no more: what protects a link is not lowered over it."""
        return self.profile is SecurityProfile.CERTIFICATE

    def after(self, now: "WayIn") -> "WayIn":
        """It has come in another time; one that was let in by its password while its certificate was being kept lowers nothing."""
        return self if self.by_certificate and not now.by_certificate else now

    def turned_away(self, why: str, at: datetime) -> "WayIn":
        return replace(self, refused=why, refused_at=at)


# In contact for so long, a charger has told its states and begun to tell what else happened before.
TELLS_IN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Contact:
    """since: when it came into or out of contact last. watched: since when its history is kept; None = it is not yet. lost: in contact,
    when it had lost it before. quiet: since when it was never in contact for long enough to tell what had happened (TELLS_IN)."""

    since: datetime | None = None
    watched: datetime | None = None
    lost: datetime | None = None
    quiet: datetime | None = None

    def turned(self, connected: bool, at: datetime) -> "Contact":
        """Watching begins with the first contact: what was never there did not fail."""
        if connected:
            return Contact(at, self.watched or at, self.since, self.quiet or self.since)
        told = self.quiet is None or self.since is None or at - self.since >= TELLS_IN
        return Contact(at, self.watched, quiet=at if told else self.quiet)

    def silent(self, connected: bool, at: datetime, away: timedelta) -> bool:
        """It is out of contact for so long."""
        quiet = self.quiet or self.since
        return not connected and (quiet is None or at - quiet >= away)

    def back_from(self, connected: bool, away: timedelta) -> datetime | None:
        """When it came back after so long; None: it did not, or is away."""
        quiet = self.quiet or self.lost
        return self.since if connected and self.since and quiet and self.since - quiet >= away else None
