"""The local authorization list of a simulated charger, received in parts, each with a version."""

from dataclasses import dataclass, field
from typing import Any

AT_ONCE = 20


@dataclass(slots=True)
class CardList:
    """cards: each with its group. used: whether it applies while offline. unknown_may_charge: whether unknown cards may charge offline.
    most: its capacity."""

    version: int = 0
    cards: dict[str, str] = field(default_factory=dict)
    most: int = 200
    used: bool = False
    unknown_may_charge: bool = True

    def group_of(self, token: str) -> str | None:
        """The group of a card presented offline; None: it may not charge."""
        known = self.cards.get(token.upper()) if self.used else None
        return "" if known is None and self.unknown_may_charge else known

    def update(self, version: int, whole: bool, entries: "list[tuple[str, str | None]]") -> str:
        """told: cards with their groups; None: remove the card. Returns the status in OCPP's words."""
        if not whole and version <= self.version:
            return "VersionMismatch"
        cards = {} if whole else dict(self.cards)
        for card, group in entries:
            cards.pop(card.upper(), None)
            if group is not None:
                cards[card.upper()] = group
        if len(cards) > self.most or len(entries) > AT_ONCE:
            return "Failed"
        self.version, self.cards = version, cards
        return "Accepted"


def entries_16(payload: dict[str, Any]) -> "list[tuple[str, str | None]]":
    """From OCPP 1.6: a card without further data is to be removed."""
    listed = payload.get("localAuthorizationList") or []
    return [(one["idTag"], one["idTagInfo"].get("parentIdTag", "") if "idTagInfo" in one else None) for one in listed]


def entries_2(payload: dict[str, Any]) -> "list[tuple[str, str | None]]":
    """The same from 2.x."""
    listed = payload.get("localAuthorizationList") or []
    return [(one["idToken"]["idToken"], _group(one["idTokenInfo"]) if "idTokenInfo" in one else None) for one in listed]


def _group(info: dict[str, Any]) -> str:
    return str(info.get("groupIdToken", {}).get("idToken", ""))
