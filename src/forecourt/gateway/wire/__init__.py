"""OCPP-J without sockets: text in, events out. Time is an argument; nothing here blocks."""

from forecourt.gateway.wire.conversation import Conversation
from forecourt.gateway.wire.faults import Fault, Spelling, fault_of
from forecourt.gateway.wire.frames import (
    MAX_FRAME_BYTES,
    Answered,
    Called,
    Failed,
    Refusal,
    Stray,
    WholeCalls,
    read_frame,
    whole_call,
    write_error,
    write_result,
)
from forecourt.gateway.wire.suspicion import has_duplicate_keys

__all__ = [
    "MAX_FRAME_BYTES",
    "Answered",
    "Called",
    "Conversation",
    "Failed",
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
