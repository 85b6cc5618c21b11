"""Debts by age, long jobs, the processor's clearing file and the bank's statements and files, in memory."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from forecourt.billing import AccountStatement, DocumentKind, Invoice
from forecourt.flows.ports import FIRST_PAGE, ClearingProgress, Debt, DebtQuery, ListOrders, ListPage, PageRequest, Run, page_of
from forecourt.kernel import DocumentId, DriverId, Money, OperatorId, PaymentId, lowered
from forecourt.ledger import BANK, Account, AccountKind, AgedBalance, Balance, ChainedTxn, Txn, age_balance
from forecourt.payments import WRITTEN_OFF, Captured, DunningCase, DunningRules, Mandate, RowKind
from forecourt.settlement import BankAccount, CollectedStatement, CollectionFile, Finding, LineKind, StoredLine, StoredRow, TransferFile
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.money import Ledger
from forecourt.store.memory.statements import on_account, taken_off

_ONLY = "processor"
# What creates a debt on an account. Other entries that raise the balance (money returned) create no debt of their own: they undo a payment.
_CHARGES = ("document/", "statement/", "dunning/")


def _lacks(db: MemoryDatabase, statement: AccountStatement) -> bool:
    """Whether no one is asked to pay it, and less has been paid than is due by now, including what is owed beside it."""
    payments, case = db.payments.where(lambda one: one.document_id == statement.id), db.dunning.get(statement.id)
    came = sum(one.state.amount.minor for one in payments if isinstance(one.state, Captured))
    asked = statement.due.minor + (case.beside.minor if case else 0) - sum(one.amount.minor for one in taken_off(db, statement))
    return came < asked and not any(one.open for one in payments)


class Runs:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def of_period(self, operator_id: OperatorId, kind: str, period: str) -> Run | None:
        wanted = (operator_id, kind, period)
        return next((one for one in self._db.runs if (one.operator_id, one.kind, one.period) == wanted), None)

    def try_lock(self, run_id: UUID) -> Run | None:
        return self._db.runs.get(run_id)  # units of work run alone here

    def put(self, run: Run) -> None:
        self._db.runs.put(run.id, run)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Run]:
        return page_of(self._db.runs.where(lambda one: one.operator_id == operator_id), ListOrders.RUNS, request)

    def last(self, operator_id: OperatorId, kind: str) -> Run | None:
        mine = self._db.runs.where(lambda one: one.operator_id == operator_id and one.kind == kind)
        return max(mine, key=ListOrders.RUNS.key, default=None)


class Dunning:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def rules(self, operator_id: OperatorId) -> DunningRules:
        return self._db.dunning_rules.get(operator_id) or DunningRules()

    def put_rules(self, operator_id: OperatorId, rules: DunningRules) -> None:
        self._db.dunning_rules.put(operator_id, rules)

    def case(self, document_id: DocumentId) -> DunningCase | None:
        return self._db.dunning.get(document_id)

    def put(self, case: DunningCase) -> None:
        self._db.dunning.put(case.document_id, case)

    def of_driver(self, driver_id: DriverId) -> Sequence[DunningCase]:
        mine = self._db.dunning.where(lambda one: one.driver_id == driver_id)
        return sorted(mine, key=lambda one: (one.since, one.document_id))

    def waiting(self, operator_id: OperatorId) -> Sequence[DunningCase]:
        mine = self._db.dunning.where(lambda one: one.operator_id == operator_id and one.open)
        return sorted(mine, key=ListOrders.CASES.key)

    def waiting_count(self, operator_id: OperatorId) -> int:
        return len(self.waiting(operator_id))

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[DunningCase]:
        return page_of(self._db.dunning.where(lambda one: one.operator_id == operator_id), ListOrders.CASES, request)

    def due(self, operator_id: OperatorId, at: datetime, due_days: int, after: UUID | None, limit: int) -> Sequence[DocumentId]:
        db = self._db
        taken = {one.document_id for one in db.payments if one.open or isinstance(one.state, Captured)}
        credited = {one.content.corrects for one in db.documents}
        steps = {one.document_id for one in db.dunning if one.operator_id == operator_id and one.next_at and one.next_at <= at}

        def overdue(one: Invoice | AccountStatement) -> bool:
            return one.issued_at + one.parties.due_after(due_days) <= at

        unpaid = {
            one.id
            for one in db.account_statements
            if one.operator_id == operator_id and overdue(one) and _lacks(db, one) and one.id not in db.dunning
        }
        late = {
            one.id
            for one in db.documents
            if (one.operator_id, one.kind) == (operator_id, DocumentKind.INVOICE)
            and one.due.minor > 0
            and overdue(one)
            and one.id not in taken | credited
            and one.id not in db.stated
            and not on_account(db, one)
            and one.id not in db.dunning
        }
        return sorted(one for one in steps | late | unpaid if after is None or one > after)[:limit]


class Clearing:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def rows(self, row_ids: Collection[str]) -> Mapping[str, StoredRow]:
        return {one.line.id: one for one in self._db.clearing_rows.where(lambda one: one.line.id in row_ids)}

    def put_row(self, row: StoredRow) -> None:
        self._db.clearing_rows.put(row.line.id, row)

    def waiting(self, since: datetime) -> Sequence[StoredRow]:
        return _by_day(self._db.clearing_rows.where(lambda one: not one.booked and one.line.at >= since))

    def rows_of_payment(self, payment_id: PaymentId) -> Sequence[StoredRow]:
        return _by_day(self._db.clearing_rows.where(lambda one: one.line.payment_id == payment_id))

    def rows_of_payout(self, payout: str) -> Sequence[StoredRow]:
        return _by_day(self._db.clearing_rows.where(lambda one: one.line.payout == payout))

    def mismatched_payouts(self, since: datetime) -> Sequence[tuple[StoredRow, Money]]:
        def is_payout(one: StoredRow) -> bool:
            return one.line.kind is RowKind.PAYOUT and one.line.payout != "" and one.line.at >= since

        sums = ((payout, self._sum(payout)) for payout in _by_day(self._db.clearing_rows.where(is_payout)))
        return [(payout, rows) for payout, rows in sums if payout.line.net != -rows]

    def _sum(self, payout: StoredRow) -> Money:
        currency = payout.line.gross.currency
        rows = (one.line for one in self.rows_of_payout(payout.line.payout) if one.line.id != payout.line.id)
        return Money(sum(line.net.minor for line in rows if line.gross.currency == currency), currency)

    def recent(self, operator_id: OperatorId, limit: int, before: tuple[datetime, str] | None = None) -> Sequence[StoredRow]:
        mine = _by_day(self._db.clearing_rows.where(lambda one: one.operator_id in (None, operator_id)))[::-1]
        return [one for one in mine if before is None or (one.line.at, one.line.id) < before][:limit]

    def lock_finding(self, finding_id: UUID) -> Finding | None:
        return self._db.clearing_findings.get(finding_id)

    def put_finding(self, finding: Finding) -> None:
        self._db.clearing_findings.put(finding.id, finding)

    def open_findings(self, operator_id: OperatorId | None = None) -> Sequence[Finding]:
        mine = self._db.clearing_findings.where(
            lambda one: one.open and (operator_id is None or one.doubt.operator_id in (None, operator_id))
        )
        return _by_find(mine)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[Finding]:
        mine = self._db.clearing_findings.where(lambda one: one.doubt.operator_id in (None, operator_id))
        return page_of(mine, ListOrders.FINDINGS, request)

    def findings_of_payment(self, payment_id: PaymentId) -> Sequence[Finding]:
        return _by_find(self._db.clearing_findings.where(lambda one: one.doubt.payment_id == payment_id))

    def progress(self) -> ClearingProgress | None:
        return self._db.clearing_reading.get(_ONLY)

    def put_progress(self, reading: ClearingProgress) -> None:
        self._db.clearing_reading.put(_ONLY, reading)


def _by_day(rows: Sequence[StoredRow]) -> list[StoredRow]:
    return sorted(rows, key=lambda one: (one.line.at, one.line.id))


def _by_find(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: (one.found_at, one.id))


class Bank:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def lock(self, operator_id: OperatorId) -> None:
        """Nothing to do: units of work run alone here."""

    def accounts(self, operator_id: OperatorId) -> Sequence[BankAccount]:
        return sorted(self._db.bank_accounts.where(lambda one: one.operator_id == operator_id), key=lambda one: one.account)

    def put_account(self, account: BankAccount) -> None:
        self._db.bank_accounts.put((account.operator_id, account.account), account)

    def known(self, operator_id: OperatorId, line_ids: Collection[UUID]) -> set[UUID]:
        return {one.line.id for one in self._of(operator_id)} & set(line_ids)

    def line(self, operator_id: OperatorId, line_id: UUID) -> StoredLine | None:
        return self._db.bank_lines.get((operator_id, line_id))

    def put(self, kept: StoredLine) -> None:
        self._db.bank_lines.put((kept.operator_id, kept.line.id), kept)

    def open(self, operator_id: OperatorId) -> Sequence[StoredLine]:
        return sorted((one for one in self._of(operator_id) if one.open), key=lambda one: (one.line.day, one.line.id))

    def to_review(self, operator_id: OperatorId, limit: int) -> Sequence[StoredLine]:
        waiting = (one for one in self._of(operator_id) if one.to_review)
        return sorted(waiting, key=lambda one: (one.line.kind is LineKind.OPENING, one.line.day, one.line.id))[:limit]

    def review_progress(self, operator_id: OperatorId) -> tuple[int, int]:
        waiting = [one.to_review for one in self._of(operator_id) if one.to_review]
        return len(waiting), max(waiting, default=0)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[StoredLine]:
        return page_of(self._of(operator_id), ListOrders.BANK_LINES, request)

    def line_of(self, operator_id: OperatorId, position: int) -> StoredLine | None:
        return next((one for one in self._of(operator_id) if position in one.positions), None)

    def lines_of_account(self, operator_id: OperatorId, account: Account) -> Sequence[StoredLine]:
        book = self._db.book.where(lambda one: one.txn.operator_id == operator_id)
        about = {one.position for one in book if account in {each.account for each in one.txn.entries}}
        found = (one for one in self._of(operator_id) if one.positions and about.issuperset(one.positions))
        return sorted(found, key=lambda one: (one.line.day, one.line.id))

    def sum_minor(self, operator_id: OperatorId, account: str) -> int:
        return sum(one.line.amount.minor for one in self._of(operator_id) if one.line.account == account)

    def put_file(self, file: TransferFile) -> None:
        self._db.transfer_files.put(file.id, file)

    def file(self, operator_id: OperatorId, number: str) -> TransferFile | None:
        return next((one for one in self._files(operator_id) if one.number == number), None)

    def file_of(self, operator_id: OperatorId, file_id: UUID) -> TransferFile | None:
        return next((one for one in self._files(operator_id) if one.id == file_id), None)

    def files_paying(self, operator_id: OperatorId, abouts: Collection[UUID]) -> Sequence[TransferFile]:
        return [one for one in self._files(operator_id) if not {due.about for due in one.dues}.isdisjoint(abouts)]

    def files(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[TransferFile]:
        return page_of(self._files(operator_id), ListOrders.TRANSFERS, request)

    def _files(self, operator_id: OperatorId) -> list[TransferFile]:
        found = self._db.transfer_files.where(lambda one: one.operator_id == operator_id)
        return sorted(found, key=lambda one: (one.made_at, one.id), reverse=True)

    def unmatched(self, operator_id: OperatorId, currency: str) -> Sequence[ChainedTxn]:
        taken = {position for one in self._of(operator_id) for position in one.positions}

        def waits(one: ChainedTxn) -> bool:
            moved = sum(entry.minor for entry in one.txn.entries if entry.account == BANK)
            return one.txn.operator_id == operator_id and one.txn.currency == currency and bool(moved) and one.position not in taken

        return sorted(self._db.book.where(waits), key=lambda one: one.position)

    def _of(self, operator_id: OperatorId) -> list[StoredLine]:
        return self._db.bank_lines.where(lambda one: one.operator_id == operator_id)


class DirectDebits:
    def __init__(self, db: MemoryDatabase) -> None:
        self._db = db

    def put_mandate(self, mandate: Mandate) -> None:
        self._db.mandates.put(mandate.id, mandate)

    def mandates_of(self, driver_id: DriverId) -> Sequence[Mandate]:
        found = self._db.mandates.where(lambda one: one.driver_id == driver_id)
        return sorted(found, key=lambda one: one.number, reverse=True)

    def active_mandates(self, operator_id: OperatorId) -> Sequence[Mandate]:
        found = self._db.mandates.where(lambda one: one.operator_id == operator_id and one.ended_on is None)
        return sorted(found, key=lambda one: one.number)

    def mandate(self, operator_id: OperatorId, number: str) -> Mandate | None:
        found = self._db.mandates.where(lambda one: (one.operator_id, one.number) == (operator_id, number))
        return found[0] if found else None

    def open_statements(self, operator_id: OperatorId, limit: int) -> Sequence[AccountStatement]:
        givers = {one.driver_id for one in self.active_mandates(operator_id)}
        over = {one.document_id for one in self._db.dunning.where(lambda one: one.outcome == WRITTEN_OFF)}
        wanted = self._db.account_statements.where(
            lambda one: one.operator_id == operator_id and one.driver_id in givers and one.id not in over and _lacks(self._db, one)
        )
        return sorted(wanted, key=lambda one: (one.issued_at, one.number))[:limit]

    def put_file(self, file: CollectionFile) -> None:
        self._db.collection_files.put(file.id, file)

    def file(self, operator_id: OperatorId, number: str) -> CollectionFile | None:
        return next((one for one in self._of(operator_id) if one.number == number), None)

    def file_of(self, operator_id: OperatorId, file_id: UUID) -> CollectionFile | None:
        return next((one for one in self._of(operator_id) if one.id == file_id), None)

    def files(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[CollectionFile]:
        return page_of(self._of(operator_id), ListOrders.COLLECTIONS, request)

    def collected_of(self, operator_id: OperatorId, payment_ids: Collection[PaymentId]) -> Sequence[CollectedStatement]:
        files = self.files_with(operator_id, payment_ids)
        return [one for file in files for one in file.collected if one.payment_id in payment_ids]

    def files_with(self, operator_id: OperatorId, payment_ids: Collection[PaymentId]) -> Sequence[CollectionFile]:
        found = (file for file in self._of(operator_id) if any(one.payment_id in payment_ids for one in file.collected))
        return sorted(found, key=lambda one: (one.made_at, one.id))

    def open_debit_counts(self, files: Collection[CollectionFile]) -> Mapping[UUID, int]:
        payments = {file.id: [self._db.payments.get(one.payment_id) for one in file.collected] for file in files}
        return {file_id: sum(one is not None and one.open for one in asked) for file_id, asked in payments.items()}

    def _of(self, operator_id: OperatorId) -> list[CollectionFile]:
        return self._db.collection_files.where(lambda one: one.operator_id == operator_id)


class Debts:
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
