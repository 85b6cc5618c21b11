"""Makes the files of issued documents: invoices, drivers' monthly statements, and partners' statements."""

from forecourt.jobs.account_pdf import AccountPrinter, print_account_statements
from forecourt.jobs.invoice_pdf import InvoicePrinter, print_documents
from forecourt.jobs.ports import WorkerPorts
from forecourt.jobs.statement_pdf import StatementPrinter, print_partner_statements


class DocumentPrinting:
    def __init__(self, ports: WorkerPorts) -> None:
        self._ports = ports
        self._printer, self._statement_printer, self._account_printer = InvoicePrinter(), StatementPrinter(), AccountPrinter()

    def make(self) -> bool:
        """Make a batch of each kind; blocking. A full batch means that there may be more."""
        transactions = self._ports.transactions
        printed = print_documents(transactions, self._ports.clock, self._printer)
        printed += print_account_statements(transactions, self._account_printer)
        return printed + print_partner_statements(transactions, self._statement_printer, self._printer) > 0
