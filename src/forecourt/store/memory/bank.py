"""The bank's lines, the operator's accounts and its files of transfers, in memory."""

from collections.abc import Collection, Sequence
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest, page_of
from forecourt.kernel import OperatorId
from forecourt.ledger import BANK, Account, ChainedTxn
from forecourt.settlement import BankAccount, LineKind, StoredLine, TransferFile
from forecourt.store.memory.database import MemoryDatabase


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

    def unmatched(self, operator_id: OperatorId, currency: str) -> Sequence[ChainedTxn]:
        taken = {position for one in self._of(operator_id) for position in one.positions}

        def waits(one: ChainedTxn) -> bool:
            moved = sum(entry.minor for entry in one.txn.entries if entry.account == BANK)
            return one.txn.operator_id == operator_id and one.txn.currency == currency and bool(moved) and one.position not in taken

        return sorted(self._db.book.where(waits), key=lambda one: one.position)

    def _of(self, operator_id: OperatorId) -> list[StoredLine]:
        return self._db.bank_lines.where(lambda one: one.operator_id == operator_id)

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
