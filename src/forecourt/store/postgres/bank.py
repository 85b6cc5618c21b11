"""Lines of bank statements, and the operator's bank accounts."""

from collections.abc import Callable, Collection, Sequence
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, ListOrders, ListPage, PageRequest
from forecourt.kernel import OperatorId
from forecourt.ledger import BANK, Account, ChainedTxn
from forecourt.settlement import BankAccount, StoredLine, TransferFile
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.identity_map import IdentityMap
from forecourt.store.postgres.ledger import CHAINED, chained_row
from forecourt.store.postgres.paged_query import PagedQuery

_LINES = Table(
    "bank_lines",
    (
        ("operator_id", "uuid"),
        ("line_id", "uuid"),
        ("account", "text"),
        ("day", "date"),
        ("minor", "bigint"),
        ("open", "boolean"),
        ("asked", "integer"),
        ("data", "jsonb"),
    ),
    ("operator_id", "line_id"),
)
_ACCOUNTS = Table("bank_accounts", (("operator_id", "uuid"), ("account", "text"), ("data", "jsonb")), ("operator_id", "account"))
_FILES = Table(
    "transfer_files",
    (
        ("operator_id", "uuid"),
        ("file_id", "uuid"),
        ("number", "text"),
        ("made_at", "timestamptz"),
        ("abouts", "uuid[]"),
        ("data", "jsonb"),
    ),
    ("file_id",),
)
_FILE = Codec[TransferFile](TransferFile)
_FILES_LISTED = PagedQuery(ListOrders.TRANSFERS, ("made_at", "file_id"))
_LINE, _ACCOUNT = Codec[StoredLine](StoredLine), Codec[BankAccount](BankAccount)
_PAGED = PagedQuery(ListOrders.BANK_LINES, ("open", "day", "line_id"))
_AS_LOOKED_AT = "ORDER BY coalesce(data->'line'->>'kind' = 'OPENING', false), day, line_id"
_MATCHED = "SELECT jsonb_array_elements_text(data->'positions')::bigint FROM bank_lines WHERE operator_id = %s"
_MOVED = """operator_id = %s AND position IN (
    SELECT position FROM ledger_entries WHERE operator_id = %s AND account = %s AND currency = %s
    GROUP BY position HAVING sum(minor) <> 0 EXCEPT"""
_ABOUT = """operator_id = %s AND data->'positions' <> '[]' AND NOT EXISTS (
    SELECT FROM jsonb_array_elements_text(data->'positions') AS booked (position)
    WHERE position::bigint NOT IN (SELECT position FROM ledger_entries WHERE operator_id = %s AND account = %s)
) ORDER BY day, line_id"""
_UNMATCHED = f"{CHAINED}{_MOVED} {_MATCHED}) ORDER BY position"


class Bank:
    def __init__(self, db: DbConnection, flush_ledger: Callable[[], None]) -> None:
        self._db = db
        self._flush_ledger = flush_ledger
        self._lines: IdentityMap[tuple[OperatorId, UUID], StoredLine] = IdentityMap(
            db, _LINES, _LINE, lambda one: (one.operator_id, one.line.id), _record
        )
        self._accounts: IdentityMap[tuple[OperatorId, str], BankAccount] = IdentityMap(
            db,
            _ACCOUNTS,
            _ACCOUNT,
            lambda one: (one.operator_id, one.account),
            lambda one: {"operator_id": one.operator_id, "account": one.account},
        )

        self._files: IdentityMap[UUID, TransferFile] = IdentityMap(db, _FILES, _FILE, lambda one: one.id, _file_record)

    def lock(self, operator_id: OperatorId) -> None:
        self._db.one("SELECT pg_advisory_xact_lock(hashtextextended(%s, 53))", str(operator_id))

    def accounts(self, operator_id: OperatorId) -> Sequence[BankAccount]:
        return self._accounts.find("operator_id = %s ORDER BY account", operator_id)

    def put_account(self, account: BankAccount) -> None:
        self._accounts.put(account)

    def known(self, operator_id: OperatorId, line_ids: Collection[UUID]) -> set[UUID]:
        self._lines.flush()
        rows = self._db.rows("SELECT line_id FROM bank_lines WHERE operator_id = %s AND line_id = ANY(%s)", operator_id, list(line_ids))
        return {line_id for (line_id,) in rows}

    def line(self, operator_id: OperatorId, line_id: UUID) -> StoredLine | None:
        return self._lines.first("operator_id = %s AND line_id = %s", operator_id, line_id)

    def put(self, kept: StoredLine) -> None:
        self._lines.put(kept)

    def open(self, operator_id: OperatorId) -> Sequence[StoredLine]:
        return self._lines.find("operator_id = %s AND open ORDER BY day, line_id", operator_id)

    def to_review(self, operator_id: OperatorId, limit: int) -> Sequence[StoredLine]:
        return self._lines.find(f"operator_id = %s AND asked > 0 {_AS_LOOKED_AT} LIMIT %s", operator_id, limit)

    def review_progress(self, operator_id: OperatorId) -> tuple[int, int]:
        self._lines.flush()
        query = "SELECT count(*), coalesce(max(asked), 0) FROM bank_lines WHERE operator_id = %s AND asked > 0"
        left, whole = self._db.one(query, operator_id) or (0, 0)
        return int(left), int(whole)

    def page(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[StoredLine]:
        return _PAGED.page(self._lines.find, request, "operator_id = %s", operator_id)

    def line_of(self, operator_id: OperatorId, position: int) -> StoredLine | None:
        return self._lines.first("operator_id = %s AND data->'positions' @> to_jsonb(%s::bigint)", operator_id, position)

    def lines_of_account(self, operator_id: OperatorId, account: Account) -> Sequence[StoredLine]:
        self._flush_ledger()
        return self._lines.find(_ABOUT, operator_id, operator_id, account.name)

    def sum_minor(self, operator_id: OperatorId, account: str) -> int:
        self._lines.flush()
        query = "SELECT coalesce(sum(minor), 0) FROM bank_lines WHERE operator_id = %s AND account = %s"
        found = self._db.one(query, operator_id, account)
        return int(found[0]) if found else 0

    def unmatched(self, operator_id: OperatorId, currency: str) -> Sequence[ChainedTxn]:
        self._flush_ledger()
        self._lines.flush()
        return [chained_row(row) for row in self._db.rows(_UNMATCHED, operator_id, operator_id, BANK.name, currency, operator_id)]

    def put_file(self, file: TransferFile) -> None:
        self._files.put(file)

    def file(self, operator_id: OperatorId, number: str) -> TransferFile | None:
        return self._files.first("operator_id = %s AND number = %s", operator_id, number)

    def file_of(self, operator_id: OperatorId, file_id: UUID) -> TransferFile | None:
        return self._files.first("operator_id = %s AND file_id = %s", operator_id, file_id)

    def files_paying(self, operator_id: OperatorId, abouts: Collection[UUID]) -> Sequence[TransferFile]:
        return self._files.find("operator_id = %s AND abouts && %s::uuid[] ORDER BY made_at DESC, file_id DESC", operator_id, list(abouts))

    def files(self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE) -> ListPage[TransferFile]:
        return _FILES_LISTED.page(self._files.find, request, "operator_id = %s", operator_id)

    def flush(self) -> None:
        self._lines.flush()
        self._files.flush()
        self._accounts.flush()


def _file_record(one: TransferFile) -> dict[str, object]:
    return {
        "operator_id": one.operator_id,
        "file_id": one.id,
        "number": one.number,
        "made_at": one.made_at,
        "abouts": [due.about for due in one.dues],
    }


def _record(one: StoredLine) -> dict[str, object]:
    line = one.line
    return {
        "operator_id": one.operator_id,
        "line_id": line.id,
        "account": line.account,
        "day": line.day,
        "minor": line.amount.minor,
        "open": one.open,
        "asked": one.to_review,
    }
