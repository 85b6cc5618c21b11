"""The code on a charger's display is valid around the time it is shown."""

import hashlib
import hmac
import struct
from datetime import UTC, datetime, timedelta

import pytest

from forecourt.kernel import ChargerId
from forecourt.stations import PAY_CODE_LENGTH, PAY_CODE_VALID_S, PayCodes, code_secret, turn_of

NOW = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
SECRET = code_secret(b"k" * 32, ChargerId("CP1"), 1)


def shown(secret: str, at: datetime, letters: str = LETTERS) -> str:
    """As the standard's pseudocode has it, written apart from what is tested."""
    interval = struct.pack(">Q", int((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() / PAY_CODE_VALID_S))
    digest, text = hmac.HMAC(bytes(secret, "utf-8"), interval, "sha256").digest(), ""
    while len(text) < PAY_CODE_LENGTH:
        text += letters[digest[((digest[31] % 16) + len(text)) % 32] % len(letters)]
    return text


def test_pay_codes_follow_the_algorithm_of_the_ocpp_standard() -> None:
    """Compared with a value calculated by hand from the digest."""
    at = datetime.fromtimestamp(60 * 1000, UTC)
    digest = hashlib.sha256(bytes(b ^ 0x5C for b in b"abc".ljust(64, b"\0")))
    digest.update(hashlib.sha256(bytes(b ^ 0x36 for b in b"abc".ljust(64, b"\0")) + (1000).to_bytes(8, "big")).digest())
    raw = digest.digest()
    by_hand = "".join(LETTERS[(raw + raw)[(raw[-1] & 15) + place] % 62] for place in range(PAY_CODE_LENGTH))
    assert turn_of(["abc"], by_hand, at) == 1000 and by_hand == shown("abc", at)


@pytest.mark.parametrize("letters", [LETTERS, LETTERS.replace("o", "")])
@pytest.mark.parametrize(("late_s", "counts"), [(0, True), (60, True), (89, True), (91, False), (-60, True), (-91, False), (3600, False)])
def test_a_pay_code_is_valid_in_its_minute_and_the_adjacent_ones(letters: str, late_s: int, counts: bool) -> None:
    """With either of the two alphabets of chargers."""
    turn = turn_of([SECRET], shown(SECRET, NOW, letters), NOW + timedelta(seconds=late_s))
    assert (turn == int(NOW.timestamp()) // 60) if counts else turn is None


@pytest.mark.parametrize("code", ["", "0" * 10, "é" * 10, shown(SECRET, NOW)[:-1], shown(SECRET, NOW) + "0", shown(SECRET, NOW).swapcase()])
def test_anything_else_is_not_a_valid_pay_code(code: str) -> None:
    assert turn_of([SECRET], code, NOW) is None


def test_every_charger_and_secret_number_has_its_own_secret() -> None:
    secrets = {code_secret(b"k" * 32, ChargerId(name), number) for name in ("CP1", "CP2") for number in (1, 2)}
    assert len(secrets) == 4 and all(len(one) == 43 for one in secrets)
    with pytest.raises(ValueError, match="32 bytes"):
        code_secret(b"", ChargerId("CP1"), 1)


def test_until_a_charger_has_accepted_a_new_secret_the_previous_one_is_valid_too() -> None:
    first = PayCodes().offering().after_answer(True)
    second = first.offering()
    assert (first.numbers, second.numbers, second.after_answer(False).numbers, second.after_answer(True).numbers) == (
        (1,),
        (1, 2),
        (1,),
        (2,),
    )
    assert second.after_answer(False).offering().offered == 3, "a number is never used again"
    assert not second.off().shown
