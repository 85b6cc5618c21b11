"""Stored cards: what may be shown of a card, and how it gets stored. Card numbers never come here; the processor has them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from forecourt.kernel import DriverId, OperatorId, Text


@dataclass(frozen=True, slots=True)
class StoredCard:
    """method: the processor's reference. If nothing is known of the card, brand and last4 are empty, and year and month are 0."""

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
        """A card is valid until the end of its month."""
        return bool(self.year) and (self.year, self.month) < (on.year, on.month)


@dataclass(frozen=True, slots=True)
class GivenCard:
    """A card that was stored along with a payment; fields as in `StoredCard`."""

    method: str
    brand: str = ""
    last4: str = ""
    year: int = 0
    month: int = 0


@dataclass(frozen=True, slots=True)
class CardSetup:
    """A driver's visit to the processor's page to store a card. reference, page: the processor's. card_id: the card that was stored;
    refusal: why none was."""

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
    """The processor's page on which a driver enters a card."""

    reference: str
    page: str


@dataclass(frozen=True, slots=True)
class SetupRecord:
    """The processor's record of a setup. status: "open", "stored", "failed"; method and the card's details once it is stored."""

    setup_id: UUID
    status: str
    method: str = ""
    brand: str = ""
    last4: str = ""
    year: int = 0
    month: int = 0
    refusal: str = ""
