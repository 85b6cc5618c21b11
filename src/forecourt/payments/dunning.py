"""Overdue debts: reminders by the operator's rules, retries of the stored payment method, and when a debt blocks new charges."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from forecourt.kernel import BadInput, DocumentId, DriverId, Money, OperatorId
from forecourt.ledger import Posting, Txn, receivable, revenue

MAX_DUNNING_LEVELS = 6
# Outcomes: the debt was given up; its document was credited in full, which waives the fees.
WRITTEN_OFF, CREDITED = "written off", "credited"
MAX_DUNNING_DAYS = 365


@dataclass(frozen=True, slots=True)
class DunningLevel:
    """after_days: since the payment failed or fell due. fee: what the reminder costs the driver; not applied in other currencies."""

    after_days: int
    fee: Money | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.after_days <= MAX_DUNNING_DAYS:
            raise BadInput("dunning_days", f"{self.after_days} is not a number of days.", f"Enter 0 to {MAX_DUNNING_DAYS}.")
        if self.fee is not None and self.fee.minor < 0:
            raise BadInput("dunning_fee", "A reminder fee cannot be negative.")


@dataclass(frozen=True, slots=True)
class DunningRules:
    """How an operator reminds. retry_days: when the stored method is charged again. due_days: days to pay an invoice that is not
    collected automatically. blocks_from: the level (1 = the first) from which the debt blocks new charges.

    The first reminder is free: it puts the debtor in default, so its cost is not damage caused by the default (BGB § 286 (1)).
    """

    levels: tuple[DunningLevel, ...] = (DunningLevel(0), DunningLevel(7), DunningLevel(14))
    retry_days: tuple[int, ...] = (3, 7, 14)
    due_days: int = 14
    blocks_from: int = 3

    def __post_init__(self) -> None:
        if not 1 <= len(self.levels) <= MAX_DUNNING_LEVELS:
            raise BadInput("dunning_levels", f"There must be 1 to {MAX_DUNNING_LEVELS} reminders, not {len(self.levels)}.")
        if self.levels[0].fee:
            raise BadInput("dunning_first_fee", "The first reminder must be free.", "Put the fee on a later one.")
        if any(later.after_days <= earlier.after_days for earlier, later in pairwise(self.levels)):
            raise BadInput("dunning_order", "Each reminder must be later than the one before.", "Enter more days for each.")
        if any(not 0 < day <= MAX_DUNNING_DAYS for day in self.retry_days) or list(self.retry_days) != sorted(set(self.retry_days)):
            raise BadInput(
                "dunning_retries",
                "The days for retrying the card are not in order.",
                f"Enter days from 1 to {MAX_DUNNING_DAYS}, each once.",
            )
        if not 0 <= self.due_days <= MAX_DUNNING_DAYS:
            raise BadInput("dunning_due", f"{self.due_days} is not a number of days.", f"Enter 0 to {MAX_DUNNING_DAYS}.")
        if not 1 <= self.blocks_from <= len(self.levels):
            raise BadInput("dunning_block", f"There is no reminder {self.blocks_from}.", f"Enter 1 to {len(self.levels)}.")


@dataclass(frozen=True, slots=True)
class DunningNotice:
    """A reminder that was given, shown on the driver's pages from then on."""

    level: int
    at: datetime
    fee: Money


@dataclass(frozen=True, slots=True)
class DunningCase:
    """A document that was not paid. amount: what was missing, without fees. since: when its payment failed or fell due.

    retries: how many of the retry days have been used. blocks: whether it keeps the driver from new charges.
    closed_at: None while open; outcome after that: "paid", CREDITED or WRITTEN_OFF. reclaimed: what was returned to its payer and
    is to be paid once more (`asked`).
    """

    document_id: DocumentId
    operator_id: OperatorId
    driver_id: DriverId
    number: str
    amount: Money
    since: datetime
    notices: tuple[DunningNotice, ...] = ()
    retries: int = 0
    blocks: bool = False
    next_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str = ""
    reclaimed: Money | None = None

    @property
    def reclaimed_sum(self) -> Money:
        return self.reclaimed or Money.zero(self.amount.currency)

    @property
    def beside(self) -> Money:
        """What is owed in addition to the document's own amount."""
        return self.fees + self.reclaimed_sum

    @property
    def level(self) -> int:
        """Reminders given so far; 0 = none."""
        return len(self.notices)

    @property
    def open(self) -> bool:
        return self.closed_at is None

    @property
    def fees(self) -> Money:
        """The sum of the fees; zero once they are waived."""
        zero = Money.zero(self.amount.currency)
        return zero if self.outcome == CREDITED else sum((one.fee for one in self.notices), zero)

    @property
    def owed(self) -> Money:
        """The amount owed, with fees; zero once the case is closed."""
        return self.amount + self.fees if self.open else Money.zero(self.amount.currency)


@dataclass(frozen=True, slots=True)
class DunningStep:
    """A case after a step. txn: the fee, to be posted in the same commit. retry: whether to charge the stored method again."""

    case: DunningCase
    txn: Txn | None = None
    retry: bool = False


def next_dunning_step(case: DunningCase, rules: DunningRules, at: datetime) -> DunningStep:
    """Take the next step of a case without a payment under way: at most one level and one retry, however much time has passed."""
    if not case.open:
        return DunningStep(case)
    retries_due = sum(1 for day in rules.retry_days if case.since + timedelta(days=day) <= at)
    retry, txn = retries_due > case.retries, None
    next_case = replace(case, retries=max(retries_due, case.retries))
    due_at = _level_at(case, rules)
    if due_at is not None and due_at <= at:
        next_case, txn = _noticed(next_case, rules, at)
    return DunningStep(replace(next_case, next_at=_next_at(next_case, rules)), txn, retry)


def close_case(case: DunningCase, outcome: str, at: datetime) -> DunningCase:
    """Close a case as paid, credited or written off; it no longer blocks. Closing twice changes nothing."""
    return replace(case, closed_at=at, outcome=outcome, blocks=False, next_at=None) if case.open else case


def reopen_case(case: DunningCase, amount: Money, since: datetime, rules: DunningRules) -> DunningCase:
    """Reopen a case because its payment was reversed. amount: including fees of earlier reminders. Reminders given stay given: if the one
    that blocks was among them, the case blocks at once, as no later one might. Waived fees stay waived."""
    blocks, notices = case.level >= rules.blocks_from, case.notices
    if case.outcome == CREDITED:
        notices = tuple(replace(one, fee=Money.zero(case.amount.currency)) for one in notices)
    amount -= case.fees
    return replace(case, amount=amount, since=since, notices=notices, retries=0, blocks=blocks, closed_at=None, outcome="")


def fee_waiver(case: DunningCase, at: datetime) -> Txn | None:
    """The transaction that waives a case's fees, each time there are any; None if there are none."""
    if not case.fees:
        return None
    posting, key = Posting(receivable(case.driver_id), revenue("dunning"), case.fees), f"dunning/{case.document_id}/waived/{case.level}"
    return Txn(key, case.operator_id, at, "Reminder fees waived", case.document_id, (posting,))


def _noticed(case: DunningCase, rules: DunningRules, at: datetime) -> tuple[DunningCase, Txn | None]:
    level = case.level + 1
    wanted = rules.levels[level - 1].fee
    fee = wanted if wanted and wanted.currency == case.amount.currency else Money.zero(case.amount.currency)
    blocks = case.blocks or level >= rules.blocks_from
    noticed = replace(case, notices=(*case.notices, DunningNotice(level, at, fee)), blocks=blocks)
    if not fee:
        return noticed, None
    posting = Posting(revenue("dunning"), receivable(case.driver_id), fee)
    return noticed, Txn(f"dunning/{case.document_id}/{level}", case.operator_id, at, f"Reminder {level}", case.document_id, (posting,))


def _level_at(case: DunningCase, rules: DunningRules) -> datetime | None:
    """The driver always gets the full days between two levels, also after reminders were held up or a payment was reversed."""
    if case.level >= len(rules.levels):
        return None
    days = rules.levels[case.level].after_days
    if not case.notices:
        return case.since + timedelta(days=days)
    return max(case.notices[-1].at, case.since) + timedelta(days=days - rules.levels[case.level - 1].after_days)


def _next_at(case: DunningCase, rules: DunningRules) -> datetime | None:
    retries = (case.since + timedelta(days=day) for day in rules.retry_days[case.retries :])
    upcoming = [one for one in (_level_at(case, rules), *retries) if one is not None]
    return min(upcoming, default=None)
