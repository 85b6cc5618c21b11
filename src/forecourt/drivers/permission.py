"""Whether a token may charge now."""

from datetime import datetime
from functools import lru_cache

from forecourt.drivers.contracts import contract_token, looks_like_contract, without_contract_mark
from forecourt.drivers.model import DebtStatus, Token
from forecourt.kernel import BadInput, DriverId, Text, TokenUid
from forecourt.stations import Verdict

_WORDS = {
    Verdict.BLOCKED: Text("blocked"),
    Verdict.EXPIRED: Text("expired"),
    Verdict.INVALID: Text("not valid"),
    Verdict.NO_CREDIT: Text("no credit"),
    Verdict.CONCURRENT: Text("already charging elsewhere"),
    Verdict.NO_ROOM: Text("not enough power"),
    Verdict.NOT_NOW: Text("not at this time"),
}


def verdict_label(verdict: Verdict) -> Text:
    """Why a token may not charge, for its holder."""
    return _WORDS[verdict]


@lru_cache(4096)  # most cards are presented to ask, to start and to stop
def token_uid(text: str) -> TokenUid:
    """Normalise a token as chargers send it: strip blanks, upper case (OCPP 1.6 CiString20, 2.0.1 up to 36).

    Contracts, marked as such, get the spelling used for look-ups."""
    folded = contract_token(without_contract_mark(text)) if looks_like_contract(text) else text.strip().upper()
    if not 1 <= len(folded) <= 36 or not folded.isprintable():
        raise BadInput("token_uid", "{token!r} is not a token.", "A token has 1 to 36 printable characters.", token=text[:40])
    return TokenUid(folded)


def group_of(driver_id: DriverId) -> str:
    """The name by which chargers recognise all tokens of a driver as one person's (OCPP 1.6 parentIdTag, CiString20; 2.0.1 groupIdToken).

    It is not a token itself: it is the random end of the driver's id."""
    return f"{driver_id.int % 16**20:020X}"


def decide(token: Token | None, debt_status: DebtStatus, at: datetime, busy_elsewhere: bool = False) -> Verdict:
    """The verdict on a token at an instant.

    Unknown tokens are INVALID and never created on the fly. Debt gives NO_CREDIT. A token that is already charging
    elsewhere is CONCURRENT (OCPP 1.6 ConcurrentTx).
    """
    if token is None:
        return Verdict.INVALID
    if token.blocked:
        return Verdict.BLOCKED
    if token.valid_until is not None and token.valid_until <= at:
        return Verdict.EXPIRED
    if debt_status.blocked:
        return Verdict.NO_CREDIT
    return Verdict.CONCURRENT if busy_elsewhere else Verdict.ACCEPTED
