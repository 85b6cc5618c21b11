"""Numbers that are unique and cannot be guessed: a keyed permutation of a sequence.

A balanced Feistel network permutes all 32-bit numbers; walking its cycle until the value lies in 1 .. 2^31-1 permutes
that range (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002).
"""

from functools import cache
from hashlib import blake2b

ROUNDS = 8
MAX_NUMBER = 2**31 - 1


def scatter(number: int, secret: bytes) -> int:
    """The number's image, in 1 .. 2^31-1: different for different numbers, unpredictable without the secret (up to 64 bytes)."""
    if not 1 <= number <= MAX_NUMBER:
        raise ValueError(f"{number} lies outside 1 .. {MAX_NUMBER}")
    image = _permute(number, secret)
    while not 1 <= image <= MAX_NUMBER:
        image = _permute(image, secret)
    return image


def _permute(number: int, secret: bytes) -> int:
    left, right = number >> 16, number & 0xFFFF
    for keyed in _rounds(secret):
        digest = keyed.copy()
        digest.update(right.to_bytes(2, "big"))
        left, right = right, left ^ int.from_bytes(digest.digest(), "big")
    return (left << 16) | right


@cache
def _rounds(secret: bytes) -> "tuple[blake2b, ...]":
    """Each round's hash state before its input: creating it again would cost as much as using it."""
    return tuple(blake2b(digest_size=2, key=secret, salt=bytes([turn])) for turn in range(ROUNDS))
