"""What payment and collection files have in common: account checks, how the bank refers to them, and withdrawal."""

import re

from forecourt.billing import SEPA, iban_of, within_eea
from forecourt.kernel import BadInput, Conflict


def check_account(account: str, owner: str = "") -> None:
    """Check that it is an IBAN a bank can pay to or from with no further details. Raises BadInput."""
    prefix = f"{owner}: " if owner else ""
    if not account:
        raise BadInput("iban", f"{prefix}the account is unknown.", "Enter its IBAN.")
    if iban_of(account) != account or account[:2] not in SEPA:
        raise BadInput("iban", f"{prefix}{account[:40]!r} is not a valid SEPA IBAN.", "Check the digits.")
    if not within_eea(account):
        raise BadInput("iban", f"{prefix}{account} is outside the European Economic Area.", "Pay it at your bank and record it here.")


def find_references(series: str, text: str) -> tuple[tuple[str, int], ...]:
    """The files of a series that a bank line mentions, with the place in each; each once."""
    found = re.findall(rf"({series})-?(\d{{4}})-?(\d{{6}})-?(\d{{3}})(?!\d)", text.upper())
    return tuple(dict.fromkeys(("-".join(parts[:3]), int(parts[3])) for parts in found))


def withdrawal_reason(number: str, withdrawn: str, text: str) -> str:
    """The stored reason why a file was never given to the bank. withdrawn: the reason stored so far. Raises BadInput, Conflict."""
    if withdrawn:
        raise Conflict("file_withdrawn", f"{number} is already withdrawn.")
    if not text.strip():
        raise BadInput("why", "Withdrawing a file needs a reason.", "Enter a reason.")
    return " ".join(text.split())[:200]
