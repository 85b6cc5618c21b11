"""SEPA core mandates: the permission to collect from a driver's bank account, given once and valid until it ends."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from forecourt.billing import document_number, iban_of, printable_line, same_creditor, within_eea
from forecourt.kernel import BadInput, DriverId, OperatorId

MANDATE_SERIES = "MND"
_MAX_NAME_CHARS = 70
# The SEPA rulebook ends a mandate after this long without a collection.
_UNUSED = timedelta(days=3 * 365)
# Return reasons that any later collection would meet again: the account is invalid, closed, blocked or not open to debits; there is no
# mandate, or the holder denies or revokes it; the holder has died, or refuses this creditor.
_FOR_GOOD = frozenset({"AC01", "AC04", "AC06", "AC13", "AG01", "MD01", "MD06", "MD07", "SL01"})


@dataclass(frozen=True, slots=True)
class DebtorAccount:
    """The account holder and IBAN; both empty once their retention period is over."""

    holder: str
    iban: str


@dataclass(frozen=True, slots=True)
class Mandate:
    """number: its reference at the banks. creditor_id: who may collect. given_on, ended_on: days in the operator's zone. used_on: the day
    of the last collection under it. why: it ended; a bank's code, or a word of ours. formerly: the creditor identifier under which the
    debtor's bank knows it, until a collection under the present one has come in; empty if that is the same."""

    id: UUID
    operator_id: OperatorId
    driver_id: DriverId
    number: str
    creditor_id: str
    account: DebtorAccount
    given_on: date
    given_at: datetime
    used_on: date | None = None
    ended_on: date | None = None
    why: str = ""
    formerly: str = ""

    @property
    def ending(self) -> str:
        """The end of its account number, as shown to people: "… 2051"."""
        return f"… {self.account.iban[-4:]}"

    def stands(self, day: date) -> bool:
        return self.ended_on is None and day - (self.used_on or self.given_on) < _UNUSED


@dataclass(frozen=True, slots=True)
class MandateNumbering:
    """sequence: from `next_number` of `MANDATE_SERIES` and the day's year, in the same commit."""

    id: UUID
    sequence: int
    on: date
    at: datetime


def parse_debtor_account(holder: str, iban: str) -> DebtorAccount:
    """A debtor account as entered by a driver. Raises BadInput."""
    parsed = iban_of(iban)
    if not within_eea(parsed):
        raise BadInput("iban", "{given!r} is not an IBAN of the European Economic Area.", "Check its digits again.", given=iban[:40])
    return DebtorAccount(printable_line("holder", holder, _MAX_NAME_CHARS, required=True), parsed)


def create_mandate(
    operator_id: OperatorId, driver_id: DriverId, creditor_id: str, account: DebtorAccount, numbering: MandateNumbering
) -> Mandate:
    number = document_number(MANDATE_SERIES, numbering.on.year, numbering.sequence)
    return Mandate(numbering.id, operator_id, driver_id, number, creditor_id, account, numbering.on, numbering.at)


def end_mandate(mandate: Mandate, reason: str, on: date) -> Mandate:
    """End a mandate. Ending it twice changes nothing."""
    return mandate if mandate.ended_on else replace(mandate, ended_on=on, why=reason)


def amend_mandate(mandate: Mandate, creditor_id: str) -> Mandate:
    """Record a change of the creditor's identifier: the next collection tells the bank the former one, unless there was none or it is the
    same as today's (EPC130-08, AT-24)."""
    if same_creditor(mandate.creditor_id, creditor_id):
        return mandate
    known = mandate.formerly or (mandate.creditor_id if mandate.used_on else "")
    return replace(mandate, creditor_id=creditor_id, formerly="" if same_creditor(known, creditor_id) else known)


def confirm_creditor(mandate: Mandate, creditor_id: str) -> Mandate:
    """A collection under the mandate has come in. creditor_id: the one used for it."""
    return replace(mandate, formerly="") if mandate.formerly and same_creditor(mandate.creditor_id, creditor_id) else mandate


def code_ends_mandate(code: str) -> bool:
    """Whether a bank would return later collections for this reason too (ISO 20022 external code)."""
    return code in _FOR_GOOD
