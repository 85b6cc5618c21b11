"""The short address printed at a socket: opened from its QR code, or typed."""

from dataclasses import dataclass
from datetime import datetime

from forecourt.kernel import EvseId, OperatorId, SiteId

# Without I, L, O and U: nothing that can be read as something else. 10 places are 50 bits: nobody guesses one that is not printed.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
_LOOKS_LIKE = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class EvseCode:
    """The code that stands at an EVSE since made_at. Another one made for it puts it out of use."""

    code: str
    operator_id: OperatorId
    site_id: SiteId
    evse_id: EvseId
    made_at: datetime


def code_from(chance: int) -> str:
    """The code of a random number; of 50 bits or more, or codes could be guessed."""
    return "".join(ALPHABET[chance >> 5 * place & 31] for place in range(LENGTH))


def read_code(text: str) -> str:
    """A code as somebody typed it: small letters, blanks and dashes, O for 0."""
    return "".join(text.upper().translate(_LOOKS_LIKE).replace("-", " ").split())[: 2 * LENGTH]
