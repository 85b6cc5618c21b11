"""The file of a partner's statement: made once, stored with its SHA-256, the same bytes for ever."""

from hashlib import sha256

from forecourt.billing import iban_of
from forecourt.flows.desk import notify_partner_statement
from forecourt.flows.ports import Store, Transactions
from forecourt.jobs.invoice_pdf import InvoicePrinter
from forecourt.jobs.printing import Typesetter
from forecourt.jobs.statement_view import statement_view
from forecourt.notices import Attachment
from forecourt.settlement import Statement


class StatementPrinter:
    def __init__(self) -> None:
        self._typesetter = Typesetter("statement.typ")

    def pdf(self, statement: Statement, bank: str = "") -> bytes:
        """Dated at the statement's issue: equal statements give equal bytes."""
        return self._typesetter.pdf(statement_view(statement, bank), statement.issued_at)


def print_partner_statements(transactions: Transactions, printer: StatementPrinter, documents: InvoicePrinter) -> int:
    """Make and store the files that are missing, also of self-billed documents, and notify the partners, with a unit of work each. Returns
    how many. documents: prints the self-billed ones."""
    with transactions.begin() as store:
        waiting = [(one, store.stations.operator(one.operator_id).bank) for one in store.partners.without_pdf()]
    for statement, bank in waiting:
        pdf = printer.pdf(statement, bank)
        with transactions.begin() as store:
            _print_self_billed(store, statement, documents)
            store.partners.put_pdf(statement.id, pdf, sha256(pdf).hexdigest())
            notify_partner_statement(store, statement)
    return len(waiting)


def statement_attachments(store: Store, statement: Statement) -> tuple[Attachment, ...]:
    """The PDFs that a partner is sent: the statement's, and those of its self-billed documents, with the e-invoices in them."""
    pdfs = [(statement.number, store.partners.pdf(statement.id))]
    made = [(one.number, store.partners.self_billed_files(statement.id, one.id)) for one in statement.self_billed]
    pdfs += [(number, files.pdf if files else None) for number, files in made]
    return tuple(Attachment(f"{number}.pdf", "application/pdf", pdf) for number, pdf in pdfs if pdf)


def _print_self_billed(store: Store, statement: Statement, printer: InvoicePrinter) -> None:
    partner = store.partners.partner(statement.partner_id)
    account = iban_of(partner.bank) if partner else ""
    stated = store.partners.statements(statement.operator_id, statement.partner_id)
    issued = {one.id: one.issued_at for known in stated for one in known.self_billed}
    for one in statement.self_billed:
        corrects = one.content.corrects
        files = printer.files(one, None, "" if corrects else account, issued.get(corrects) if corrects else None)
        store.partners.put_self_billed_files(statement.id, one.id, files)
