"""Keys that identify a message when it is sent again."""

from hashlib import blake2b

from forecourt.gateway.dialects.model import CallContext


def digest(payload: str) -> str:
    return blake2b(payload.encode(), digest_size=16).hexdigest()


def arrival_key(kind: str, context: CallContext) -> str:
    """For a message without a timestamp of its own: a repeat is only recognised within the same moment.

    The message id alone is not enough: chargers that count from 1 after each boot reuse it.
    """
    return f"{kind}/{context.received_at.isoformat()}/{context.call_id}"
