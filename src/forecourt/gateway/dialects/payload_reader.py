"""Decode a payload to its type: strictly first, then forgivingly for messages that must never be lost."""

import json
from typing import Any, Generic, TypeVar

import msgspec

from forecourt.gateway.dialects.lenient import decode_leniently
from forecourt.gateway.dialects.unreadable import UnreadableError, unreadable_error
from forecourt.gateway.wire import Fault, has_duplicate_keys

T = TypeVar("T", bound=msgspec.Struct)
_ENCODER = msgspec.json.Encoder()


class PayloadReader(Generic[T]):
    """Reads one type of message.

    lenient: what fails strict decoding is read again forgivingly; the flags say what was tolerated.
    """

    def __init__(self, kind: type[T], lenient: bool = False) -> None:
        self._kind = kind
        self._lenient = lenient
        self._decoder = msgspec.json.Decoder(kind)

    def read(self, payload: str, decoded: Any = None) -> tuple[T, list[str]]:
        """The message and its flags (the caller may add to them). Raises UnreadableError. decoded: the result of strict decoding, if
        available."""
        if decoded is not None:
            return decoded, []
        try:
            message = self._decoder.decode(payload)
        except msgspec.ValidationError as error:
            if not self._lenient:
                raise unreadable_error(error) from error
            return self._read_leniently(payload, error)
        except (msgspec.DecodeError, RecursionError) as error:
            raise UnreadableError(Fault.FORMAT) from error
        self._refuse_duplicates(payload, message)
        return message, []

    def _refuse_duplicates(self, payload: str, message: T) -> None:
        """A decoder silently keeps the last of two equal keys; the message encoded again then has fewer colons.

        Without escapes the two counts are equal exactly if no key came twice and no optional field was null.
        """
        if "\\" not in payload and payload.count(":") == _ENCODER.encode(message).count(b":"):
            return
        if has_duplicate_keys(payload):
            raise UnreadableError(Fault.FORMAT, "$ (a key came twice)")

    def _read_leniently(self, text: str, error: msgspec.ValidationError) -> tuple[T, list[str]]:
        if has_duplicate_keys(text):
            raise UnreadableError(Fault.FORMAT, "$ (a key came twice)") from error
        try:
            document: Any = json.loads(text)
        except (ValueError, RecursionError) as broken:
            raise UnreadableError(Fault.FORMAT) from broken
        flags: list[str] = []
        message: T = decode_leniently(document, self._kind, flags)
        return message, flags
