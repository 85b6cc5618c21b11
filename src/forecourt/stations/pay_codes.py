"""A code on a charger's own display that leads guests to the payment page, a new one each minute (OCPP 2.1, C25)."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from forecourt.kernel import ChargerId

PAY_CODE_VERSION = "v1"
# Each is accepted during its period and for as long before and after: clocks differ, and people take a moment.
PAY_CODE_VALID_S = 60
PAY_CODE_LENGTH = 10
# The standard calls its alphabet base62 but lists 61 characters, without the o: a charger may use either.
_ALPHABETS = (
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "0123456789abcdefghijklmnpqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
)


@dataclass(frozen=True, slots=True)
class PayCodes:
    """made: secrets made for it so far. number: of the secret in use; 0 = none. offered: of a secret that was sent but may not have been
    accepted: then both are valid. used: by socket number, the turn (minute) of the newest code that somebody began to pay with.
    """

    made: int = 0
    number: int = 0
    offered: int = 0
    used: tuple[tuple[int, int], ...] = ()

    @property
    def shown(self) -> bool:
        return bool(self.number or self.offered)

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(one for one in (self.number, self.offered) if one)

    def offering(self) -> "PayCodes":
        return replace(self, made=self.made + 1, offered=self.made + 1)

    def after_answer(self, is_accepted: bool) -> "PayCodes":
        """The state after the charger accepted the last secret offered, or did not."""
        return replace(self, number=self.offered if is_accepted else self.number, offered=0)

    def off(self) -> "PayCodes":
        return replace(self, number=0, offered=0)

    def used_up_to(self, evse_number: int) -> int:
        return dict(self.used).get(evse_number, -1)

    def using(self, evse_number: int, turn: int) -> "PayCodes":
        return replace(self, used=tuple(sorted((dict(self.used) | {evse_number: turn}).items())))


def code_secret(key: bytes, charger_id: ChargerId, number: int) -> str:
    """The secret shared with the charger: 256 bits as text, derived whenever it is needed and never stored.

    key: the installation's own secret. Raises ValueError if it is too short.
    """
    if len(key) < 32:
        raise ValueError("the key of payment codes needs at least 32 bytes")
    return urlsafe_b64encode(hmac.new(key, f"payment code/{charger_id}/{number}".encode(), hashlib.sha256).digest()).decode().rstrip("=")


def turn_of(secrets: Iterable[str], code: str, at: datetime) -> int | None:
    """The turn (minute) of a code, if it could be on display about now; otherwise None."""
    present = int(at.timestamp()) // PAY_CODE_VALID_S
    found = None
    for secret in secrets:
        for turn in (present, present - 1, present + 1):
            if any(hmac.compare_digest(one.encode(), code.encode()) for one in _codes(secret, turn)):
                found = turn
    return found


def _codes(secret: str, turn: int) -> list[str]:
    digest = hmac.new(secret.encode(), turn.to_bytes(8, "big"), hashlib.sha256).digest()
    start = digest[-1] & 15
    picked = [digest[(start + place) % len(digest)] for place in range(PAY_CODE_LENGTH)]
    return ["".join(alphabet[one % len(alphabet)] for one in picked) for alphabet in _ALPHABETS]
