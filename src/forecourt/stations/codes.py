"""The short address printed at a socket: opened from its QR code, or typed."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.kernel import EvseId, OperatorId, SiteId

# Without I, L, O and U, which can be misread. 10 characters are 50 bits: a code that is not printed cannot be guessed.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
_LOOKS_LIKE = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class EvseCode:
    """The code shown at an EVSE since made_at. A newer code for the same EVSE replaces it."""

    code: str
    operator_id: OperatorId
    site_id: SiteId
    evse_id: EvseId
    made_at: datetime


def code_from(chance: int) -> str:
    """The code for a random number, which must have 50 bits or more: otherwise codes could be guessed."""
    return "".join(ALPHABET[chance >> 5 * place & 31] for place in range(LENGTH))


def read_code(text: str) -> str:
    """Normalise a code as typed: lower case, blanks and dashes, O for 0."""
    return "".join(text.upper().translate(_LOOKS_LIKE).replace("-", " ").split())[: 2 * LENGTH]
