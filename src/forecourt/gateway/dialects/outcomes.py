"""Turns a charger's answer to an order into an outcome."""

from collections.abc import Callable

import msgspec
from msgspec import Raw, Struct

from forecourt.stations import OrderResult, Outcome

_WORDS = {
    "Accepted": Outcome.ACCEPTED,
    "Scheduled": Outcome.ACCEPTED,
    "RebootRequired": Outcome.ACCEPTED,
    "Unlocked": Outcome.ACCEPTED,
    "NotSupported": Outcome.UNSUPPORTED,
    "NotImplemented": Outcome.UNSUPPORTED,
    "NotSupportedAttributeType": Outcome.UNSUPPORTED,
}
UNREADABLE = OrderResult(Outcome.REJECTED, "the answer could not be read")


class _Status(Struct):
    """The part of an answer that matters; any other fields are ignored."""

    status: str


_STATUS = msgspec.json.Decoder(_Status)
_NUMBERS = msgspec.json.Decoder(dict[str, int])


def status_reader(done: tuple[str, ...] = ()) -> Callable[[Raw], OrderResult]:
    """For answers that consist of one status. done: statuses that mean there is nothing left to do."""

    def read(payload: Raw) -> OrderResult:
        try:
            status = _STATUS.decode(payload).status
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return UNREADABLE
        return outcome(status, done)

    return read


def number_reader(name: str) -> Callable[[Raw], OrderResult]:
    """For answers that consist of one number: it becomes the result's detail."""

    def read(payload: Raw) -> OrderResult:
        try:
            return OrderResult(Outcome.ACCEPTED, str(_NUMBERS.decode(payload)[name])[:20])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError):
            return UNREADABLE

    return read


def outcome(status: str, done: tuple[str, ...] = ()) -> OrderResult:
    verdict = Outcome.ACCEPTED if status in done else _WORDS.get(status, Outcome.REJECTED)
    return OrderResult(verdict, "" if status == "Accepted" else status)
