"""Accounts that a file for the bank names, to be paid to or collected from."""

from forecourt.billing import SEPA, iban_of, within_eea
from forecourt.kernel import BadInput


def check_account(account: str, whose: str = "") -> None:
    """An IBAN that a bank pays from and to by itself. Raises BadInput."""
    said = f"{whose}: " if whose else ""
    if not account:
        raise BadInput("iban", f"{said}the account is not known.", "Write its IBAN.")
    if iban_of(account) != account or account[:2] not in SEPA:
        raise BadInput("iban", f"{said}{account[:40]!r} is no IBAN of a country of SEPA.", "Look at its digits again.")
    if not within_eea(account):
        raise BadInput("iban", f"{said}{account} is outside the European Economic Area.", "Pay it at your bank, and say so here.")
