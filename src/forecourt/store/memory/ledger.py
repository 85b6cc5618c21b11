"""The operators' ledgers, in memory: only the transactions are stored, and every balance is added up from them."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, AccountEntries, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import OperatorId, Span
from forecourt.ledger import CLEARING, Account, AccountKind, Balance, ChainedTxn, Txn, chain_txn, redate_closed
from forecourt.store.memory.database import MemoryDatabase


class Ledger:
    """`post` extends the chain at once, and a unit of work that fails takes it back."""

    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def post(self, txn: Txn) -> bool:
        if any((one.txn.operator_id, one.txn.key) == (txn.operator_id, txn.key) for one in self._db.book):
            return False
        posted = chain_txn(self._db.heads.get(txn.operator_id), redate_closed(txn, self.open_from(txn.operator_id)))
        self._db.heads.put(txn.operator_id, posted)
        self._db.book.put((txn.operator_id, posted.position), posted)
        return True

    def post_all(self, txns: Sequence[Txn]) -> int:
        return sum(self.post(txn) for txn in txns)

    def head(self, operator_id: OperatorId) -> int:
        head = self._db.heads.get(operator_id)
        return head.position if head else 0

    def open_from(self, operator_id: OperatorId) -> datetime | None:
        return self._db.open_from.get(operator_id)

    def close(self, operator_id: OperatorId, until: datetime) -> int:
        self._db.open_from.put(operator_id, max(self.open_from(operator_id) or until, until))
        return self.head(operator_id)

    def reopen(self, operator_id: OperatorId, since: datetime) -> None:
        open_from = self.open_from(operator_id)
        if open_from is not None:
            self._db.open_from.put(operator_id, min(open_from, since))

    def balance(self, operator_id: OperatorId, account: Account, currency: str, until: int | None = None) -> int:
        read = [one for one in self.chain(operator_id) if until is None or one.position <= until]
        return sum(e.minor for one in read for e in one.txn.entries if (e.account, e.currency) == (account, currency))

    def of_account(self, operator_id: OperatorId, account: Account, currency: str) -> list[ChainedTxn]:
        return [one for one in self.chain(operator_id) if any((e.account, e.currency) == (account, currency) for e in one.txn.entries)]

    def entries(self, operator_id: OperatorId, wanted: AccountEntries, limit: int, before: int | None = None) -> Sequence[ChainedTxn]:
        return [one for one in self._meant(operator_id, wanted) if before is None or one.position < before][::-1][:limit]

    def sum_of(self, operator_id: OperatorId, wanted: AccountEntries) -> Balance:
        mine = [entry for one in self._meant(operator_id, wanted) for entry in one.txn.entries if wanted.means(entry.account)]
        debit, credit = (sum(max(0, sign * entry.minor) for entry in mine) for sign in (1, -1))
        return Balance(Account.from_name(wanted.name), wanted.currency, debit, credit)

    def entry(self, operator_id: OperatorId, position: int) -> ChainedTxn | None:
        return next((one for one in self.chain(operator_id) if one.position == position), None)

    def _meant(self, operator_id: OperatorId, wanted: AccountEntries) -> list[ChainedTxn]:
        return [
            one
            for one in self.chain(operator_id)
            if one.txn.currency == wanted.currency
            and (wanted.span is None or wanted.span.contains(one.txn.at))
            and any(wanted.means(entry.account) for entry in one.txn.entries)
        ]

    def trial_balance(self, operator_id: OperatorId, kind: AccountKind | None = None) -> Sequence[Balance]:
        return [one for one in self._added(operator_id, lambda account: account.name) if kind in (None, one.account.kind)]

    def unsettled(self, operator_id: OperatorId, kind: AccountKind) -> Sequence[Balance]:
        return [one for one in self.trial_balance(operator_id, kind) if one.minor]

    def unsettled_at(self, operator_id: OperatorId, kind: AccountKind, until: datetime) -> Sequence[Balance]:
        """Balances that were not zero, of entries dated before `until`."""
        added = self._added(operator_id, lambda account: account.name, Span(datetime.min.replace(tzinfo=UTC), until))
        return [one for one in added if one.account.kind is kind and one.minor]

    def summary(self, operator_id: OperatorId) -> Sequence[Balance]:
        return self._added(operator_id, lambda account: account.summary_name)

    def moved(self, operator_id: OperatorId, span: Span) -> Sequence[Balance]:
        return self._added(operator_id, lambda account: account.summary_name, span)

    def wrong_balances(self) -> Sequence[Account]:
        return ()  # only the entries are stored

    def _added(self, operator_id: OperatorId, named: Callable[[Account], str], span: Span | None = None) -> list[Balance]:
        sums: dict[tuple[str, str], tuple[int, int]] = {}
        for one in (one for one in self.chain(operator_id) if span is None or span.contains(one.txn.at)):
            for entry in one.txn.entries:
                key = (named(entry.account), entry.currency)
                debit, credit = sums.get(key, (0, 0))
                sums[key] = (debit + max(0, entry.minor), credit + max(0, -entry.minor))
        return [Balance(Account.from_name(name), currency, debit, credit) for (name, currency), (debit, credit) in sorted(sums.items())]

    def of_subject(self, subject: UUID) -> Sequence[ChainedTxn]:
        found = self._db.book.where(lambda one: one.txn.subject == subject)
        return sorted(found, key=lambda one: (one.txn.operator_id, one.position))

    def prefetch_of_subjects(self, subjects: object) -> None:
        """Nothing to read ahead."""

    def uncleared(self, operator_id: OperatorId, since: datetime) -> Sequence[UUID]:
        sums, recent = Counter[tuple[UUID, bool]](), set[UUID]()
        for one in self.chain(operator_id):
            minor = sum(entry.minor for entry in one.txn.entries if entry.account == CLEARING)
            sums[one.txn.subject, (minor > 0) != one.txn.key.startswith("cleared/")] += minor
            recent |= {one.txn.subject} if minor and one.txn.at >= since else set()
        return sorted({subject for (subject, _), minor in sums.items() if minor and subject in recent})

    def chain(self, operator_id: OperatorId, after: int = 0) -> Iterator[ChainedTxn]:
        mine = self._db.book.where(lambda one: one.txn.operator_id == operator_id and one.position > after)
        yield from sorted(mine, key=lambda one: one.position)

    def positions(self, operator_id: OperatorId, span: Span) -> range:
        found = [one.position for one in self.chain(operator_id) if span.start <= one.txn.at < span.end]
        return range(found[0], found[-1] + 1) if found else range(0)

    def posted(self, operator_id: OperatorId, positions: range) -> Sequence[ChainedTxn]:
        return [one for one in self.chain(operator_id) if one.position in positions]

    def account_page(
        self, operator_id: OperatorId, account: Account, currency: str, request: PageRequest = FIRST_PAGE
    ) -> ListPage[ChainedTxn]:
        return page_of(self.of_account(operator_id, account, currency), ListOrders.ENTRIES, request)

    def sum_minor(self, currency: str) -> int:
        return sum(entry.minor for one in self._db.book for entry in one.txn.entries if entry.currency == currency)
