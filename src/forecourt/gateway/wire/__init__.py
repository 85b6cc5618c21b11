"""OCPP-J without sockets: text in, events out. Time is an argument; nothing here blocks."""

from forecourt.gateway.wire.conversation import Conversation
from forecourt.gateway.wire.faults import Fault, Spelling, fault_of
from forecourt.gateway.wire.frame_checks import has_duplicate_keys
from forecourt.gateway.wire.frames import (
    MAX_FRAME_BYTES,
    Call,
    CallError,
    CallResult,
    Refusal,
    Stray,
    WholeCalls,
    read_frame,
    whole_call,
    write_error,
    write_result,
)

__all__ = [
    "MAX_FRAME_BYTES",
    "Call",
    "CallError",
    "CallResult",
    "Conversation",
    "Fault",
    "Refusal",
    "Spelling",
    "Stray",
    "WholeCalls",
    "fault_of",
    "has_duplicate_keys",
    "read_frame",
    "whole_call",
    "write_error",
    "write_result",
]
