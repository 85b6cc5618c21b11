"""Messages as lines of COPY, the cheapest way into a table.

A line is put together as if nothing in it needed an escape, and once more where something does.
"""

from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from msgspec import json

from forecourt.kernel import ChargerId
from forecourt.stations import Acknowledgement, Message
from forecourt.store.codec import json_bytes

_NULL = "\x1a"  # no transaction is called this
COPY = (
    "COPY facts (operator_id, site_id, charger_id, dedupe_key, received_at, action, kind, transaction, fact, raw,"
    f" flags, ack) FROM STDIN WITH (NULL '{_NULL}')"
)
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\ufffd"})
_encode = json.Encoder().encode
_PLAIN_ACK = Acknowledgement()
_PLAIN_ACK_JSON = _encode(_PLAIN_ACK).decode()


def copy_lines(messages: Iterable[tuple[Message, Acknowledgement]]) -> bytes:
    return "".join([_line(message, ack) for message, ack in messages]).encode()


def _line(message: Message, ack: Acknowledgement) -> str:
    fact, raw, key = message.fact, message.raw, message.dedupe_key
    ack_json = _PLAIN_ACK_JSON if ack == _PLAIN_ACK else json_bytes(ack).decode()
    line = (
        f"{_origin(message.operator_id.int, message.site_id.int, message.charger_id)}\t{key}"
        f"\t{_encode(message.received_at)[1:-1].decode()}"
        f"\t{message.action}\t{type(fact).__name__}\t{getattr(fact, 'transaction', None) or _NULL}\t{_encode(fact).decode()}"
        f"\t{raw}\t{_flags(message.flags) if message.flags else '{}'}\t{ack_json}"
    )
    # What a fact holds of such characters stands escaped in its JSON.
    unusual = "\\" in line or "\n" in line or "\r" in line or "\0" in line or "\t" in raw or "\t" in key
    return (_escaped(message, ack_json) if unusual else line) + "\n"


def _escaped(message: Message, ack_json: str) -> str:
    fact = message.fact
    transaction = getattr(fact, "transaction", None)
    fields = (
        message.charger_id,
        message.dedupe_key,
        message.received_at.isoformat(),
        message.action,
        type(fact).__name__,
        transaction or _NULL,
        json_bytes(fact).decode(),
        message.raw,
        _flags(message.flags),
        ack_json,
    )
    return "\t".join((str(message.operator_id), str(message.site_id), *(field.translate(_ESCAPES) for field in fields)))


def _flags(flags: Iterable[str]) -> str:
    """An array of text, as PostgreSQL reads one."""
    return "{" + ",".join('"' + flag.replace("\\", "\\\\").replace('"', '\\"') + '"' for flag in flags) + "}"


@lru_cache(maxsize=100_000)
def _origin(operator: int, site: int, charger_id: ChargerId) -> str:
    """Of the ids' integers: to hash one of them takes a tenth of the time."""
    return f"{UUID(int=operator)}\t{UUID(int=site)}\t{charger_id}"
