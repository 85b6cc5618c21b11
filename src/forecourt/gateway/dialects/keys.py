"""Keys by which a message that is sent again is known again."""

from hashlib import blake2b

from forecourt.gateway.dialects.hearing import Heard


def digest(payload: str) -> str:
    return blake2b(payload.encode(), digest_size=16).hexdigest()


def once(kind: str, heard: Heard) -> str:
    """For a message without a time of its own: known again only within the same moment.

    The message id alone would not do: chargers that number from 1 after each boot reuse it.
    """
    return f"{kind}/{heard.received_at.isoformat()}/{heard.call_id}"
