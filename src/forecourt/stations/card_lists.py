"""Cards that a charger knows by itself, so that their holders can charge while it has no contact (OCPP's local authorisation list)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b

# Where a charger has not said how many it takes, altogether and in one message; and however many it takes.
USUAL_ROOM, USUAL_AT_ONCE, MOST_CARDS = 100, 20, 1000
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_AGAIN_AFTER, _MOST_MISSES, _MOST_DOUBTS = timedelta(minutes=10), 3, 3


class OfflineCards(StrEnum):
    """Whose cards the chargers of a site know by themselves."""

    NONE = "NONE"
    REGULARS = "REGULARS"  # of who has charged at the site in the last year
    ALL = "ALL"  # of all drivers of the operator, regulars first


@dataclass(frozen=True, slots=True)
class ListedCard:
    """group: of which every other card ends its charges, too. until: when it counts no more; None: nobody has said."""

    uid: str
    group: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CardsTold:
    """What a charger was told last. version: its last part's, of so many parts; a later list has a greater one.

    digest: of the list; empty: what it keeps is not known, so it is told again. at: when it was told. taken: it has answered yes to all of
    it. holds: it may keep cards. misses: how often in a row it did not take a list. refused: its word, once it is not told any more.
    doubts: how often in a row it named another version than it had taken.
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

    def due(self, at: datetime, every: timedelta) -> bool:
        """Whether to look at the list again, or to tell it again."""
        if self.refused:
            return False
        return self.at is None or at - self.at >= (every if self.digest else _AGAIN_AFTER)

    def telling(self, cards: Sequence[ListedCard], parts: int, at: datetime) -> "CardsTold":
        """The same once it is told this list, in so many parts. Versions go on growing where an older copy of the data was taken back."""
        version = max(self.version, (at - _EPOCH) // timedelta(minutes=1)) + parts
        holds = self.holds or bool(cards)
        return CardsTold(version, parts, digest_of(cards), len(cards), at, holds=holds, misses=self.misses, doubts=self.doubts)

    def took(self, version: int) -> "CardsTold":
        if version != self.version or not self.digest:
            return self
        return replace(self, taken=True, holds=self.cards > 0, misses=0)

    def missed(self, version: int, word: str, at: datetime, for_good: bool = False) -> "CardsTold":
        """It did not take a part. word: why; empty: it could not be reached."""
        if not self.version - self.parts < version <= self.version or not self.digest:
            return self
        misses = self.misses + bool(word)
        return replace(self, digest="", at=at, taken=False, misses=misses, refused=word if for_good or misses >= _MOST_MISSES else "")

    @property
    def is_asked(self) -> bool:
        """Whether its word on what it keeps is worth asking for. Of no list there are two: its version, or 0."""
        return self.taken and self.cards > 0 and self.doubts < _MOST_DOUBTS

    def named(self, version: int) -> "CardsTold":
        """It says which it keeps. One that has lost its list is told it again; one that counts otherwise is not believed for ever."""
        if not self.taken or version == self.version:
            return replace(self, doubts=0)
        return replace(self.anew(), doubts=self.doubts + 1)

    def anew(self) -> "CardsTold":
        """It came up again, or somebody wants it told: what it said before counts no more."""
        return replace(self, digest="", at=None, taken=False, misses=0, refused="", doubts=0)


def digest_of(cards: Sequence[ListedCard]) -> str:
    """Another one for another list; the order does not count."""
    lines = sorted(f"{one.uid}\n{one.group}\n{one.until}" for one in cards)
    return blake2b("\n\n".join(lines).encode(), digest_size=16).hexdigest()
