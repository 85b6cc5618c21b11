"""The trial balance of a month: what each account began with, moved and ended with."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from forecourt.flows.ports import Store
from forecourt.kernel import YEARS, Money, OperatorId, Span
from forecourt.ledger import Balance

BALANCE_COLUMNS = ("month", "account", "currency", "opening", "debit", "credit", "closing")
_FOR_EVER = datetime(YEARS.stop, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MonthBalanceRow:
    """account: the kind only, if it stands for all drivers; empty in a total. opening and closing: debits less credits."""

    account: str
    opening: Money
    debit: Money
    credit: Money

    @property
    def currency(self) -> str:
        return self.opening.currency

    @property
    def closing(self) -> Money:
        return self.opening + self.debit - self.credit


@dataclass(frozen=True, slots=True)
class MonthBalances:
    """rows: by currency and name, without accounts that have neither a balance nor an entry. totals: one for each currency."""

    rows: tuple[MonthBalanceRow, ...]
    totals: tuple[MonthBalanceRow, ...]

    @property
    def even(self) -> bool:
        return all(one.debit == one.credit and not one.opening for one in self.totals)


def month_balances(store: Store, operator_id: OperatorId, month: Span) -> MonthBalances:
    """Accounts of drivers are summed by kind. The opening balance is today's less everything dated since the month began."""
    now = {_key(one): one.minor for one in store.ledger.summary(operator_id)}
    since = {_key(one): one.minor for one in store.ledger.moved(operator_id, Span(month.start, _FOR_EVER))}
    movements = {_key(one): one for one in store.ledger.moved(operator_id, month)}
    rows = [_row(key, minor - since.get(key, 0), movements.get(key)) for key, minor in sorted(now.items())]
    shown = tuple(one for one in rows if one.opening or one.debit or one.credit)
    return MonthBalances(shown, tuple(_totals(shown)))


def month_balance_rows(month: str, balances: MonthBalances) -> Iterable[tuple[object, ...]]:
    for one in balances.rows:
        yield (month, one.account, one.currency, *(part.amount for part in (one.opening, one.debit, one.credit, one.closing)))


def _key(one: Balance) -> tuple[str, str]:
    return one.currency, one.account.name


def _row(key: tuple[str, str], opening: int, movement: Balance | None) -> MonthBalanceRow:
    currency, name = key
    debit, credit = (movement.debit_minor, movement.credit_minor) if movement else (0, 0)
    return MonthBalanceRow(name, *(Money(minor, currency) for minor in (opening, debit, credit)))


def _totals(rows: tuple[MonthBalanceRow, ...]) -> Iterable[MonthBalanceRow]:
    for currency in sorted({one.currency for one in rows}):
        parts = [(one.opening, one.debit, one.credit) for one in rows if one.currency == currency]
        yield MonthBalanceRow("", *(sum(column, Money.zero(currency)) for column in zip(*parts, strict=True)))
