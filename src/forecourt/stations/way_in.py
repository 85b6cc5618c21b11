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


@dataclass(frozen=True, slots=True)
class Contact:
    """since: when it came into or out of contact last. watched: since when its history is kept; None = it is not yet. lost: in contact,
    when it had lost it before."""

    since: datetime | None = None
    watched: datetime | None = None
    lost: datetime | None = None

    def turned(self, connected: bool, at: datetime) -> "Contact":
        """Watching begins with the first contact: what was never there did not fail."""
        return Contact(at, self.watched or (at if connected else None), self.since if connected else None)

    def silent(self, connected: bool, at: datetime, away: timedelta, heard_within: timedelta) -> bool:
        """It is out of contact for so long, or was until just now and may still have to tell what happened meanwhile."""
        if not connected:
            return self.since is None or at - self.since >= away
        if self.since is None or self.lost is None:
            return False
        return self.since - self.lost >= away and at - self.since < heard_within
