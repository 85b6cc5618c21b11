"""Bank identifiers and their checks: IBAN (ISO 13616), creditor reference (ISO 11649) and the creditor identifier for direct debits
(EPC262-08), all by ISO 7064 mod 97-10."""

import re

from forecourt.kernel import BadInput

_IBAN = re.compile(r"(IBAN)?[A-Z]{2}\d{2}[A-Z0-9]{4}")
# The SEPA countries, with the length of their IBANs.
SEPA = {
    **{"AD": 24, "AL": 28, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18},
    **{"FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21},
    **{"MC": 27, "MD": 24, "ME": 22, "MK": 19, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SE": 24, "SI": 19},
    **{"SK": 24, "SM": 27, "VA": 22},
}
# Outside the European Economic Area a bank also requires its BIC and the account holder's address.
_OUTSIDE_EEA = frozenset({"AD", "AL", "CH", "GB", "GI", "MC", "MD", "ME", "MK", "RS", "SM", "VA"})
# Country, check digits, three characters the creditor may choose freely, and the creditor's national identifier.
_CREDITOR = re.compile(r"([A-Z]{2}\d{2})[A-Z0-9]{3}([A-Z0-9]{1,28})")
# A creditor reference in a text without spaces: "RF", two check digits and the document's number.
_REFERENCE = re.compile(r"(?=(RF\d{2}([A-Z]{2,4})(\d{4})(\d{6})))")
_SEPARATORS = re.compile(r"[^A-Z0-9]")


def check_bank_account(text: str) -> None:
    """Check an account number: one that starts like an IBAN must be valid; other countries' formats are accepted. Raises BadInput."""
    if _IBAN.match(_plain(text)) and not iban_of(text):
        raise BadInput("bank", "{given!r} is not an IBAN.", "Check its digits again.", given=text[:40])


def iban_of(text: str) -> str:
    """The IBAN without spaces; empty if the text is not one."""
    number = _plain(text).removeprefix("IBAN")
    has_valid_length = 15 <= len(number) <= 34 and len(number) == SEPA.get(number[:2], len(number))
    return number if has_valid_length and number.isascii() and number.isalnum() and _IBAN.match(number) and _mod_97(number) == 1 else ""


def within_eea(account: str) -> bool:
    """Whether banks of the European Economic Area can pay to and collect from this IBAN (without spaces) with no further details."""
    return bool(account) and iban_of(account) == account and account[:2] in SEPA and account[:2] not in _OUTSIDE_EEA


def creditor_id_of(text: str) -> str:
    """Normalise the creditor identifier for direct debits, without spaces; empty = none. Raises BadInput."""
    stripped = _plain(text)
    parsed = _CREDITOR.fullmatch(stripped)
    if stripped and (parsed is None or stripped[:2] not in SEPA or _mod_97("".join(parsed.groups())) != 1):
        raise BadInput("creditor_id", "{given!r} is not a creditor identifier.", "Check its digits again.", given=text[:40])
    return stripped


def same_creditor(first: str, second: str) -> bool:
    """Whether two identifiers are one creditor's: the three-character business code after the check digits may change at any time."""
    return bool(first) and (first[:4], first[7:]) == (second[:4], second[7:])


def creditor_reference(number: str) -> str:
    """The creditor reference for a bill: "RF" and two check digits before the letters and digits of its number."""
    stripped = number.replace("-", "")
    return f"RF{98 - _mod_97(f'RF00{stripped}'):02d}{stripped}"


def printed_reference(number: str) -> str:
    """The reference in groups of four, as printed."""
    reference = creditor_reference(number)
    return " ".join(reference[at : at + 4] for at in range(0, len(reference), 4))


def referenced_numbers(text: str) -> tuple[str, ...]:
    """The document numbers whose references occur in a text, ignoring any separators."""
    found = _REFERENCE.findall(_SEPARATORS.sub("", text.upper()))
    return tuple("-".join(parts) for reference, *parts in found if _mod_97(reference) == 1)


def _plain(text: str) -> str:
    return text.replace(" ", "").upper()


def _mod_97(text: str) -> int:
    """Mod 97, with the first four characters moved to the end and each letter read as two digits."""
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97
