"""Manual ledger entries: which accounts a person may post to, the rule that lines balance, and how an entry is reversed.

Accounts that follow from documents and payments (receivables, wallets, revenue, tax and so on) cannot be posted to by hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from forecourt.kernel import BadInput, Money, OperatorId
from forecourt.ledger.model import (
    AT_PROCESSOR,
    BANK,
    BANK_FEES,
    FEES,
    OPENING_BALANCE,
    OTHER_BOOKS,
    ROUNDING,
    Account,
    AccountKind,
    Entry,
    Posting,
    Txn,
)

MANUAL_ACCOUNTS = (BANK, AT_PROCESSOR, FEES, BANK_FEES, ROUNDING, OTHER_BOOKS, OPENING_BALANCE)
MANUAL_KEY = "hand"
_MAX_TEXT_CHARS = 200
_DOCUMENTS = ("Receivables, tax and revenue follow from documents.", "Issue an invoice or a credit note.")
_DRIVERS = ("What a driver owes or has prepaid follows from documents and payments.", "Credit it, record a transfer, or write it off.")
_PARTNERS = ("What a partner earns or owes follows from its statements.", "Settle the statement.")
_CLEARING = ("It is matched with the processor's file, payment by payment.", "See Clearing.")
_MONTHS = ("It is posted when a month is closed, and reversed.", "See Months.")
_DISPUTES = ("It follows from disputes and write-offs.", "See Disputes and Debts.")
_OWNED = {
    AccountKind.DRIVER_RECEIVABLE: _DRIVERS,
    AccountKind.WALLET: _DRIVERS,
    AccountKind.REVENUE: _DOCUMENTS,
    AccountKind.VAT: _DOCUMENTS,
    AccountKind.ACCRUED_REVENUE: _MONTHS,
    AccountKind.INPUT_VAT: _PARTNERS,
    AccountKind.PARTNER_RECEIVABLE: _PARTNERS,
    AccountKind.PARTNER_PAYABLE: _PARTNERS,
    AccountKind.PARTNER_SHARE: _PARTNERS,
    AccountKind.OFFER_COST: _PARTNERS,
    AccountKind.PROCESSOR_CLEARING: _CLEARING,
    AccountKind.WRITE_OFF: _DISPUTES,
    AccountKind.DISPUTED: _DISPUTES,
}


def manual_account(name: str) -> Account:
    """Return the account with this name if a person may post to it; raise BadInput, giving the reason, if not."""
    try:
        account = Account.from_name(name)
    except ValueError as error:
        text = f"There is no account {name[:40]!r}." if name else "A line with an amount needs an account."
        raise BadInput("account", text, "Choose one from the list.") from error
    if account not in MANUAL_ACCOUNTS:
        reason, remedy = _OWNED.get(account.kind, ("Only the system posts to it.", "Choose one from the list."))
        raise BadInput("account", f"{account.name[:60]} cannot be posted to manually. {reason}", remedy)
    return account


@dataclass(frozen=True, slots=True)
class ManualEntry:
    """A manual entry. number: 1, 2, 3 … without a gap, per operator and year. day: in the operator's zone. lines: one per account;
    positive amounts are debits (what the account receives). by, posted_at: who posted it, and when. reverses: the number of the entry
    that this one reverses, or empty. position: in the ledger."""

    id: UUID
    operator_id: OperatorId
    number: str
    day: date
    lines: tuple[Entry, ...]
    reason: str
    by: str
    posted_at: datetime
    reverses: str = ""
    position: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", " ".join(self.reason.split())[:_MAX_TEXT_CHARS])
        if not self.reason:
            raise BadInput("reason", "A manual entry needs a description.", "Enter what it is, as on the bank's document.")
        accounts = [one.account for one in self.lines]
        for account in accounts:
            manual_account(account.name)
        if len(accounts) < 2 or len(set(accounts)) < len(accounts):
            raise BadInput(
                "lines", "An entry needs two or more lines, each with a different account.", "Combine lines of the same account."
            )
        if len({one.currency for one in self.lines}) > 1:
            raise BadInput("lines", "An entry has only one currency.", "Post one entry per currency.")
        if not all(one.minor for one in self.lines):
            raise BadInput("lines", "A line must have an amount.", "Leave it out.")
        if difference := sum(one.minor for one in self.lines):
            amount = Money(abs(difference), self.lines[0].currency)
            raise BadInput(
                "lines", f"Debits are {amount} {'more' if difference > 0 else 'less'} than credits.", "Both sides must be equal."
            )

    @property
    def amount(self) -> Money:
        return Money(sum(max(0, one.minor) for one in self.lines), self.lines[0].currency)


def reversed_lines(entry: ManualEntry) -> tuple[Entry, ...]:
    """The lines that reverse an entry."""
    return tuple(Entry(one.account, one.currency, -one.minor) for one in entry.lines)


def manual_txn(entry: ManualEntry, subject: UUID, at: datetime) -> Txn:
    """The entry as a transaction. subject: its id, or that of the entry it reverses. at: an instant within its day."""
    text = f"Reversal of {entry.reverses}: {entry.reason}" if entry.reverses else entry.reason
    return Txn(f"{MANUAL_KEY}/{entry.number}", entry.operator_id, at, text, subject, tuple(_paired(entry.lines)))


def _paired(lines: Sequence[Entry]) -> list[Posting]:
    """Postings from credited to debited accounts which together give each account the amount of its line."""
    credits_left = {one.account: -one.minor for one in lines if one.minor < 0}
    postings = []
    for debit in (one for one in lines if one.minor > 0):
        needed = debit.minor
        for source, available in credits_left.items():
            if part := min(needed, available):
                postings.append(Posting(source, debit.account, Money(part, debit.currency)))
                credits_left[source], needed = available - part, needed - part
    return postings
