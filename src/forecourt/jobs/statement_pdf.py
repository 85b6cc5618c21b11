"""The file of a partner's statement: made once, stored with its SHA-256, the same bytes for ever."""

from hashlib import sha256

from forecourt.flows.desk import notify_partner_statement
from forecourt.flows.ports import Transactions
from forecourt.jobs.printing import Typesetter
from forecourt.jobs.statement_view import statement_view
from forecourt.settlement import Statement


class StatementPrinter:
    def __init__(self) -> None:
        self._typesetter = Typesetter("statement.typ")

    def pdf(self, statement: Statement, bank: str = "") -> bytes:
        """Dated at the statement's issue: equal statements give equal bytes."""
        return self._typesetter.pdf(statement_view(statement, bank), statement.issued_at)


def print_partner_statements(transactions: Transactions, printer: StatementPrinter) -> int:
    """Make and store the files that are missing, and notify the partners, with a unit of work each. Returns how many."""
    with transactions.begin() as store:
        waiting = [(one, store.stations.operator(one.operator_id).bank) for one in store.partners.without_pdf()]
    for statement, bank in waiting:
        pdf = printer.pdf(statement, bank)
        with transactions.begin() as store:
            store.partners.put_pdf(statement.id, pdf, sha256(pdf).hexdigest())
            notify_partner_statement(store, statement)
    return len(waiting)
