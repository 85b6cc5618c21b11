"""What files for the bank have in common, whether it pays by them or collects: their accounts, how the bank tells of them, their end."""

import re

from forecourt.billing import SEPA, iban_of, within_eea
from forecourt.kernel import BadInput, Conflict


def check_account(account: str, whose: str = "") -> None:
    """An IBAN that a bank pays from and to by itself. Raises BadInput."""
    said = f"{whose}: " if whose else ""
    if not account:
        raise BadInput("iban", f"{said}the account is unknown.", "Enter its IBAN.")
    if iban_of(account) != account or account[:2] not in SEPA:
        raise BadInput("iban", f"{said}{account[:40]!r} is not a valid SEPA IBAN.", "Check the digits.")
    if not within_eea(account):
        raise BadInput("iban", f"{said}{account} is outside the European Economic Area.", "Pay it at your bank and record it here.")


def places_told(series: str, text: str) -> tuple[tuple[str, int], ...]:
    """Of which files of a series, and which places in them, a line of the bank tells; each once."""
    found = re.findall(rf"({series})-?(\d{{4}})-?(\d{{6}})-?(\d{{3}})(?!\d)", text.upper())
    return tuple(dict.fromkeys(("-".join(parts[:3]), int(parts[3])) for parts in found))


def withdrawn_for(number: str, withdrawn: str, why: str) -> str:
    """Why a file was never given to the bank, as it is kept. withdrawn: what it says of that already. Raises BadInput, Conflict."""
    if withdrawn:
        raise Conflict("file_withdrawn", f"{number} is already withdrawn.")
    if not why.strip():
        raise BadInput("why", "Withdrawing a file needs a reason.", "Enter a reason.")
    return " ".join(why.split())[:200]
