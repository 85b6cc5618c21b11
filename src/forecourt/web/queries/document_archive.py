"""The files of a month's documents and statements, with a list that names each one and sums to the month's tax."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from forecourt.billing import AccountStatement, DocumentKind, Invoice
from forecourt.flows.desk import operator_zone
from forecourt.flows.ports import DocumentFiles, DocumentSearch, PageRequest, Transactions
from forecourt.kernel import Money, OperatorId, Span
from forecourt.settlement import Statement
from forecourt.web.frame.lists import csv_text
from forecourt.web.frame.zip_stream import ArchivedFile
from forecourt.web.queries.local_days import local_date

_BATCH = 50
_FOLDERS = {DocumentKind.INVOICE: "invoices", DocumentKind.CREDIT_NOTE: "credit-notes"}
_DOCUMENT_COLUMNS = ("number", "kind", "corrects", "day", "currency", "net", "tax", "gross", "pdf", "pdf_sha256", "xml", "xml_sha256")
_SELF_BILLED_COLUMNS = (*_DOCUMENT_COLUMNS[:3], "supplier", "statement", *_DOCUMENT_COLUMNS[3:])
_STATEMENT_COLUMNS = ("number", "kind", "to", "day", "currency", "amount", "pdf")

Row = tuple[object, ...]


def archive_files(transactions: Transactions, operator_id: OperatorId, month: Span) -> Iterator[ArchivedFile]:
    """Invoices and credit notes issued in the month, oldest last; the monthly statements of drivers and partners over the month; then the
    lists. A file still to be made is missing, and its cell in the list is empty. Each batch is a unit of work of its own."""
    documents, statements, invoiced = list[Row](), list[Row](), list[Row]()
    yield from _documents(transactions, operator_id, month, documents)
    yield from _account_statements(transactions, operator_id, month, statements)
    yield from _partner_statements(transactions, operator_id, month, statements, invoiced)
    lists = [("documents", _DOCUMENT_COLUMNS, documents), ("statements", _STATEMENT_COLUMNS, statements)]
    lists += [("self-billed", _SELF_BILLED_COLUMNS, invoiced)] if invoiced else []
    for name, head, rows in lists:
        yield ArchivedFile(f"{name}.csv", csv_text([head, *rows]).encode(), month.end)


def _documents(transactions: Transactions, operator_id: OperatorId, month: Span, rows: list[Row]) -> Iterator[ArchivedFile]:
    wanted, last = DocumentSearch(since=month.start, until=month.end), None
    while True:
        with transactions.begin() as store:
            zone = str(operator_zone(store, operator_id))
            batch: Sequence[Invoice] = store.documents.search(operator_id, wanted, _BATCH, last)
            found = [(one, store.documents.files(one.id)) for one in batch]
        for one, files in found:
            files_made = _made(one, files)
            rows.append(_row(one, files, str(local_date(one.issued_at, zone)), [file.name for file in files_made]))
            yield from files_made
        if len(batch) < _BATCH:
            return
        last = batch[-1]


def _made(one: Invoice, files: DocumentFiles | None) -> list[ArchivedFile]:
    bodies = [(files.pdf, "pdf"), (files.xml, "xml")] if files else []
    return [ArchivedFile(f"{_FOLDERS[one.kind]}/{one.number}.{ending}", body, one.issued_at) for body, ending in bodies if body]


def _row(one: Invoice, files: DocumentFiles | None, day: str, names: Sequence[str]) -> Row:
    pdf, xml = (next((name for name in names if name.endswith(ending)), "") for ending in (".pdf", ".xml"))
    hashes = (files.pdf_sha256, files.xml_sha256) if files else ("", "")
    amounts = (_signed(one, money) for money in (one.net, one.tax, one.gross))
    return (one.number, one.kind.value, one.content.corrects_number, day, one.currency, *amounts, pdf, hashes[0], xml, hashes[1])


def _account_statements(transactions: Transactions, operator_id: OperatorId, month: Span, rows: list[Row]) -> Iterator[ArchivedFile]:
    """The list is ordered by issue, and a statement is issued after its month."""
    page_request: PageRequest | None = PageRequest(limit=_BATCH)
    while page_request is not None:
        with transactions.begin() as store:
            page = store.statements.page(operator_id, page_request)
            found = [(one, store.statements.pdf(one.id)) for one in page.rows if month.contains(one.month.start)]
        for one, pdf in found:
            yield from _statement(one, "MONTHLY", one.parties.buyer.name, one.due, pdf, rows)
        older = page.older and page.rows[-1].issued_at >= month.start
        page_request = PageRequest(page.older, limit=_BATCH) if older else None


def _partner_statements(
    transactions: Transactions, operator_id: OperatorId, month: Span, rows: list[Row], invoiced: list[Row]
) -> Iterator[ArchivedFile]:
    """With their self-billed documents: these go to invoiced, and sum to the input tax on them."""
    with transactions.begin() as store:
        found = [one for one in store.partners.statements(operator_id) if month.contains(one.month.start)]
    for one in found:
        with transactions.begin() as store:
            pdf = store.partners.pdf(one.id)
            files = [(document, store.partners.self_billed_files(one.id, document.id)) for document in one.self_billed]
        yield from _statement(one, "PARTNER", one.partner.name, -one.owed, pdf, rows)
        for document, made in files:
            bodies = _self_billed(document, made)
            invoiced.append(_self_billed_row(one, document, made, [body.name for body in bodies]))
            yield from bodies


def _self_billed(document: Invoice, files: DocumentFiles | None) -> list[ArchivedFile]:
    """The host's invoices and credit notes, that the operator issued: input tax, so they are not among the documents."""
    bodies = [(files.pdf, "pdf"), (files.xml, "xml")] if files else []
    return [ArchivedFile(f"self-billed/{document.number}.{ending}", body, document.issued_at) for body, ending in bodies if body]


def _self_billed_row(statement: Statement, document: Invoice, files: DocumentFiles | None, names: Sequence[str]) -> Row:
    cells = _row(document, files, str(local_date(document.issued_at, statement.zone)), names)
    return (*cells[:3], statement.partner.name, statement.number, *cells[3:])


def _statement(
    one: AccountStatement | Statement, kind: str, recipient: str, amount: Money, pdf: bytes | None, rows: list[Row]
) -> Iterator[ArchivedFile]:
    """amount: what is owed to the operator, negative if it owes."""
    name = f"statements/{one.number}.pdf" if pdf else ""
    rows.append((one.number, kind, recipient, str(local_date(one.issued_at, one.zone)), amount.currency, amount.amount, name))
    if pdf:
        yield ArchivedFile(name, pdf, one.issued_at)


def _signed(one: Invoice, money: Money) -> Decimal:
    return -money.amount if one.kind is DocumentKind.CREDIT_NOTE else money.amount
