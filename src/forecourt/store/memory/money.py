"""Documents, the ledger and payments, in memory."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID

from forecourt.billing import DocumentKind, Invoice
from forecourt.drivers import DebtStatus
from forecourt.flows.ports import (
    FIRST_PAGE,
    AccountEntries,
    DocumentFiles,
    DocumentSearch,
    ListOrders,
    ListPage,
    PageRequest,
    page_of,
)
from forecourt.kernel import BookingId, DocumentId, DriverId, EvseId, OperatorId, PaymentId, SessionId, Span
from forecourt.ledger import CLEARING, Account, AccountKind, Balance, ChainedTxn, ManualEntry, Txn, chain_txn, redate_closed
from forecourt.payments import DEBIT, Captured, Held, Payment, debt_status_of
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.paid_states import stands


class ByHand:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def put(self, entry: ManualEntry) -> None:
        self._db.hand_entries.put(entry.id, entry)

    def entry(self, entry_id: UUID) -> ManualEntry | None:
        return self._db.hand_entries.get(entry_id)

    def by_number(self, operator_id: OperatorId, number: str) -> ManualEntry | None:
        return next((one for one in self._db.hand_entries if (one.operator_id, one.number) == (operator_id, number)), None)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[ManualEntry]:
        return page_of(self._db.hand_entries.where(lambda one: one.operator_id == operator_id), ListOrders.BY_HAND, request)


class Documents:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def next_number(self, operator_id: OperatorId, series: str, year: int, count: int = 1) -> int:
        last = self._db.document_numbers.get((operator_id, series, year)) or 0
        self._db.document_numbers.put((operator_id, series, year), last + count)
        return last + 1

    def put(self, invoice: Invoice) -> None:
        self._db.documents.put(invoice.id, invoice)

    def put_all(self, invoices: Sequence[Invoice]) -> None:
        for invoice in invoices:
            self.put(invoice)

    def billed(self, session_ids: Collection[SessionId]) -> set[SessionId]:
        return {one for one in session_ids if self.of_session(one)}

    def document(self, document_id: DocumentId) -> Invoice | None:
        return self._db.documents.get(document_id)

    def lock(self, document_id: DocumentId) -> Invoice | None:
        return self.document(document_id)  # units of work run alone here

    def lock_numbered(self, operator_id: OperatorId, numbers: Collection[str]) -> Sequence[Invoice]:
        found = self._db.documents.where(lambda one: one.operator_id == operator_id and one.number in numbers)
        return sorted(found, key=lambda one: one.id)

    def by_number(self, operator_id: OperatorId, number: str) -> Invoice | None:
        return next((one for one in self._db.documents if (one.operator_id, one.number) == (operator_id, number)), None)

    def of_session(self, session_id: SessionId) -> Sequence[Invoice]:
        return _by_issue(self._db.documents.where(lambda one: one.session_id == session_id))

    def prefetch_of_sessions(self, session_ids: object) -> None:
        """Nothing to read ahead."""

    def of_booking(self, booking_id: BookingId) -> Sequence[Invoice]:
        return _by_issue(self._db.documents.where(lambda one: one.booking_id == booking_id))

    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[Invoice]:
        return _by_issue(self._db.documents.where(lambda one: one.driver_id == driver_id))[::-1][:limit]

    def credit_notes_of(self, document_id: DocumentId) -> Sequence[Invoice]:
        return _by_issue(self._db.documents.where(lambda one: one.content.corrects == document_id))

    def with_reasons(self, driver_id: DriverId, reasons: Collection[str]) -> Sequence[Invoice]:
        mine = self._db.documents.where(lambda one: one.driver_id == driver_id and one.kind is DocumentKind.INVOICE)
        return _by_issue([one for one in mine if one.content.reason in reasons])

    def recent(
        self, operator_id: OperatorId, limit: int = 100, before: datetime | None = None, before_number: str = ""
    ) -> Sequence[Invoice]:
        end = None if before is None else (before, before_number)
        mine = self._db.documents.where(lambda one: one.operator_id == operator_id and (end is None or (one.issued_at, one.number) < end))
        return _by_issue(mine)[::-1][:limit]

    def search(self, operator_id: OperatorId, wanted: DocumentSearch, limit: int = 100, last: Invoice | None = None) -> Sequence[Invoice]:
        end = None if last is None else (last.issued_at, last.number)
        found = self._db.documents.where(
            lambda one: self._fits(operator_id, wanted, one) and (end is None or (one.issued_at, one.number) < end)
        )
        return _by_issue(found)[::-1][:limit]

    def page(self, operator_id: OperatorId, wanted: DocumentSearch, request: PageRequest = FIRST_PAGE) -> ListPage[Invoice]:
        fitting = self._db.documents.where(lambda one: self._fits(operator_id, wanted, one))
        return page_of(fitting, ListOrders.DOCUMENTS, request)

    def _fits(self, operator_id: OperatorId, wanted: DocumentSearch, one: Invoice) -> bool:
        return one.operator_id == operator_id and wanted.fits(one) and (wanted.paid is None or stands(self._db, one, wanted.paid))

    def put_files(self, document_id: DocumentId, files: DocumentFiles) -> None:
        if document_id not in self._db.files:
            self._db.files.put(document_id, files)

    def files(self, document_id: DocumentId) -> DocumentFiles | None:
        return self._db.files.get(document_id)

    def without_files(self, at: datetime, limit: int = 50) -> Sequence[Invoice]:
        def due_at(one: Invoice) -> datetime:
            return self._db.print_later.get(one.id) or one.issued_at

        waiting = self._db.documents.where(lambda one: one.id not in self._db.files and due_at(one) <= at)
        return sorted(waiting, key=lambda one: (due_at(one), one.id))[:limit]

    def retry_files_at(self, document_id: DocumentId, due_at: datetime) -> None:
        self._db.print_later.put(document_id, due_at)


def _by_issue(documents: Sequence[Invoice]) -> list[Invoice]:
    return sorted(documents, key=lambda one: (one.issued_at, one.number))


class Ledger:
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

    def account_page(
        self, operator_id: OperatorId, account: Account, currency: str, request: PageRequest = FIRST_PAGE
    ) -> ListPage[ChainedTxn]:
        return page_of(self.of_account(operator_id, account, currency), ListOrders.ENTRIES, request)

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

    def sum_minor(self, currency: str) -> int:
        return sum(entry.minor for one in self._db.book for entry in one.txn.entries if entry.currency == currency)


class Payments:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def payment(self, payment_id: PaymentId) -> Payment | None:
        return self._db.payments.get(payment_id)

    def put(self, payment: Payment) -> None:
        self._db.payments.put(payment.id, payment)

    def lock(self, payment_id: PaymentId) -> Payment | None:
        return self._db.payments.get(payment_id)

    def of_session(self, session_id: SessionId) -> Sequence[Payment]:
        return _oldest(self._db.payments.where(lambda one: one.session_id == session_id))

    def of_document(self, document_id: DocumentId) -> Sequence[Payment]:
        return _oldest(self._db.payments.where(lambda one: one.document_id == document_id))

    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[Payment]:
        return _oldest(self._db.payments.where(lambda one: one.driver_id == driver_id))[::-1][:limit]

    def top_ups(self, driver_id: DriverId, limit: int = 1000) -> Sequence[Payment]:
        return _oldest(self._db.payments.where(lambda one: one.driver_id == driver_id and one.top_up is not None))[::-1][:limit]

    def hold_on(self, driver_id: DriverId, evse_id: EvseId) -> Payment | None:
        mine = [one for one in self.of_driver(driver_id, len(self._db.payments)) if one.evse_id == evse_id]
        return next((one for one in mine if one.holding and one.session_id is None), None)

    def drivers_with_holds(self, driver_ids: Collection[DriverId]) -> set[DriverId]:
        return {one.driver_id for one in self._db.payments.where(lambda one: one.holding and one.driver_id in driver_ids)}

    def open_holds(self, operator_id: OperatorId | None = None) -> Sequence[Payment]:
        return _oldest(self._db.payments.where(lambda one: one.holding and operator_id in (None, one.operator_id)))

    def pending(self, before: datetime, limit: int = 100) -> Sequence[Payment]:
        asked = self._db.payments.where(lambda one: one.open and one.made_at < before)
        waiting = [one for one in asked if one.method != DEBIT and not isinstance(one.state, Held)]
        return _oldest(waiting)[:limit]

    def unpaid(self, operator_id: OperatorId, limit: int = 100) -> Sequence[DocumentId]:
        taken = {one.document_id for one in self._db.payments if one.open or isinstance(one.state, Captured)}
        due = self._db.documents.where(
            lambda one: one.operator_id == operator_id and one.kind is DocumentKind.INVOICE and one.due.minor > 0 and one.id not in taken
        )
        return [one.id for one in sorted(due, key=lambda one: (one.issued_at, one.id))][:limit]

    def webhook_seen(self, event_id: str, at: datetime) -> bool:
        if event_id in self._db.webhooks:
            return True
        self._db.webhooks.put(event_id, at)
        return False

    def debt_status(self, driver_id: DriverId) -> DebtStatus:
        cases = self._db.dunning.where(lambda one: one.driver_id == driver_id)
        return debt_status_of(self._db.payments.where(lambda one: one.driver_id == driver_id), cases)


def _oldest(payments: Sequence[Payment]) -> list[Payment]:
    return sorted(payments, key=lambda one: (one.made_at, one.id))
