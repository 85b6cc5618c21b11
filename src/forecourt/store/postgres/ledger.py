"""The ledger: append-only, balanced, chained."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from forecourt.flows.ports import FIRST_PAGE, AccountEntries, Key, ListOrders, ListPage, PageRequest
from forecourt.kernel import OperatorId, Span
from forecourt.ledger import (
    CLEARING,
    DRIVER_KINDS,
    GENESIS_DIGEST,
    Account,
    AccountKind,
    Balance,
    ChainedTxn,
    Txn,
    chain_after,
    redate_closed,
)
from forecourt.store.codec import Codec
from forecourt.store.postgres.db_connection import DbConnection, Table

_TXNS = Table(
    "ledger_txns",
    (
        ("operator_id", "uuid"),
        ("position", "bigint"),
        ("key", "text"),
        ("at", "timestamptz"),
        ("subject", "uuid"),
        ("previous", "text"),
        ("digest", "text"),
        ("data", "jsonb"),
    ),
    (),
).insert()
_ENTRIES = Table(
    "ledger_entries",
    (
        ("operator_id", "uuid"),
        ("position", "bigint"),
        ("line", "integer"),
        ("account", "text"),
        ("currency", "text"),
        ("minor", "bigint"),
    ),
    (),
).insert()
_HEAD = """INSERT INTO ledger_books (operator_id, position, digest) VALUES (%s, 0, %s)
ON CONFLICT (operator_id) DO UPDATE SET position = ledger_books.position RETURNING position, digest, open_from"""
_TXN = Codec[Txn](Txn)
CHAINED = "SELECT position, data, previous, digest FROM ledger_txns WHERE "
_OF_SUBJECT = f"{CHAINED}subject = %s ORDER BY operator_id, position"
_OF_SUBJECTS = """SELECT subject, position, data, previous, digest FROM ledger_txns WHERE subject = ANY(%s)
ORDER BY operator_id, position"""
_PAGE = 1000
_DATED = "SELECT position FROM ledger_txns WHERE operator_id = %s AND at >= %s AND at < %s"
_SUMS = "SELECT coalesce(sum(debit_minor), 0), coalesce(sum(credit_minor), 0) FROM ledger_balances"
_BALANCES = "SELECT account, currency, debit_minor, credit_minor FROM ledger_balances"
_ADDED = "coalesce(sum(minor) FILTER (WHERE minor > 0), 0) AS debit, coalesce(-sum(minor) FILTER (WHERE minor < 0), 0) AS credit"
_SUMMARY = """SELECT folded, currency, sum(debit_minor), sum(credit_minor) FROM ledger_balances, split_part(account, ':', 1) AS kind,
    LATERAL (SELECT CASE WHEN kind = ANY(%s) THEN kind ELSE account END) AS named (folded)
WHERE operator_id = %s GROUP BY folded, currency ORDER BY folded, currency"""
_MOVED = f"""SELECT folded, currency, {_ADDED} FROM ledger_txns JOIN ledger_entries USING (operator_id, position),
    split_part(account, ':', 1) AS kind, LATERAL (SELECT CASE WHEN kind = ANY(%s) THEN kind ELSE account END) AS named (folded)
WHERE operator_id = %s AND at >= %s AND at < %s GROUP BY folded, currency ORDER BY folded, currency"""  # noqa: S608
_OF_ACCOUNT = "operator_id = %s AND account = %s AND currency = %s"
_EACH = "operator_id, account, currency"
_MISADDED = f"""SELECT account FROM ledger_balances
FULL JOIN (SELECT {_EACH}, {_ADDED} FROM ledger_entries GROUP BY {_EACH}) added USING ({_EACH})
WHERE (debit_minor, credit_minor) IS DISTINCT FROM (debit, credit) ORDER BY {_EACH}"""  # noqa: S608
# Incoming and outgoing money separately: postings and reported rows of each must add up to zero.
_UNCLEARED = """SELECT subject FROM (
    SELECT t.subject, t.key LIKE 'cleared/%%' AS told, sum(e.minor) AS minor
    FROM ledger_txns t JOIN ledger_entries e USING (operator_id, position)
    WHERE t.operator_id = %s AND e.account = %s AND t.subject IN (
        SELECT t.subject FROM ledger_txns t JOIN ledger_entries e USING (operator_id, position)
        WHERE t.operator_id = %s AND t.at >= %s AND e.account = %s)
    GROUP BY t.operator_id, t.position) moved
GROUP BY subject
HAVING coalesce(sum(minor) FILTER (WHERE (minor > 0) <> told), 0) <> 0 OR coalesce(sum(minor) FILTER (WHERE (minor > 0) = told), 0) <> 0"""


def chained_row(row: tuple[Any, ...]) -> ChainedTxn:
    position, data, previous, digest = row
    return ChainedTxn(position, _TXN.read(data), previous, digest)


class _Head(NamedTuple):
    """Where the next transaction of a ledger goes; read under the lock of its row, so that a month is not closed in the meantime."""

    position: int
    digest: str
    open_from: datetime | None

    def next(self, txn: Txn) -> tuple[ChainedTxn, "_Head"]:
        posted = chain_after(self.position, self.digest, redate_closed(txn, self.open_from))
        return posted, self._replace(position=posted.position, digest=posted.digest)


class Ledger:
    def __init__(self, db: DbConnection) -> None:
        self._db = db
        self._heads: dict[OperatorId, _Head] = {}
        self._pending: list[ChainedTxn] = []

    def post(self, txn: Txn) -> bool:
        head = self._heads.get(txn.operator_id) or self._locked_head(txn.operator_id)
        if any((one.txn.operator_id, one.txn.key) == (txn.operator_id, txn.key) for one in self._pending):
            return False
        if self._db.one("SELECT 1 FROM ledger_txns WHERE operator_id = %s AND key = %s", txn.operator_id, txn.key):
            return False
        posted, self._heads[txn.operator_id] = head.next(txn)
        self._pending.append(posted)
        return True

    def post_all(self, txns: Sequence[Txn]) -> int:
        return sum(self._post_new(operator_id, [one for one in txns if one.operator_id == operator_id]) for operator_id in _operators(txns))

    def _post_new(self, operator_id: OperatorId, txns: Sequence[Txn]) -> int:
        head = self._heads.get(operator_id) or self._locked_head(operator_id)
        query = "SELECT key FROM ledger_txns WHERE operator_id = %s AND key = ANY(%s)"
        known = {key for (key,) in self._db.rows(query, operator_id, [one.key for one in txns])}
        known |= {one.txn.key for one in self._pending if one.txn.operator_id == operator_id}
        posted: dict[str, ChainedTxn] = {}
        for txn in txns:
            if txn.key not in known and txn.key not in posted:
                posted[txn.key], head = head.next(txn)
        self._heads[operator_id] = head
        self._pending.extend(posted.values())
        return len(posted)

    def head(self, operator_id: OperatorId) -> int:
        return (self._heads.get(operator_id) or self._locked_head(operator_id)).position

    def open_from(self, operator_id: OperatorId) -> datetime | None:
        found = self._db.one("SELECT open_from FROM ledger_books WHERE operator_id = %s", operator_id)
        return found[0] if found else None

    def close(self, operator_id: OperatorId, until: datetime) -> int:
        head = self._heads.get(operator_id) or self._locked_head(operator_id)
        self._open(operator_id, head, max(head.open_from or until, until))
        return head.position

    def reopen(self, operator_id: OperatorId, since: datetime) -> None:
        head = self._heads.get(operator_id) or self._locked_head(operator_id)
        if head.open_from is not None:
            self._open(operator_id, head, min(head.open_from, since))

    def balance(self, operator_id: OperatorId, account: Account, currency: str, until: int | None = None) -> int:
        self.flush()
        query = f"SELECT debit_minor - credit_minor FROM ledger_balances WHERE {_OF_ACCOUNT}"  # noqa: S608
        found = self._db.one(query, operator_id, account.name, currency) or (0,)
        if until is None:
            return int(found[0])
        later = f"SELECT coalesce(sum(minor), 0) FROM ledger_entries WHERE {_OF_ACCOUNT} AND position > %s"  # noqa: S608
        since = self._db.one(later, operator_id, account.name, currency, until) or (0,)
        return int(found[0]) - int(since[0])

    def entries(self, operator_id: OperatorId, wanted: AccountEntries, limit: int, before: int | None = None) -> Sequence[ChainedTxn]:
        self.flush()
        condition, parameters = _meant(operator_id, wanted)
        where = f"""operator_id = %s AND (%s::bigint IS NULL OR position < %s) AND position IN (SELECT position {condition})
            ORDER BY position DESC LIMIT %s"""
        return [chained_row(row) for row in self._db.rows(CHAINED + where, operator_id, before, before, *parameters, limit)]

    def sum_of(self, operator_id: OperatorId, wanted: AccountEntries) -> Balance:
        self.flush()
        if wanted.span is None:
            account, names = _of_kind(AccountKind(wanted.name)) if wanted.covers_all_drivers else ("account = %s", (wanted.name,))
            found = self._db.one(f"{_SUMS} WHERE operator_id = %s AND currency = %s AND {account}", operator_id, wanted.currency, *names)
        else:
            entries, parameters = _meant(operator_id, wanted)
            found = self._db.one(f"SELECT {_ADDED} {entries}", *parameters)
        debit, credit = found or (0, 0)
        return Balance(Account.from_name(wanted.name), wanted.currency, int(debit), int(credit))

    def entry(self, operator_id: OperatorId, position: int) -> ChainedTxn | None:
        self.flush()
        found = self._db.one(f"{CHAINED}operator_id = %s AND position = %s", operator_id, position)
        return chained_row(found) if found else None

    def trial_balance(self, operator_id: OperatorId, kind: AccountKind | None = None) -> Sequence[Balance]:
        return self._balances(operator_id, kind)

    def unsettled(self, operator_id: OperatorId, kind: AccountKind) -> Sequence[Balance]:
        return self._balances(operator_id, kind, "AND debit_minor <> credit_minor")

    def summary(self, operator_id: OperatorId) -> Sequence[Balance]:
        self.flush()
        rows = self._db.rows(_SUMMARY, list(DRIVER_KINDS), operator_id)
        return [_balance(*row) for row in rows]

    def moved(self, operator_id: OperatorId, span: Span) -> Sequence[Balance]:
        self.flush()
        return [_balance(*row) for row in self._db.rows(_MOVED, list(DRIVER_KINDS), operator_id, span.start, span.end)]

    def wrong_balances(self) -> Sequence[Account]:
        self.flush()
        return [Account.from_name(name) for (name,) in self._db.rows(_MISADDED)]

    def _balances(self, operator_id: OperatorId, kind: AccountKind | None, more: str = "") -> Sequence[Balance]:
        self.flush()
        account, names = _of_kind(kind) if kind else ("true", ())
        where = f"operator_id = %s AND {account} {more} ORDER BY account, currency"
        return [_balance(*row) for row in self._db.rows(f"{_BALANCES} WHERE {where}", operator_id, *names)]

    def of_subject(self, subject: UUID) -> Sequence[ChainedTxn]:
        self.flush()
        return [chained_row(row) for row in self._db.rows(_OF_SUBJECT, subject)]

    def prefetch_of_subjects(self, subjects: Collection[UUID]) -> None:
        self.flush()
        self._db.prefetch_each((_OF_SUBJECTS, (list(subjects),)), lambda one: (_OF_SUBJECT, (one,)), subjects)

    def uncleared(self, operator_id: OperatorId, since: datetime) -> Sequence[UUID]:
        self.flush()
        return [subject for (subject,) in self._db.rows(_UNCLEARED, operator_id, CLEARING.name, operator_id, since, CLEARING.name)]

    def chain(self, operator_id: OperatorId, after: int = 0) -> Iterator[ChainedTxn]:
        self.flush()
        position = after
        while rows := self._db.rows(f"{CHAINED}operator_id = %s AND position > %s ORDER BY position LIMIT {_PAGE}", operator_id, position):
            yield from map(chained_row, rows)
            position = rows[-1][0]

    def positions(self, operator_id: OperatorId, span: Span) -> range:
        self.flush()
        query = f"WITH dated AS MATERIALIZED ({_DATED}) SELECT coalesce(min(position), 0), coalesce(max(position) + 1, 0) FROM dated"  # noqa: S608
        return range(*(self._db.one(query, operator_id, span.start, span.end) or (0,)))

    def posted(self, operator_id: OperatorId, positions: range) -> Sequence[ChainedTxn]:
        self.flush()
        where = "operator_id = %s AND position >= %s AND position < %s ORDER BY position"
        return [chained_row(row) for row in self._db.rows(CHAINED + where, operator_id, positions.start, positions.stop)]

    def account_page(
        self, operator_id: OperatorId, account: Account, currency: str, request: PageRequest = FIRST_PAGE
    ) -> ListPage[ChainedTxn]:
        self.flush()

        def beside(key: Key | None, backwards: bool, limit: int) -> Sequence[ChainedTxn]:
            bound, by = f"position {'>' if backwards else '<'} %s" if key else "true", f"ORDER BY position {'ASC' if backwards else 'DESC'}"
            which = f"SELECT DISTINCT position FROM ledger_entries WHERE {_OF_ACCOUNT} AND {bound} {by} LIMIT %s"  # noqa: S608
            where = f"operator_id = %s AND position IN ({which}) {by}"
            rows = self._db.rows(CHAINED + where, operator_id, operator_id, account.name, currency, *(key or ()), limit)
            return [chained_row(row) for row in rows]

        return ListOrders.ENTRIES.page(beside, request)

    def sum_minor(self, currency: str) -> int:
        self.flush()
        found = self._db.one("SELECT coalesce(sum(minor), 0) FROM ledger_entries WHERE currency = %s", currency)
        return int(found[0]) if found else 0

    def flush(self) -> None:
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        self._db.write(_TXNS, [_txn_record(one) for one in pending])
        self._db.write(_ENTRIES, [record for one in pending for record in _entry_records(one)])
        for operator_id in {one.txn.operator_id for one in pending}:
            position, digest, _ = self._heads[operator_id]
            self._db.run("UPDATE ledger_books SET position = %s, digest = %s WHERE operator_id = %s", position, digest, operator_id)

    def _open(self, operator_id: OperatorId, head: _Head, since: datetime) -> None:
        self._db.run("UPDATE ledger_books SET open_from = %s WHERE operator_id = %s", since, operator_id)
        self._heads[operator_id] = head._replace(open_from=since)

    def _locked_head(self, operator_id: OperatorId) -> _Head:
        found = self._db.one(_HEAD, operator_id, GENESIS_DIGEST)
        head = _Head(*found) if found else _Head(0, GENESIS_DIGEST, None)
        self._heads[operator_id] = head
        return head


def _meant(operator_id: OperatorId, wanted: AccountEntries) -> tuple[str, tuple[object, ...]]:
    """What to select from, with its parameters."""
    account = "split_part(account, ':', 1)" if wanted.covers_all_drivers else "account"
    where = f"WHERE operator_id = %s AND {account} = %s AND currency = %s"
    parameters: tuple[object, ...] = (operator_id, wanted.name, wanted.currency)
    if wanted.span is None:
        return f"FROM ledger_entries {where}", parameters
    # The time span comes first, and bounds the search on the account: a prepared statement's plan knows no dates, and would begin with all
    # movements ever made.
    bound = "position BETWEEN (SELECT min(position) FROM dated) AND (SELECT max(position) FROM dated)"
    query = (
        f"WITH dated AS MATERIALIZED ({_DATED}) SELECT position, minor FROM dated JOIN ledger_entries USING (position) {where} AND {bound}"  # noqa: S608
    )
    return f"FROM ({query}) AS meant", (operator_id, wanted.span.start, wanted.span.end, *parameters)


def _of_kind(kind: AccountKind) -> tuple[str, tuple[str, ...]]:
    """For kinds whose names have parts: from "VAT:" up to what follows a colon."""
    return "account >= %s AND account < %s", (f"{kind}:", f"{kind};")


def _balance(name: str, currency: str, debit: int, credit: int) -> Balance:
    return Balance(Account.from_name(name), currency, int(debit), int(credit))


def _operators(txns: Sequence[Txn]) -> list[OperatorId]:
    """In the order in which every caller locks their ledgers."""
    return sorted({one.operator_id for one in txns})


def _txn_record(one: ChainedTxn) -> dict[str, object]:
    return {
        "operator_id": one.txn.operator_id,
        "position": one.position,
        "key": one.txn.key,
        "at": one.txn.at,
        "subject": one.txn.subject,
        "previous": one.previous,
        "digest": one.digest,
        "data": _TXN.pack(one.txn),
    }


def _entry_records(one: ChainedTxn) -> list[dict[str, object]]:
    return [
        {
            "operator_id": one.txn.operator_id,
            "position": one.position,
            "line": line,
            "account": entry.account.name,
            "currency": entry.currency,
            "minor": entry.minor,
        }
        for line, entry in enumerate(one.txn.entries)
    ]
