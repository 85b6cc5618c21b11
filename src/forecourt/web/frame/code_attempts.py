"""Limits guessing of codes and of other people's card numbers: wrong attempts are counted per account, on pages and in REST together."""

from collections.abc import Iterator
from contextlib import contextmanager

from forecourt.kernel import BadInput, NotFound, Refused
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.throttle import Throttle
from forecourt.web.frame.visitor import visitor_of

_TRIES, _WINDOW_S = 10, 900.0
# A wrong code for a group's plan; a card that belongs to somebody else: a number found by guessing could be copied to a card.
_WRONG = {"plan_group", "card_taken"}


class TooManyAttempts(Refused):
    """wait_s: seconds until the next try."""

    def __init__(self, wait_s: int) -> None:
        super().__init__("too_many_codes", "Too many wrong codes or numbers.", "Try again in {minutes} minutes.", minutes=-(-wait_s // 60))
        self.wait_s = wait_s


class CodeAttempts(Throttle):
    """Limits how many wrong codes one account may try in a quarter of an hour."""

    def __init__(self) -> None:
        super().__init__(_TRIES, _WINDOW_S)


@contextmanager
def limit_code_attempts(request: WebRequest) -> Iterator[None]:
    """Wrap every use of a code. After too many wrong ones, even a right one is refused."""
    tries: CodeAttempts = request.app.state.code_attempts
    account = str(visitor_of(request).require_account().id)
    if wait_s := tries.wait_s(account):
        raise TooManyAttempts(wait_s)
    try:
        yield
    except Refused as error:
        if isinstance(error, BadInput | NotFound) or error.code in _WRONG:
            tries.failed(account)
        raise
