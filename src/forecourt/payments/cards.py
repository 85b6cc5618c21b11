"""Stored cards: what is shown of one, and how one comes to be stored. Numbers never come here; the processor has them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from forecourt.kernel import DriverId, OperatorId, Text


@dataclass(frozen=True, slots=True)
class StoredCard:
    """method: the processor's reference. brand and last4 are empty, year and month 0, where nothing is known of it."""

    id: UUID
    operator_id: OperatorId
    driver_id: DriverId
    method: str
    added_at: datetime
    brand: str = ""
    last4: str = ""
    year: int = 0
    month: int = 0

    @property
    def name(self) -> str:
        """ "Visa ending in 4242"."""
        brand = self.brand.replace("_", " ").title() or Text("Card")
        return Text("{brand} ending in {last4}", brand=brand, last4=self.last4) if self.last4 else Text("Stored card")

    def expired(self, on: date) -> bool:
        """A card is good to the end of its month."""
        return bool(self.year) and (self.year, self.month) < (on.year, on.month)


@dataclass(frozen=True, slots=True)
class GivenCard:
    """A card that was stored with a payment; fields as in a StoredCard."""

    method: str
    brand: str = ""
    last4: str = ""
    year: int = 0
    month: int = 0


@dataclass(frozen=True, slots=True)
class CardSetup:
    """A driver at the processor's page. reference and page: the processor's. card_id: what came of it; refusal: why nothing did."""

    id: UUID
    operator_id: OperatorId
    driver_id: DriverId
    begun_at: datetime
    reference: str = ""
    page: str = ""
    card_id: UUID | None = None
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class SetupPage:
    """Where a driver gives a card to the processor."""

    reference: str
    page: str


@dataclass(frozen=True, slots=True)
class SetupRecord:
    """What the processor says of a setup. status: "open", "stored", "failed"; method and what is shown of it once it is stored."""

    setup_id: UUID
    status: str
    method: str = ""
    brand: str = ""
    last4: str = ""
    year: int = 0
    month: int = 0
    refusal: str = ""
