"""Codes people type or scan: 12 letters and digits that carry 60 random bits, told apart by eye."""

from uuid import UUID

from forecourt.kernel import BadInput

# Crockford's alphabet: no I, L, O, U.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("ILOU", "110V", " -")
LENGTH = 12


def code_of(random_id: UUID) -> str:
    """The code of a fresh random id: from the 60 lowest of its bits, which an id of version 7 draws at random."""
    bits = random_id.int & ((1 << 5 * LENGTH) - 1)
    return "".join(_LETTERS[(bits >> 5 * (LENGTH - 1 - place)) & 31] for place in range(LENGTH))


def read_code(text: str) -> str:
    """A code as typed or scanned: blanks and dashes off, capitals, look-alikes read as what they look like.

    A scanned address counts by its last part. Raises BadInput for what can be no code.
    """
    code = text.strip().rstrip("/").rpartition("/")[2].upper().translate(_READ_AS)
    if len(code) != LENGTH or any(letter not in _LETTERS for letter in code):
        raise BadInput("code", "That is not a code.", "A code has {length} letters and digits, such as K7QM-2X9P-4TDA.", length=LENGTH)
    return code


def shown_code(code: str) -> str:
    """In groups of four, as printed."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
