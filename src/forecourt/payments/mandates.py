"""What allows an operator to collect from a driver's bank account: a SEPA core mandate, given once, good until it ends."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from forecourt.billing import iban_of, number_text, printed_line, same_creditor, within_eea
from forecourt.kernel import BadInput, DriverId, OperatorId

MANDATES = "MND"
_LONGEST_NAME = 70
# The rulebook ends a mandate that nothing was collected by for so long.
_UNUSED = timedelta(days=3 * 365)
# Why a bank sends a collection back that no later one would fare better after: an account that is none, closed, blocked or not for debits,
# no mandate or a holder who says so, who takes back, who died, who lets this creditor collect nothing.
_FOR_GOOD = frozenset({"AC01", "AC04", "AC06", "AC13", "AG01", "MD01", "MD06", "MD07", "SL01"})


@dataclass(frozen=True, slots=True)
class DebtorAccount:
    """Who holds it, and its IBAN; both empty once their time is over."""

    holder: str
    iban: str


@dataclass(frozen=True, slots=True)
class Mandate:
    """number: its reference at the banks. creditor_id: whom it lets collect. given_on, ended_on: days at the operator. used_on: when
    something was last to be collected by it. why: it ended; a bank's code, or a word of ours. formerly: by which identifier of the creditor
    its giver's bank knows it, until something has come by the one of today; empty where that is the same."""

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
        """Of its account, as it is shown to people: "… 2051"."""
        return f"… {self.account.iban[-4:]}"

    def stands(self, on: date) -> bool:
        return self.ended_on is None and on - (self.used_on or self.given_on) < _UNUSED


@dataclass(frozen=True, slots=True)
class Numbered:
    """sequence: from `next_number` of `MANDATES` and the year of the day, in the same commit."""

    id: UUID
    sequence: int
    on: date
    at: datetime


def account_typed(holder: str, iban: str) -> DebtorAccount:
    """As a driver types it. Raises BadInput."""
    plain = iban_of(iban)
    if not within_eea(plain):
        raise BadInput("iban", "{given!r} is not an IBAN of the European Economic Area.", "Check its digits again.", given=iban[:40])
    return DebtorAccount(printed_line("holder", holder, _LONGEST_NAME, required=True), plain)


def give_mandate(operator_id: OperatorId, driver_id: DriverId, creditor_id: str, account: DebtorAccount, made: Numbered) -> Mandate:
    number = number_text(MANDATES, made.on.year, made.sequence)
    return Mandate(made.id, operator_id, driver_id, number, creditor_id, account, made.on, made.at)


def end_mandate(mandate: Mandate, why: str, on: date) -> Mandate:
    """Ending it twice changes nothing."""
    return mandate if mandate.ended_on else replace(mandate, ended_on=on, why=why)


def amend_mandate(mandate: Mandate, creditor_id: str) -> Mandate:
    """The creditor has another identifier: the next collection tells the bank which it had, if there was one before, and no other than
    today's (EPC130-08, AT-24)."""
    if same_creditor(mandate.creditor_id, creditor_id):
        return mandate
    known = mandate.formerly or (mandate.creditor_id if mandate.used_on else "")
    return replace(mandate, creditor_id=creditor_id, formerly="" if same_creditor(known, creditor_id) else known)


def proven(mandate: Mandate, creditor_id: str) -> Mandate:
    """Something has come by it. creditor_id: that was collected with."""
    return replace(mandate, formerly="") if mandate.formerly and same_creditor(mandate.creditor_id, creditor_id) else mandate


def ends_mandate(code: str) -> bool:
    """A bank that sends a collection back for this reason (ISO 20022 external code) would do so again."""
    return code in _FOR_GOOD
