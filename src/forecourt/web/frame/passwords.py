"""What a password must be, and its hash: argon2id, as RFC 9106 recommends for interactive logins with little memory."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from forecourt.kernel import Text

MIN_LENGTH, MAX_LENGTH = 12, 200


def password_error(password: str) -> str:
    """What is wrong with a new password; empty if nothing. Length is the only requirement (NIST SP 800-63B)."""
    return "" if MIN_LENGTH <= len(password) <= MAX_LENGTH else Text("Use {least} to {most} characters.", least=MIN_LENGTH, most=MAX_LENGTH)


class Argon2Passwords:
    """64 MiB, 3 passes, one lane: takes most of a second on a busy core, so it runs in threads and sign-ins are rate-limited."""

    def __init__(self, memory_kib: int = 65536, passes: int = 3) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1)

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
