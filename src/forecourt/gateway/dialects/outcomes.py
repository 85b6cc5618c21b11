"""A charger's answer to an order, as an outcome."""

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


def status_reader(kind: type[Struct], done: tuple[str, ...] = ()) -> Callable[[Raw], OrderResult]:
    """For answers that are one status. done: words that mean there is nothing left to do."""
    decoder = msgspec.json.Decoder(kind)

    def read(payload: Raw) -> OrderResult:
        try:
            status: str = decoder.decode(payload).status  # type: ignore[attr-defined]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return UNREADABLE
        return outcome(status, done)

    return read


def outcome(status: str, done: tuple[str, ...] = ()) -> OrderResult:
    verdict = Outcome.ACCEPTED if status in done else _WORDS.get(status, Outcome.REJECTED)
    return OrderResult(verdict, "" if status == "Accepted" else status)
