"""Accounts, and movements of money between them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from forecourt.kernel import BadInput, DriverId, Money, OperatorId, utc


class AccountKind(StrEnum):
    """What an account stands for, in each operator's own book.

    HOLD, WALLET_HOLD and HOLDABLE are memo accounts: sums reserved on drivers' cards and prepaid balances, and their
    counter-account. They are never mixed with money that has moved.
    """

    DRIVER_RECEIVABLE = "DRIVER_RECEIVABLE"
    WALLET = "WALLET"
    PROCESSOR_CLEARING = "PROCESSOR_CLEARING"
    PROCESSOR_BALANCE = "PROCESSOR_BALANCE"
    PROCESSOR_FEES = "PROCESSOR_FEES"
    BANK = "BANK"
    BANK_FEES = "BANK_FEES"
    OTHER_BOOKS = "OTHER_BOOKS"
    OPENING_BALANCE = "OPENING_BALANCE"
    REVENUE = "REVENUE"
    ACCRUED_REVENUE = "ACCRUED_REVENUE"
    VAT = "VAT"
    INPUT_VAT = "INPUT_VAT"
    PARTNER_RECEIVABLE = "PARTNER_RECEIVABLE"
    PARTNER_PAYABLE = "PARTNER_PAYABLE"
    PARTNER_SHARE = "PARTNER_SHARE"
    OFFER_COST = "OFFER_COST"
    WRITE_OFF = "WRITE_OFF"
    DISPUTED = "DISPUTED"
    ROUNDING = "ROUNDING"
    HOLD = "HOLD"
    WALLET_HOLD = "WALLET_HOLD"
    HOLDABLE = "HOLDABLE"


# Kinds of which each driver has an account.
DRIVER_KINDS = frozenset({"DRIVER_RECEIVABLE", "WALLET", "WALLET_HOLD", "HOLD", "HOLDABLE"})
# Entries of the tax on self-billed documents begin with this key; their text is the document's number.
SELF_BILLED_KEY = "self-billed"
# And those of accrued revenue and its reversals.
ACCRUAL_KEY, ACCRUAL_REVERSAL_KEY = "accrual", "accrual-reversal"
MEMO = frozenset({AccountKind.HOLD, AccountKind.WALLET_HOLD, AccountKind.HOLDABLE})


@dataclass(frozen=True, slots=True)
class Account:
    """part: whose account, or for what: a driver's id, "energy", a VAT percentage, a partner's name; empty if there is only one."""

    kind: AccountKind
    part: str = ""

    @property
    def name(self) -> str:
        """Stable text for storage and reports: "VAT:19", "BANK"."""
        return f"{self.kind.value}:{self.part}" if self.part else self.kind.value

    @classmethod
    def from_name(cls, name: str) -> "Account":
        """Return the account with this name; the inverse of `name`."""
        kind, _, detail = name.partition(":")
        return cls(AccountKind(kind), detail)

    @property
    def summary_name(self) -> str:
        """Its name where the accounts of all drivers are one: their kind."""
        return self.kind.value if self.kind in DRIVER_KINDS else self.name

    @property
    def memo(self) -> bool:
        return self.kind in MEMO


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount that leaves source (credit) and reaches destination (debit)."""

    source: Account
    destination: Account
    amount: Money

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise BadInput("posting_amount", f"A posting moves more than nothing, not {self.amount}.", "Turn source and destination round.")
        if self.source == self.destination:
            raise BadInput("posting_circle", f"{self.source.name} cannot pay itself.")
        if self.source.memo != self.destination.memo:
            raise BadInput("posting_memo", f"{self.source.name} to {self.destination.name} mixes held sums with money that has moved.")

    @classmethod
    def of(cls, source: Account, destination: Account, amount: Money) -> "Posting":
        """Build a posting from a signed amount: a negative amount flows from destination to source."""
        return cls(source, destination, amount) if amount.minor > 0 else cls(destination, source, -amount)


@dataclass(frozen=True, slots=True)
class Entry:
    """One side of a posting: minor units, positive for what an account receives (debit)."""

    account: Account
    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class Txn:
    """Postings that happen together or not at all, in one currency.

    key: unique for ever in an operator's ledger; posting it again changes nothing. subject: the document or payment it is
    about. about: when it really happened, if that day's books were already closed when it arrived; None if it happened at `at`.
    """

    key: str
    operator_id: OperatorId
    at: datetime
    text: str
    subject: UUID
    postings: tuple[Posting, ...]
    about: datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", utc(self.at))
        object.__setattr__(self, "about", None if self.about is None else utc(self.about))
        if not self.key or len(self.key) > 200:
            raise BadInput("txn_key", "A transaction needs an idempotency key of 1 to 200 characters.")
        if not self.postings:
            raise BadInput("txn_empty", f"{self.key} moves nothing.")
        if len({posting.amount.currency for posting in self.postings}) > 1:
            raise BadInput("txn_currencies", f"{self.key} mixes currencies.", "Use one transaction each.")

    @property
    def currency(self) -> str:
        return self.postings[0].amount.currency

    @property
    def happened_at(self) -> datetime:
        return self.about or self.at

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Both sides of every posting; their minor units sum to zero."""
        return tuple(
            entry
            for posting in self.postings
            for entry in (
                Entry(posting.source, self.currency, -posting.amount.minor),
                Entry(posting.destination, self.currency, posting.amount.minor),
            )
        )


@dataclass(frozen=True, slots=True)
class ChainedTxn:
    """A transaction in its operator's ledger. position: 1, 2, 3 … without a gap. Hashes are SHA-256, in hexadecimal."""

    position: int
    txn: Txn
    previous: str
    digest: str


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account has received and given, in minor units."""

    account: Account
    currency: str
    debit_minor: int
    credit_minor: int

    @property
    def minor(self) -> int:
        return self.debit_minor - self.credit_minor


def receivable(driver_id: DriverId) -> Account:
    """What a driver owes for issued documents."""
    return Account(AccountKind.DRIVER_RECEIVABLE, str(driver_id))


def wallet(driver_id: DriverId) -> Account:
    """What a driver has prepaid: a liability of the operator until it is spent or refunded."""
    return Account(AccountKind.WALLET, str(driver_id))


def overdrawn(driver_id: DriverId) -> Account:
    """What a driver owes because the bank reversed a top-up that had already been spent."""
    return Account(AccountKind.DRIVER_RECEIVABLE, f"{driver_id}/wallet")


def partner_receivable(partner: str) -> Account:
    """What a partner owes for its share of drivers' charges. partner: its stable name."""
    return Account(AccountKind.PARTNER_RECEIVABLE, partner)


def held_on_card(driver_id: DriverId) -> Account:
    """What is held on a driver's card (memo)."""
    return Account(AccountKind.HOLD, str(driver_id))


def held_on_wallet(driver_id: DriverId) -> Account:
    """The part of a driver's prepaid balance that is reserved for a charge, or on its way back to a card (memo)."""
    return Account(AccountKind.WALLET_HOLD, str(driver_id))


def holdable(driver_id: DriverId) -> Account:
    """The counter-account of held sums (memo)."""
    return Account(AccountKind.HOLDABLE, str(driver_id))


def revenue(source: str) -> Account:
    """source: "energy", "time", "idle", "session", "reservation" …"""
    return Account(AccountKind.REVENUE, source)


def vat(percent: Decimal | None) -> Account:
    """Tax owed to the state, with an account for each rate (19, 7.5). None = not taxable, treated as rate 0."""
    return Account(AccountKind.VAT, f"{(percent or Decimal(0)).normalize():f}")


def input_vat(percent: Decimal) -> Account:
    """Tax that suppliers charged and the state gives back, with an account for each rate."""
    return Account(AccountKind.INPUT_VAT, vat(percent).part)


# Taken by the processor, but not reported in its clearing file yet.
CLEARING = Account(AccountKind.PROCESSOR_CLEARING)
# Reported by the processor, but not paid out yet.
AT_PROCESSOR = Account(AccountKind.PROCESSOR_BALANCE)
FEES = Account(AccountKind.PROCESSOR_FEES)
BANK = Account(AccountKind.BANK)
BANK_FEES = Account(AccountKind.BANK_FEES)
# Movements on the bank account that are booked elsewhere, such as rent and wages; the accountant's own books take over from here.
OTHER_BOOKS = Account(AccountKind.OTHER_BOOKS)
# Balances from before this ledger began.
OPENING_BALANCE = Account(AccountKind.OPENING_BALANCE)
WRITE_OFF = Account(AccountKind.WRITE_OFF)
# Amounts that cardholders' banks have withdrawn while a dispute is undecided.
DISPUTED = Account(AccountKind.DISPUTED)
ACCRUED = Account(AccountKind.ACCRUED_REVENUE)
ROUNDING = Account(AccountKind.ROUNDING)
