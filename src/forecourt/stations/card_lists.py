"""Cards that a charger knows itself, so that their holders can charge while it is offline (OCPP's local authorisation list)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

# Assumed where a charger has not said how many cards it takes, in all and in one message; then the maximum in any case.
DEFAULT_CAPACITY, DEFAULT_PER_MESSAGE, MAX_CARDS = 100, 20, 1000
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_RETRY_AFTER, _MAX_MISSES, _MAX_DOUBTS = timedelta(minutes=10), 3, 3


class OfflineCards(StrEnum):
    """Whose cards the chargers of a site store themselves."""

    NONE = "NONE"
    REGULARS = "REGULARS"  # of drivers who charged at the site in the last year
    ALL = "ALL"  # of all drivers of the operator, regulars first


@dataclass(frozen=True, slots=True)
class ListedCard:
    """group: every other card of the group may also end its charges. until: when it expires; None: not stated."""

    uid: str
    group: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SentCardList:
    """What a charger was last sent. version: of the last part; parts: how many parts there were; each later list has a greater version.

    digest: of the list; empty: the charger's content is unknown, so the list is sent again. at: when it was sent. taken: it accepted all
    of it. holds: it may have cards stored. misses: consecutive lists it did not take. refused: its reason, once we have stopped
    sending. doubts: consecutive times it reported another version than it had accepted.
    """

    version: int = 0
    parts: int = 0
    digest: str = ""
    cards: int = 0
    at: datetime | None = None
    taken: bool = False
    holds: bool = False
    misses: int = 0
    refused: str = ""
    doubts: int = 0

    def due(self, at: datetime, interval: timedelta) -> bool:
        """Whether it is time to check the list again, or to send it again."""
        if self.refused:
            return False
        return self.at is None or at - self.at >= (interval if self.digest else _RETRY_AFTER)

    def after_sending(self, cards: Sequence[ListedCard], parts: int, at: datetime) -> "SentCardList":
        """The state after sending this list in so many parts. Versions keep growing even if an older copy of the database was restored."""
        version = max(self.version, (at - _EPOCH) // timedelta(minutes=1)) + parts
        holds = self.holds or bool(cards)
        return SentCardList(version, parts, digest_of(cards), len(cards), at, holds=holds, misses=self.misses, doubts=self.doubts)

    def after_acceptance(self, version: int) -> "SentCardList":
        if version != self.version or not self.digest:
            return self
        return replace(self, taken=True, holds=self.cards > 0, misses=0)

    def after_failure(self, version: int, error: str, at: datetime, for_good: bool = False) -> "SentCardList":
        """The state after a part was not accepted. error: why; empty: the charger could not be reached."""
        if not self.version - self.parts < version <= self.version or not self.digest:
            return self
        misses = self.misses + bool(error)
        return replace(self, digest="", at=at, taken=False, misses=misses, refused=error if for_good or misses >= _MAX_MISSES else "")

    @property
    def should_verify_version(self) -> bool:
        """Whether asking the charger for its version is worthwhile. Without a list there are two valid answers: its version, or 0."""
        return self.taken and self.cards > 0 and self.doubts < _MAX_DOUBTS

    def after_version_report(self, version: int) -> "SentCardList":
        """The state after it reported its version. If wrong, the list is sent again, but not if it keeps being wrong."""
        if not self.taken or version == self.version:
            return replace(self, doubts=0)
        return replace(self.after_reset(), doubts=self.doubts + 1)

    def after_reset(self) -> "SentCardList":
        """The state after a reboot, or when somebody wants the list sent again: everything known before is discarded."""
        return replace(self, digest="", at=None, taken=False, misses=0, refused="", doubts=0)


def digest_of(cards: Sequence[ListedCard]) -> str:
    """A digest of the list; the order of the cards does not matter."""
    lines = sorted(f"{one.uid}\n{one.group}\n{one.until}" for one in cards)
    return blake2b("\n\n".join(lines).encode(), digest_size=16).hexdigest()
