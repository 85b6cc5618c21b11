"""Payloads that cannot be read, and the CALLERROR for each."""

import re

import msgspec

from forecourt.gateway.wire import Fault

_WHERE = re.compile(r"`(\$[^`]{0,100})`$")
_KINDS = (
    ("missing required", Fault.OCCURRENCE),
    ("unknown field", Fault.FORMAT),
    ("`array` of length", Fault.OCCURRENCE),
    ("of length", Fault.PROPERTY),
    ("Invalid enum", Fault.PROPERTY),
    ("out of range", Fault.PROPERTY),
    (">=", Fault.PROPERTY),
    ("<=", Fault.PROPERTY),
    ("Expected", Fault.TYPE),
)


class UnreadableError(Exception):
    """The message violates its schema. where: the position in the message."""

    def __init__(self, fault: Fault, where: str = "") -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.where = where


def unreadable_error(error: msgspec.ValidationError) -> UnreadableError:
    """Translate the decoder's complaint to OCPP's error categories."""
    text = str(error)
    where = _WHERE.search(text)
    fault = next((fault for mark, fault in _KINDS if mark in text), Fault.PROPERTY)
    return UnreadableError(fault, where[1] if where else "")
