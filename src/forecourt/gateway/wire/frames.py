"""One frame of OCPP-J, read strictly and once.

The usual call, of an action whose type the caller knows, is decoded whole in one C pass. For any other frame only the
head is decoded, and the dialect decodes the payload later. Anything slower runs only for frames that look suspicious
or have failed; what is accepted and what is refused is the same either way.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw, Struct

from forecourt.gateway.wire.faults import Fault, Spelling
from forecourt.gateway.wire.frame_checks import MANY_BRACKETS, may_be_deep, read_head, why_unsafe

MAX_FRAME_BYTES = 128 * 1024
MAX_ID_CHARS = 36
UNREADABLE_ID = "-1"


class Call(Struct, frozen=True, gc=False):
    """The charger calls an action. payload: as received. message: the decoded message, if the frame could be decoded in one pass."""

    id: str
    action: str
    payload: str
    message: Struct | None = None


class CallResult(Struct, frozen=True, gc=False):
    """The charger answers a call of ours."""

    id: str
    payload: Raw


class CallError(Struct, frozen=True, gc=False):
    """The charger refuses a call of ours (CALLERROR). code: as spelled by the charger."""

    id: str
    code: str
    text: str


class Refusal(Struct, frozen=True, gc=False):
    """The frame is invalid; the peer is told so with a CALLERROR. reason: a short word to count by."""

    id: str
    fault: Fault
    reason: str


class Stray(Struct, frozen=True, gc=False):
    """Something that gets no reply: an answer that is not expected, or an invalid answer. reason: a short word to count by."""

    reason: str


Event = Call | CallResult | CallError | Refusal | Stray

_Id = Annotated[str, Meta(min_length=1, max_length=MAX_ID_CHARS)]
_Action = Annotated[str, Meta(max_length=64)]
_CALL = msgspec.json.Decoder(tuple[Literal[2], _Id, _Action, Raw])
_RESULT = msgspec.json.Decoder(tuple[Literal[3], _Id, Raw])
_ERROR = msgspec.json.Decoder(tuple[Literal[4], _Id, str, str, Raw])
_encode = msgspec.json.Encoder().encode
_AROUND_PAYLOAD = ", \t\n\r]"
WholeCalls = Mapping[str, "msgspec.json.Decoder[Any]"]
_NONE: WholeCalls = {}
# From OCPP 2.1, and never answered: our answer could not be read (CALLRESULTERROR), and a message that expects no reply (SEND).
_UNANSWERED = {"5": "answer_refused", "6": "sent"}


def whole_call(action: str, kind: type[Struct]) -> "msgspec.json.Decoder[Any]":
    """The decoder of a whole frame that calls the action."""
    return msgspec.json.Decoder(tuple[Literal[2], _Id, Literal[action], kind])  # type: ignore[valid-type]


def read_frame(frame: bytes, whole_calls: WholeCalls = _NONE) -> Call | CallResult | CallError | Refusal | Stray:
    """Classify a frame. Never raises, whatever the bytes. whole_calls: by action, the decoders made by `whole_call`."""
    if len(frame) > MAX_FRAME_BYTES:
        return Refusal(UNREADABLE_ID, Fault.FRAME, "size")
    try:
        text = frame.decode()
    except UnicodeDecodeError:
        return Refusal(UNREADABLE_ID, Fault.FRAME, "utf8")
    parts = text.split('"', 4)
    decoder = whole_calls.get(parts[3]) if len(parts) == 5 else None
    if decoder is None or "\\" in text or (len(text) > MANY_BRACKETS and may_be_deep(text)):
        return _read_in_steps(text)
    try:
        _, call_id, action, message = decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return _read_in_steps(text)
    payload = parts[4].strip(_AROUND_PAYLOAD)
    # Given two equal keys, a decoder silently keeps the last: the message encoded again then has fewer colons.
    return Call(call_id, action, payload, message) if payload.count(":") == _encode(message).count(58) else _read_in_steps(text)


def _read_in_steps(text: str) -> Call | CallResult | CallError | Refusal | Stray:
    reason = why_unsafe(text)
    if reason:
        return _refusal(text, reason)
    try:
        if text.startswith("[2"):
            return _called(text)
        if text.startswith("[3"):
            _, call_id, payload = _RESULT.decode(text)
            return CallResult(call_id, payload)
        return _read_slowly(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return _refusal(text, "json")


def write_call(call_id: str, action: str, payload: bytes) -> bytes:
    return b"[2,%b,%b,%b]" % (_encode(call_id), _encode(action), payload)


def write_result(call_id: str, payload: bytes) -> bytes:
    return b"[3,%b,%b]" % (_encode(call_id), payload)


def write_error(call_id: str, fault: Fault, spelling: Spelling, detail: str = "") -> bytes:
    """detail: the position in the charger's own message, such as `$.meterValue[0]`; never anything internal."""
    text = f"{fault.value} {detail}".strip()[:255]
    return b"[4,%b,%b,%b,{}]" % (_encode(call_id), _encode(spelling.code(fault)), _encode(text))


def _called(text: str) -> Call:
    _, call_id, action, payload = _CALL.decode(text)
    return Call(call_id, action, bytes(payload).decode())


def _read_slowly(text: str) -> Call | CallResult | CallError | Refusal | Stray:
    """Frames that begin with white space, errors, and any other valid JSON."""
    kind = read_head(text).kind
    if kind == "2":
        return _called(text)
    if kind == "3":
        _, call_id, payload = _RESULT.decode(text)
        return CallResult(call_id, payload)
    if kind == "4":
        _, call_id, code, description, _ = _ERROR.decode(text)
        return CallError(call_id, code, description)
    return _refusal(text, "frame")


def _refusal(text: str, reason: str) -> Refusal | Stray:
    """Refuse a frame, with as much of its head as can be read; invalid answers get no reply, or two peers would loop."""
    head = read_head(text)
    if head.kind in ("3", "4"):
        return Stray(f"answer_{reason}")
    if head.kind in _UNANSWERED:
        return Stray(_UNANSWERED[head.kind])
    call_id = head.id if head.id and len(head.id) <= MAX_ID_CHARS else UNREADABLE_ID
    if head.kind not in ("", "2"):
        return Refusal(call_id, Fault.MESSAGE_TYPE, "message_type")
    if head.id and len(head.id) > MAX_ID_CHARS:
        return Refusal(call_id, Fault.FRAME, "id_length")
    return Refusal(call_id, Fault.FRAME if call_id == UNREADABLE_ID else Fault.FORMAT, reason)
