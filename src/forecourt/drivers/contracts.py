"""The contract in a car (Plug and Charge, ISO 15118): its id, the eMAID, in the one spelling that it is found by.

It is marked off from cards: the id is printed on contracts and is no secret, so whoever types it in at a charger has shown nothing.
"""

import re
from string import ascii_uppercase, digits

from forecourt.kernel import TokenUid

_MARK = "EMAID:"
_LONGEST = 36
_DIGITS = digits + ascii_uppercase
# ISO 15118-2, annex H: country, provider, instance and a check digit that may be left out, with or without strokes between them.
_ID = re.compile(r"([A-Z]{2})(-?)([A-Z0-9]{3})\2([A-Z0-9]{9})(?:\2[A-Z0-9])?")


def contract_id(text: str) -> str | None:
    """Country, provider and instance, 14 characters; None where it is no contract's id. The check digit is dropped unjudged: cars and
    partners leave it out at will."""
    found = _ID.fullmatch(text.strip().upper())
    return "".join(found.group(1, 3, 4)) if found else None


def contract_token(text: str) -> TokenUid:
    """As which a contract is known that a car shows. What reads as no contract's id is nobody's."""
    return TokenUid(f"{_MARK}{contract_id(text) or text.strip().upper()}"[:_LONGEST])


def looks_like_contract(text: str) -> bool:
    return text.lstrip()[: len(_MARK)].upper() == _MARK


def contract_shown(text: str) -> str:
    """The id alone, of a token that looks like a contract's."""
    return text.strip()[len(_MARK) :].strip()


def no_contract(text: str) -> str:
    """What was shown otherwise than as a contract is none, whatever it says."""
    return f"?{text.strip()}"[:_LONGEST] if looks_like_contract(text) else text


def contract_spellings(uid: TokenUid) -> tuple[str, ...]:
    """As which partners may have pushed what is shown as this; a card has one spelling."""
    if not looks_like_contract(uid):
        return (uid,)
    shown = contract_shown(uid)
    parted = f"{shown[:2]}-{shown[2:5]}-{shown[5:]}"
    return shown, parted, *(shown + digit for digit in _DIGITS), *(f"{parted}-{digit}" for digit in _DIGITS)
