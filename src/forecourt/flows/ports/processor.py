"""What is asked of the card processor, outside the Store: edges and couriers do, between units of work."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from forecourt.kernel import PaymentId
from forecourt.payments import (
    Adopt,
    Answer,
    CardSetup,
    ClearingLine,
    PaymentOrder,
    ProcessorEvent,
    ProcessorRecord,
    Rejected,
    SetupPage,
    SetupRecord,
    Unanswered,
)


class Processor(Protocol):
    """Where card payments are made. Calls take up to some seconds: couriers make them, between units of work."""

    def carry_out(self, order: PaymentOrder, repeated: bool = False) -> Answer | ProcessorRecord:
        """Deliver an order. repeated: it was sent before without an answer, so the processor's record is read first.

        A Look is answered with the record; every other order with an Answer. Never raises for an outcome.
        """
        ...

    def adopt(self, wanted: Adopt) -> ProcessorRecord | Rejected | Unanswered:
        """Take over a hold of a card terminal. One that is another payment's, no hold, or not known is Rejected; so is every one by a
        processor that cannot do it. Repeating it changes nothing. Never raises for an outcome."""
        ...

    def look(self, payment_id: PaymentId) -> ProcessorRecord | None:
        """The processor's record of a payment; None if it has none. Raises ConnectionError when it cannot be asked."""
        ...

    def clearing(self, since: datetime) -> Sequence[ClearingLine]:
        """What was paid out since an instant. Raises ConnectionError when it cannot be asked."""
        ...

    def parse_webhook(self, body: bytes, signature: str, at: datetime) -> ProcessorEvent | None:
        """The event of a webhook; None where it tells of nothing of ours.

        Raises Forbidden for a signature that is forged, stale or missing; BadInput for a bad body.
        """
        ...


class CardDesk(Protocol):
    """Where drivers give cards to the processor. Calls take up to some seconds: edges make them, between units of work."""

    def begin(self, setup_id: UUID, currency: str, back: str) -> SetupPage:
        """The processor's page for it, the same again for the same id. back: the address it leads back to.

        Raises ConnectionError when it cannot be had.
        """
        ...

    def look(self, setup: CardSetup) -> SetupRecord:
        """What came of it. Raises ConnectionError when it cannot be asked."""
        ...
