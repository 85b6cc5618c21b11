"""The second factor: time-based codes (RFC 6238, as authenticator apps make them), and recovery codes that work once."""

import hashlib
import hmac
import struct
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

STEP_S, DIGITS = 30, 6
RECOVERY_CODES = 10
# A phone's clock may be off by a step, and typing takes time.
_DRIFT = 1


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """sealed: the secret, which only the edge can decrypt. last_step: of the newest code used; it and older ones are no longer valid.
    recovery: SHA-256 digests of the remaining recovery codes."""

    account_id: UUID
    sealed: str
    since: datetime
    last_step: int
    recovery: tuple[bytes, ...] = ()

    def used(self, secret: bytes | None, entered: str, now: datetime) -> "SecondFactor | None":
        """The factor after a typed code was used at `now` (real time); None if the code is wrong or used up.

        secret: None if it could not be decrypted; recovery codes work even then.
        """
        code = normalise_code(entered)
        if len(code) == DIGITS:
            step = step_of(secret, code, now, self.last_step) if secret else None
            return None if step is None else replace(self, last_step=step)
        digest = recovery_digest(code)
        left = tuple(one for one in self.recovery if not hmac.compare_digest(one, digest))
        return None if len(left) == len(self.recovery) else replace(self, recovery=left)


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of a time step: RFC 6238 with SHA-1, as the apps expect."""
    mac = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    place = mac[-1] & 0xF
    number = int.from_bytes(mac[place : place + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"


def step_of(secret: bytes, code: str, now: datetime, after: int = -1) -> int | None:
    """The time step of a code, among those acceptable at `now` (real time) and newer than `after`; None if there is none."""
    present = int(now.timestamp()) // STEP_S
    may_be = range(max(present - _DRIFT, after + 1), present + _DRIFT + 1)
    return next((step for step in may_be if hmac.compare_digest(code_at(secret, step).encode(), code.encode())), None)


def normalise_code(entered: str) -> str:
    """Normalise what was typed: upper case, without separators."""
    return "".join(char for char in entered[:64].upper() if char.isalnum())


def recovery_digest(code: str) -> bytes:
    return hashlib.sha256(normalise_code(code).encode()).digest()
