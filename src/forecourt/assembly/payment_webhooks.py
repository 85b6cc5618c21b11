"""The web's entry point for events from the payment provider."""

from datetime import datetime

from forecourt.assembly.identifiers import RandomIds
from forecourt.flows.answers import receive_payment_event
from forecourt.flows.ports import Processor, Store


class ProviderEvents:
    def __init__(self, processor: Processor) -> None:
        self._processor = processor
        self._ids = RandomIds()

    def accept(self, store: Store, body: bytes, signature: str, at: datetime) -> None:
        """Check the signature, then process the event, once."""
        event = self._processor.parse_webhook(body, signature, at)
        if event is not None:
            receive_payment_event(store, event, at, self._ids)
