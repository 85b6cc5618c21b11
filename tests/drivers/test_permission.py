from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from forecourt.drivers import DebtStatus, Token, TokenKind, TokenStatus, decide, token_uid
from forecourt.kernel import BadInput, DriverId, OperatorId, TokenUid
from forecourt.stations import Verdict

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CARD = Token(TokenUid("04A1"), OperatorId(UUID(int=1)), DriverId(UUID(int=2)), TokenKind.RFID)
BLOCKED = Token(CARD.uid, CARD.operator_id, CARD.driver_id, CARD.kind, TokenStatus.BLOCKED)
OLD = Token(CARD.uid, CARD.operator_id, CARD.driver_id, CARD.kind, valid_until=NOON)  # not at that instant any more
YOUNG = Token(CARD.uid, CARD.operator_id, CARD.driver_id, CARD.kind, valid_until=NOON + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("token", "standing", "busy", "verdict"),
    [
        (CARD, DebtStatus(), False, Verdict.ACCEPTED),
        (None, DebtStatus(), False, Verdict.INVALID),
        (BLOCKED, DebtStatus(), False, Verdict.BLOCKED),
        (OLD, DebtStatus(), False, Verdict.EXPIRED),
        (YOUNG, DebtStatus(), False, Verdict.ACCEPTED),
        (CARD, DebtStatus(blocked=True), False, Verdict.NO_CREDIT),
        (CARD, DebtStatus(), True, Verdict.CONCURRENT),
    ],
)
def test_permission_to_charge_follows_token_status_debt_and_concurrent_use(
    token: Token | None, standing: DebtStatus, busy: bool, verdict: Verdict
) -> None:
    assert decide(token, standing, NOON, busy) is verdict


def test_tokens_are_compared_ignoring_case_and_blanks() -> None:
    assert token_uid(" 04a1b2 ") == token_uid("04A1B2")


@pytest.mark.parametrize("text", ["", " ", "x" * 37, "a\x00b", "a\nb"])
def test_an_invalid_token_uid_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        token_uid(text)
