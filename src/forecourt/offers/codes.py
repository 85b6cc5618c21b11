"""Codes that people type or scan: 12 easily distinguished letters and digits, with 60 random bits."""

from uuid import UUID

from forecourt.kernel import BadInput

# Crockford's alphabet: no I, L, O, U.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("ILOU", "110V", " -")
LENGTH = 12


def code_of(random_id: UUID) -> str:
    """The code of a fresh random id, from its 60 lowest bits, which are random in a version 7 UUID."""
    bits = random_id.int & ((1 << 5 * LENGTH) - 1)
    return "".join(_LETTERS[(bits >> 5 * (LENGTH - 1 - place)) & 31] for place in range(LENGTH))


def parse_code(text: str) -> str:
    """Normalise a code as typed or scanned: drop spaces and dashes, convert to capitals, resolve look-alikes.

    For a scanned address, its last part counts. Raises BadInput if it cannot be a code.
    """
    code = text.strip().rstrip("/").rpartition("/")[2].upper().translate(_READ_AS)
    if len(code) != LENGTH or any(letter not in _LETTERS for letter in code):
        raise BadInput("code", "That is not a code.", "A code has {length} letters and digits, such as K7QM-2X9P-4TDA.", length=LENGTH)
    return code


def format_code(code: str) -> str:
    """In groups of four, as printed."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
