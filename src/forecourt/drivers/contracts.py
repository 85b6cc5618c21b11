"""The contract in a car (Plug and Charge, ISO 15118): its id, the eMAID, in the one spelling used for look-ups.

It is marked to differ from cards: the id is printed on contracts and no secret, so typing it in at a charger proves nothing.
"""

import re
from string import ascii_uppercase, digits

from forecourt.kernel import TokenUid

_MARK = "EMAID:"
_MAX_CHARS = 36
_DIGITS = digits + ascii_uppercase
# ISO 15118-2, annex H: country, provider, instance and an optional check digit, with or without hyphens between them.
_ID = re.compile(r"([A-Z]{2})(-?)([A-Z0-9]{3})\2([A-Z0-9]{9})(?:\2[A-Z0-9])?")


def contract_id(text: str) -> str | None:
    """Country, provider and instance, 14 characters; None if it is not a contract's id. The check digit is dropped unchecked: cars and
    partners may or may not include it."""
    found = _ID.fullmatch(text.strip().upper())
    return "".join(found.group(1, 3, 4)) if found else None


def contract_token(text: str) -> TokenUid:
    """The token of a contract shown by a car. Text that is not a valid id becomes a token that matches nobody."""
    return TokenUid(f"{_MARK}{contract_id(text) or text.strip().upper()}"[:_MAX_CHARS])


def looks_like_contract(text: str) -> bool:
    return text.lstrip()[: len(_MARK)].upper() == _MARK


def without_contract_mark(text: str) -> str:
    """The id alone, from a token that looks like a contract's."""
    return text.strip()[len(_MARK) :].strip()


def unmark_contract(text: str) -> str:
    """Make text from any other source differ from a contract's token, whatever it says."""
    return f"?{text.strip()}"[:_MAX_CHARS] if looks_like_contract(text) else text


def contract_spellings(uid: TokenUid) -> tuple[str, ...]:
    """Spellings under which partners may have sent the token shown; a card has only one."""
    if not looks_like_contract(uid):
        return (uid,)
    shown = without_contract_mark(uid)
    parted = f"{shown[:2]}-{shown[2:5]}-{shown[5:]}"
    return shown, parted, *(shown + digit for digit in _DIGITS), *(f"{parted}-{digit}" for digit in _DIGITS)
