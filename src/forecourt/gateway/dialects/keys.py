"""Keys that identify a message when it is sent again."""

from hashlib import blake2b

from forecourt.gateway.dialects.hearing import Heard


def digest(payload: str) -> str:
    return blake2b(payload.encode(), digest_size=16).hexdigest()


def once(kind: str, heard: Heard) -> str:
    """For a message without a timestamp of its own: a repeat is only recognised within the same moment.

    The message id alone is not enough: chargers that count from 1 after each boot reuse it.
    """
    return f"{kind}/{heard.received_at.isoformat()}/{heard.call_id}"
