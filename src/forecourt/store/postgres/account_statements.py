"""Account statements: each document is on at most one."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from forecourt.billing import AccountStatement, Invoice
from forecourt.flows.ports import ALL_STATEMENTS, FIRST_PAGE, AppliedCredit, ListOrders, ListPage, PageRequest, StatementSearch
from forecourt.kernel import DocumentId, DriverId, Money, OperatorId
from forecourt.store.codec import Codec
from forecourt.store.postgres.config_cache import ConfigCache
from forecourt.store.postgres.db_connection import DbConnection, Table
from forecourt.store.postgres.document_search import searched_statements
from forecourt.store.postgres.paged_query import PagedQuery

_INSERT = Table(
    "account_statements",
    (
        ("operator_id", "uuid"),
        ("statement_id", "uuid"),
        ("driver_id", "uuid"),
        ("number", "text"),
        ("issued_at", "timestamptz"),
        ("data", "jsonb"),
    ),
    (),
).insert()
_LINES = Table("account_statement_lines", (("document_id", "uuid"), ("statement_id", "uuid")), ()).insert()
_PARTS = Table("account_credit_parts", (("note_id", "uuid"), ("statement_id", "uuid"), ("minor", "bigint")), ()).insert()
_PAGED = PagedQuery(ListOrders.STATEMENTS, ("issued_at", "number"))
_STATEMENT, _INVOICE = Codec[AccountStatement](AccountStatement), Codec[Invoice](Invoice)
# How it is paid was agreed when it was issued. The second condition matches the index (documents_on_account).
_WAITING = """documents d JOIN drivers r ON r.driver_id = d.driver_id
    AND coalesce(d.data #>> '{content,parties,pays_by}', r.data->>'pay_by') = 'ACCOUNT'
WHERE d.kind = 'INVOICE' AND d.due_minor > 0 AND coalesce(d.data #>> '{content,parties,pays_by}', 'ACCOUNT') = 'ACCOUNT'
    AND d.issued_at < %(until)s
    AND NOT EXISTS (SELECT FROM account_statement_lines l WHERE l.document_id = d.document_id)
    AND NOT EXISTS (SELECT FROM payments p WHERE p.document_id = d.document_id)"""
# The payer is that of the driver's first group by name that has one, among those of which the driver is a member at the instant.
_PAYER_OF = """SELECT f.driver_id FROM group_members m JOIN fleet_payers f USING (operator_id, group_name)
WHERE m.driver_id = {driver} AND m.since <= {at} AND coalesce((m.data->>'until')::timestamptz, 'infinity') > {at}
ORDER BY m.group_name COLLATE "C" LIMIT 1"""
_PARTNER_OF = "SELECT (data->>'roaming_partner_id')::uuid FROM drivers WHERE driver_id = %(driver)s"
# Who pays an invoice: the party it is made out to. If it is made out to the driver although a fleet should pay (it got its payer later),
# the fleet that the driver belonged to when the charge began pays.
_PAYER = f"""coalesce((d.data #>> '{{content,parties,used_by,payer_id}}')::uuid, ({
    _PAYER_OF.format(driver="d.driver_id", at="coalesce((d.data #>> '{content,delivery,started_at}')::timestamptz, d.issued_at)")
}), (r.data->>'roaming_partner_id')::uuid, d.driver_id)"""
_UNSTATED = f"""SELECT payer FROM (
    SELECT {_PAYER} AS payer FROM {_WAITING} AND d.operator_id = %(operator)s
    UNION
    SELECT s.driver_id FROM documents c JOIN account_statement_lines i ON i.document_id = c.corrects
        JOIN account_statements s ON s.statement_id = i.statement_id
    WHERE c.operator_id = %(operator)s AND c.kind = 'CREDIT_NOTE' AND c.issued_at < %(until)s
        AND NOT EXISTS (SELECT FROM account_statement_lines l WHERE l.document_id = c.document_id)
) AS payers WHERE %(after)s::uuid IS NULL OR payer > %(after)s ORDER BY payer LIMIT %(limit)s"""  # noqa: S608
_TAKEN_OFF = """SELECT data, minor FROM (
    SELECT d.document_id, d.issued_at, d.data,
        d.due_minor - (SELECT coalesce(sum(p.minor), 0) FROM account_credit_parts p WHERE p.note_id = d.document_id)::bigint AS minor
    FROM account_statement_lines l JOIN documents d USING (document_id)
    WHERE l.statement_id = %s AND d.kind = 'CREDIT_NOTE' AND NOT d.document_id = ANY(%s)
    UNION ALL
    SELECT d.document_id, d.issued_at, d.data, p.minor FROM account_credit_parts p JOIN documents d ON d.document_id = p.note_id
    WHERE p.statement_id = %s
) AS notes WHERE minor > 0 ORDER BY issued_at, document_id"""
_CREDITS = """SELECT c.data FROM documents c JOIN account_statement_lines i ON i.document_id = c.corrects
    JOIN account_statements s ON s.statement_id = i.statement_id
WHERE c.operator_id = %(operator)s AND c.kind = 'CREDIT_NOTE' AND c.due_minor > 0 AND (%(payer)s::uuid IS NULL OR s.driver_id = %(payer)s)
    AND NOT EXISTS (SELECT FROM account_statement_lines l WHERE l.document_id = c.document_id)
ORDER BY c.issued_at, c.document_id"""
_DOCUMENTS = f"""WITH invoices AS (
    SELECT d.document_id, d.issued_at, d.data FROM {_WAITING} AND {_PAYER} = %(payer)s
), credits AS (
    SELECT c.document_id, c.issued_at, c.data FROM documents c
    WHERE c.issued_at < %(until)s AND NOT EXISTS (SELECT FROM account_statement_lines l WHERE l.document_id = c.document_id)
        AND (c.corrects IN (SELECT document_id FROM invoices) OR c.corrects IN (
            SELECT l.document_id FROM account_statement_lines l JOIN account_statements s USING (statement_id)
            WHERE s.driver_id = %(payer)s))
)
SELECT data FROM (SELECT * FROM invoices UNION ALL SELECT * FROM credits) AS waiting ORDER BY issued_at, document_id"""  # noqa: S608
_PUT_PAYER = """INSERT INTO fleet_payers VALUES (%s, %s, %s)
ON CONFLICT (operator_id, group_name) DO UPDATE SET driver_id = EXCLUDED.driver_id"""
_OF_DOCUMENT = "SELECT statement_id FROM account_statement_lines WHERE document_id = %s"
_DATA, _IS = "SELECT data FROM account_statements WHERE ", "statement_id = %s"
_NEWEST = "ORDER BY issued_at DESC, number DESC"


class AccountStatements:
    """flush: of what is read here and may not be written yet."""

    def __init__(self, db: DbConnection, config_cache: ConfigCache, flush: Callable[[], None]) -> None:
        self._db, self._config_cache, self._flush = db, config_cache, flush

    def put(self, statement: AccountStatement) -> None:
        record = {
            "operator_id": statement.operator_id,
            "statement_id": statement.id,
            "driver_id": statement.driver_id,
            "number": statement.number,
            "issued_at": statement.issued_at,
            "data": _STATEMENT.pack(statement),
        }
        self._db.write(_INSERT, [record])
        self._db.write(_LINES, [{"document_id": line.document_id, "statement_id": statement.id} for line in statement.lines])

    def statement(self, statement_id: DocumentId) -> AccountStatement | None:
        return self._first(_IS, statement_id)

    def lock(self, statement_id: DocumentId) -> AccountStatement | None:
        return self._first("statement_id = %s FOR NO KEY UPDATE", statement_id)

    def lock_numbered(self, operator_id: OperatorId, numbers: Collection[str]) -> Sequence[AccountStatement]:
        return self._find("operator_id = %s AND number = ANY(%s) ORDER BY statement_id FOR NO KEY UPDATE", operator_id, list(numbers))

    def by_number(self, operator_id: OperatorId, number: str) -> AccountStatement | None:
        return self._first("operator_id = %s AND number = %s", operator_id, number)

    def of_driver(self, driver_id: DriverId, limit: int = 50) -> Sequence[AccountStatement]:
        return self._find(f"driver_id = %s {_NEWEST} LIMIT %s", driver_id, limit)

    def page_of(self, driver_id: DriverId, request: PageRequest = FIRST_PAGE) -> ListPage[AccountStatement]:
        return _PAGED.page(self._find, request, "driver_id = %s", driver_id)

    def page(
        self, operator_id: OperatorId, request: PageRequest = FIRST_PAGE, wanted: StatementSearch = ALL_STATEMENTS
    ) -> ListPage[AccountStatement]:
        if wanted.paid:
            self._flush()
        where, known = searched_statements(operator_id, wanted)
        return _PAGED.page(self._find, request, where, *known)

    def of_document(self, document_id: DocumentId) -> DocumentId | None:
        found = self._db.one(_OF_DOCUMENT, document_id)
        return DocumentId(found[0]) if found else None

    def prefetch_of_documents(self, document_ids: Collection[DocumentId]) -> set[DocumentId]:
        """Read ahead which of these documents are on a statement, and the statements."""
        lines = ("SELECT document_id, statement_id FROM account_statement_lines WHERE document_id = ANY(%s)", (list(document_ids),))
        stated = set(self._db.prefetch_each(lines, lambda one: (_OF_DOCUMENT, (one,)), document_ids))
        self.prefetch(stated)
        return stated

    def prefetch(self, statement_ids: Collection[DocumentId]) -> None:
        query = ("SELECT statement_id, data FROM account_statements WHERE statement_id = ANY(%s)", (list(statement_ids),))
        self._db.prefetch_each(query, lambda one: (f"{_DATA}{_IS}", (one,)), statement_ids)

    def awaiting_statement(self, operator_id: OperatorId, until: datetime, after: UUID | None, limit: int) -> Sequence[DriverId]:
        parameters = {"operator": operator_id, "until": until, "after": after, "limit": limit}
        return [DriverId(payer) for (payer,) in self._asked(_UNSTATED, parameters)]

    def documents_of(self, payer: DriverId, until: datetime) -> Sequence[Invoice]:
        return [_INVOICE.read(data) for (data,) in self._asked(_DOCUMENTS, {"payer": payer, "until": until})]

    def credits(self, operator_id: OperatorId, payer: DriverId | None = None) -> Sequence[Invoice]:
        return [_INVOICE.read(data) for (data,) in self._asked(_CREDITS, {"operator": operator_id, "payer": payer})]

    def apply_credit(self, note_id: DocumentId, statement_id: DocumentId, elsewhere: Mapping[DocumentId, Money]) -> None:
        self._db.write(_LINES, [{"document_id": note_id, "statement_id": statement_id}])
        parts = [{"note_id": note_id, "statement_id": other, "minor": amount.minor} for other, amount in elsewhere.items()]
        self._db.write(_PARTS, parts)

    def applied_credits(self, statement: AccountStatement) -> Sequence[AppliedCredit]:
        listed, currency = [line.document_id for line in statement.lines], statement.currency
        found = self._db.rows(_TAKEN_OFF, statement.id, listed, statement.id)
        return [AppliedCredit(_INVOICE.read(data), Money(minor, currency)) for data, minor in found]

    def payer_of(self, driver_id: DriverId, at: datetime) -> DriverId | None:
        query = f"SELECT coalesce(({_PAYER_OF.format(driver='%(driver)s', at='%(until)s')}), ({_PARTNER_OF}))"
        ((found,),) = self._asked(query, {"driver": driver_id, "until": at})
        return DriverId(found) if found else None

    def payers(self, operator_id: OperatorId) -> Sequence[tuple[str, DriverId]]:
        known = self._config_cache.snapshot.payers
        if operator_id not in known:  # asked for every card that is presented
            query = 'SELECT group_name, driver_id FROM fleet_payers WHERE operator_id = %s ORDER BY group_name COLLATE "C"'
            known[operator_id] = tuple((group, DriverId(driver_id)) for group, driver_id in self._db.rows(query, operator_id))
        return known[operator_id]

    def put_payer(self, operator_id: OperatorId, group: str, payer: DriverId | None) -> None:
        self._config_cache.change()
        if payer is None:
            self._db.run("DELETE FROM fleet_payers WHERE operator_id = %s AND group_name = %s", operator_id, group)
        else:
            self._db.run(_PUT_PAYER, operator_id, group, payer)

    def put_pdf(self, statement_id: DocumentId, pdf: bytes, sha256: str) -> None:
        query = "INSERT INTO account_statement_pdfs VALUES (%s, %s, %s) ON CONFLICT (statement_id) DO NOTHING"
        self._db.run(query, statement_id, sha256, pdf)

    def pdf(self, statement_id: DocumentId) -> bytes | None:
        found = self._db.one("SELECT pdf FROM account_statement_pdfs WHERE statement_id = %s", statement_id)
        return bytes(found[0]) if found else None

    def without_pdf(self, limit: int = 20) -> Sequence[AccountStatement]:
        where = "NOT EXISTS (SELECT FROM account_statement_pdfs p WHERE p.statement_id = account_statements.statement_id)"
        return self._find(f"{where} ORDER BY issued_at, statement_id LIMIT %s", limit)

    def _asked(self, query: str, asked: dict[str, object]) -> list[tuple[Any, ...]]:
        self._flush()
        return self._db.connection.execute(query, asked).fetchall()

    def _find(self, where: str, *parameters: object) -> list[AccountStatement]:
        found = self._db.rows(f"SELECT data FROM account_statements WHERE {where}", *parameters)  # noqa: S608
        return [_STATEMENT.read(data) for (data,) in found]

    def _first(self, where: str, *parameters: object) -> AccountStatement | None:
        found = self._find(where, *parameters)
        return found[0] if found else None
