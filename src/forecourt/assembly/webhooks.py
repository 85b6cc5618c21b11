"""The web's door for the payment provider's news."""

from datetime import datetime

from forecourt.assembly.identifiers import RandomIds
from forecourt.flows.answers import paid
from forecourt.flows.ports import Processor, Store


class ProviderEvents:
    def __init__(self, processor: Processor) -> None:
        self._processor = processor
        self._ids = RandomIds()

    def accept(self, store: Store, body: bytes, signature: str, at: datetime) -> None:
        """Check the signature, then take the event up, once."""
        event = self._processor.parse_webhook(body, signature, at)
        if event is not None:
            paid(store, event, at, self._ids)
