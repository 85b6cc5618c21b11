"""The second factor: codes that change with time (RFC 6238, as authenticator apps make them), and recovery codes that are good once."""

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
    """sealed: the secret, which the edge alone can open. last_step: of the newest code that was used; it and older ones are used up.
    recovery: SHA-256 digests of the recovery codes that are left."""

    account_id: UUID
    sealed: str
    since: datetime
    last_step: int
    recovery: tuple[bytes, ...] = ()

    def used(self, secret: bytes | None, typed: str, now: datetime) -> "SecondFactor | None":
        """What is left of it after a code that somebody typed at `now` (real time); None where the code is wrong or used up.

        secret: None where it could not be opened; recovery codes are good all the same.
        """
        code = tidied(typed)
        if len(code) == DIGITS:
            step = step_of(secret, code, now, self.last_step) if secret else None
            return None if step is None else replace(self, last_step=step)
        digest = recovery_digest(code)
        left = tuple(one for one in self.recovery if not hmac.compare_digest(one, digest))
        return None if len(left) == len(self.recovery) else replace(self, recovery=left)


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """The code of a time step: RFC 6238 with SHA-1, which is what the apps know."""
    mac = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    place = mac[-1] & 0xF
    number = int.from_bytes(mac[place : place + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}}"


def step_of(secret: bytes, code: str, now: datetime, after: int = -1) -> int | None:
    """The time step whose code it is, among those that may be shown at `now` (real time) and are newer than `after`."""
    present = int(now.timestamp()) // STEP_S
    may_be = range(max(present - _DRIFT, after + 1), present + _DRIFT + 1)
    return next((step for step in may_be if hmac.compare_digest(code_at(secret, step).encode(), code.encode())), None)


def tidied(typed: str) -> str:
    """As somebody meant it, whatever they put between the signs."""
    return "".join(char for char in typed[:64].upper() if char.isalnum())


def recovery_digest(code: str) -> bytes:
    return hashlib.sha256(tidied(code).encode()).digest()
