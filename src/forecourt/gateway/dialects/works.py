"""Progress of log uploads and firmware updates, and the answers to such orders: the same in every version."""

from collections.abc import Callable

import msgspec
from msgspec import Raw, Struct

from forecourt.gateway.dialects.hearing import EMPTY, Hear, Heard, Report
from forecourt.gateway.dialects.keys import once
from forecourt.gateway.dialects.outcomes import UNREADABLE, outcome
from forecourt.gateway.dialects.reading import Reader
from forecourt.stations import Acknowledgement, OrderResult, WorkKind, WorkReported

FILE = "File"
# It cancelled its current job for this one.
_DONE = ("AcceptedCanceled",)


class _Answer(Struct):
    """1.6 answers a diagnostics request with only a file name, or with nothing if it has none."""

    status: str = ""
    filename: str | None = None
    diagnostics: str | None = msgspec.field(name="fileName", default=None)


_ANSWER = msgspec.json.Decoder(_Answer)


def reporting_work(kind: type[Struct], work: WorkKind) -> Hear:
    """kind: the version's message; it has a status, and in most versions a requestId."""
    reader = Reader(kind)

    def reported(payload: str, heard: Heard) -> Report:
        message, flags = reader.read(payload, heard.message)
        number = getattr(message, "request_id", None)
        fact = WorkReported(heard.received_at, work, message.status, number if number is not None and 0 <= number < 2**31 else None)  # type: ignore[attr-defined]
        return Report(fact, once("work", heard), tuple(flags), _answer, transactional=False)

    return reported


def work_reader(absent: str = "") -> Callable[[Raw], OrderResult]:
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
