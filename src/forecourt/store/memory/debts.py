"""Debts by age, in memory."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, Debt, DebtQuery, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import DocumentId, DriverId, OperatorId, lowered
from forecourt.ledger import Account, AccountKind, AgedBalance, Balance, Txn, age_balance
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.ledger import Ledger

# What creates a debt on an account. Other entries that raise the balance (money returned) create no debt of their own: they undo a payment.
_CHARGES = ("document/", "statement/", "dunning/")


class Debts:
    """Added up from the ledger at every call, account by account."""

    def __init__(self, db: MemoryDatabase, ledger: Ledger) -> None:
        self._db = db
        self._ledger = ledger

    def page(self, operator_id: OperatorId, asked: DebtQuery, page: PageRequest = FIRST_PAGE) -> ListPage[Debt]:
        return page_of(list(self._debts(operator_id, asked)), ListOrders.DEBTS, page)

    def totals(self, operator_id: OperatorId, asked: DebtQuery) -> Sequence[Debt]:
        parts: dict[str, list[AgedBalance]] = {}
        for one in self._debts(operator_id, asked):
            parts.setdefault(one.currency, []).append(one.aged)
        return [_sum(currency, some) for currency, some in sorted(parts.items())]

    def _debts(self, operator_id: OperatorId, asked: DebtQuery) -> Iterator[Debt]:
        kind, until = AccountKind.DRIVER_RECEIVABLE, asked.until
        for one in self._ledger.unsettled_at(operator_id, kind, until) if until else self._ledger.unsettled(operator_id, kind):
            if self._is_of(one.account, lowered(asked.text)):
                charged = self._charged(operator_id, one, asked)
                yield Debt(one.account, one.currency, age_balance(one.minor, charged, asked.at))

    def _is_of(self, account: Account, text: str) -> bool:
        driver = self._db.drivers.get(DriverId(UUID(account.part.partition("/")[0])))
        return not text or (driver is not None and (text in lowered(driver.name) or text in lowered(driver.email)))

    def _charged(self, operator_id: OperatorId, balance: Balance, asked: DebtQuery) -> Iterator[tuple[datetime, int]]:
        """When each debt of an account fell due, and its amount, newest first; last comes the remainder of the account, which no debt
        explains. Reminder fees are due immediately."""
        rest: list[tuple[datetime, int]] = []
        for one in reversed(self._ledger.of_account(operator_id, balance.account, balance.currency)):
            if asked.until and one.txn.at >= asked.until:
                continue
            minor = sum(entry.minor for entry in one.txn.entries if (entry.account, entry.currency) == (balance.account, balance.currency))
            if minor > 0 and one.txn.key.startswith(_CHARGES):
                yield self._due(one.txn, asked), minor
            elif minor > 0:
                rest.append((one.txn.happened_at, minor))
        yield from rest

    def _due(self, txn: Txn, asked: DebtQuery) -> datetime:
        """As stated by the document, or by the statement that collects it; a reminder's fee immediately."""
        db, kind = self._db, txn.key.partition("/")[0]
        document = db.documents.get(DocumentId(txn.subject)) if kind == "document" else None
        stated = DocumentId(txn.subject) if kind == "statement" else db.stated.get(document.id) if document else None
        statement = db.account_statements.get(stated) if stated else None
        statement = statement if statement and (asked.until is None or statement.issued_at < asked.until) else None
        says, since = statement or document, statement.issued_at if statement else txn.happened_at
        days = says.parties.due_days if says else None
        return since + (timedelta(0) if kind == "dunning" else asked.due if days is None else timedelta(days=days))


def _sum(currency: str, parts: Sequence[AgedBalance]) -> Debt:
    first, second, third, older = (sum(column) for column in zip(*(one.by_age for one in parts), strict=True))
    return Debt(None, currency, AgedBalance((first, second, third, older), sum(one.credit_minor for one in parts)))
