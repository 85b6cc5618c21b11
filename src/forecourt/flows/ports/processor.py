"""The card processor, outside the Store: called by edges and couriers, between units of work."""

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

        A QueryPayment is answered with the record; every other order with an Answer. Never raises for an outcome.
        """
        ...

    def adopt(self, wanted: Adopt) -> ProcessorRecord | Rejected | Unanswered:
        """Take over a hold of a card terminal. Rejected if it belongs to another payment, is no hold or is unknown; always, by a processor
        that cannot do this. Repeating it changes nothing. Never raises for an outcome."""
        ...

    def fetch_record(self, payment_id: PaymentId) -> ProcessorRecord | None:
        """The processor's record of a payment; None if it has none. Raises ConnectionError if it cannot be reached."""
        ...

    def clearing(self, since: datetime) -> Sequence[ClearingLine]:
        """Clearing rows since an instant. Raises ConnectionError if it cannot be reached."""
        ...

    def parse_webhook(self, body: bytes, signature: str, at: datetime) -> ProcessorEvent | None:
        """The event of a webhook; None if it concerns nothing of ours.

        Raises Forbidden for a signature that is forged, stale or missing; BadInput for a bad body.
        """
        ...


class CardSetupService(Protocol):
    """Where drivers enter their cards with the processor. Calls take up to some seconds: edges make them, between units of work."""

    def begin(self, setup_id: UUID, currency: str, back: str) -> SetupPage:
        """The processor's page for a setup, always the same one for an id. back: the address to return to.

        Raises ConnectionError if the processor cannot be reached.
        """
        ...

    def fetch_record(self, setup: CardSetup) -> SetupRecord:
        """The outcome of a setup. Raises ConnectionError if the processor cannot be reached."""
        ...
