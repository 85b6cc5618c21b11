"""Progress of log uploads and firmware updates, and the answers to such orders: the same in every version."""

from collections.abc import Callable

import msgspec
from msgspec import Raw, Struct

from forecourt.gateway.dialects.dedupe_keys import arrival_key
from forecourt.gateway.dialects.model import EMPTY, CallContext, CallHandler, Report
from forecourt.gateway.dialects.outcomes import UNREADABLE, outcome
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.stations import Acknowledgement, ChargerJobKind, OrderResult, WorkReported

FILE = "File"
# It cancelled its current job for this one.
_DONE = ("AcceptedCanceled",)


class _Answer(Struct):
    """1.6 answers a diagnostics request with only a file name, or with nothing if it has none."""

    status: str = ""
    filename: str | None = None
    diagnostics: str | None = msgspec.field(name="fileName", default=None)


_ANSWER = msgspec.json.Decoder(_Answer)


def progress_handler(kind: type[Struct], work: ChargerJobKind) -> CallHandler:
    """kind: the version's message; it has a status, and in most versions a requestId."""
    reader = PayloadReader(kind)

    def handle(payload: str, context: CallContext) -> Report:
        message, flags = reader.read(payload, context.message)
        number = getattr(message, "request_id", None)
        fact = WorkReported(context.received_at, work, message.status, number if number is not None and 0 <= number < 2**31 else None)  # type: ignore[attr-defined]
        return Report(fact, arrival_key("work", context), tuple(flags), _answer, transactional=False)

    return handle


def progress_reader(absent: str = "") -> Callable[[Raw], OrderResult]:
    """absent: the outcome of an answer with neither a status nor a file name."""

    def read(payload: Raw) -> OrderResult:
        try:
            answer = _ANSWER.decode(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return UNREADABLE
        name = answer.filename or answer.diagnostics
        found = outcome(answer.status or ("Accepted" if name else absent), _DONE)
        return OrderResult(found.outcome, found.detail, ((FILE, name),) if name else ())

    return read


def _answer(_acknowledgement: Acknowledgement) -> bytes:
    return EMPTY
