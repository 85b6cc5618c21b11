"""Passwords of chargers, generated here and never chosen."""

import secrets

from forecourt.web.frame.passwords import Argon2Passwords

# OCPP 1.6 takes 16 to 20 characters, 2.0.1 up to 40. No two of these are confused when read out: 114 bits.
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz"
_LENGTH = 20
# As nobody can guess it, its hash may be cheap: a whole site reconnects at once after an outage.
HASHER = Argon2Passwords(memory_kib=512, passes=1)


def fresh_password() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
