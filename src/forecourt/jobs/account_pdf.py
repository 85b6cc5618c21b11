"""The PDF of a monthly account statement: made once, stored with its SHA-256, the same bytes for ever. The template only does layout."""

from decimal import Decimal
from hashlib import sha256
from typing import Any

from forecourt.billing import BY_PARTNER, AccountLine, AccountPart, AccountStatement
from forecourt.flows.desk import notify_statement
from forecourt.flows.paying import payment_progress_of
from forecourt.flows.ports import Transactions
from forecourt.jobs.printing import Typesetter, party_fields
from forecourt.payments import PaymentProgress, PaymentStatus
from forecourt.wording import Wording, payment_text, transfer_code


class AccountPrinter:
    def __init__(self) -> None:
        self._typesetter = Typesetter("account.typ")

    def pdf(self, statement: AccountStatement, paid: PaymentProgress, bank: str = "") -> bytes:
        """Dated at the statement's issue. bank: the account for transfers."""
        return self._typesetter.pdf(account_view(statement, paid, bank), statement.issued_at)


def account_view(statement: AccountStatement, paid: PaymentProgress, bank: str = "") -> dict[str, Any]:
    """Everything the template prints, in the payer's language."""
    wording = Wording(statement.parties.language, statement.zone)
    return {
        "language": wording.language,
        "labels": {name: text for name, text in wording.labels.items() if isinstance(text, str)},
        "title": wording.label("ACCOUNT_STATEMENT"),
        "number": statement.number,
        "issued": wording.day(statement.issued_at),
        "month": wording.period(statement.month),
        "seller": party_fields(statement.parties.seller, wording),
        "buyer": party_fields(statement.parties.buyer, wording, statement.parties.seller.country),
        "lines": [_line(line, wording) for line in statement.lines],
        "shares": [
            [what, [[name or wording.label("no_cost_centre"), wording.money(amount)] for name, amount in rows]]
            for what, rows in (("cost_centre", statement.by_cost_centre), ("driver", statement.by_driver))
        ],
        "sums": [[_sum(what, statement.free_kwh, wording), wording.money(amount)] for what, amount in statement.sums],
        "due": wording.money(statement.due),
        "payment": payment_text(paid, wording, statement.number, bank),
        "code": _code(statement, paid, bank),
    }


def _code(statement: AccountStatement, paid: PaymentProgress, bank: str) -> str:
    """The code with the details of the transfer."""
    is_due = paid.status is PaymentStatus.STATED_TRANSFER
    return transfer_code(statement.parties.seller.name, bank, paid.left, statement.number) if is_due else ""


def print_account_statements(transactions: Transactions, printer: AccountPrinter) -> int:
    """Make and store the files that are missing, with a unit of work each. Returns how many."""
    with transactions.begin() as store:
        waiting = [
            (one, payment_progress_of(store, one), store.stations.operator(one.operator_id).bank) for one in store.statements.without_pdf()
        ]
    for statement, paid, bank in waiting:
        pdf = printer.pdf(statement, paid, bank)
        with transactions.begin() as store:
            store.statements.put_pdf(statement.id, pdf, sha256(pdf).hexdigest())
            notify_statement(store, statement, statement.issued_at)
    return len(waiting)


def _line(line: AccountLine, wording: Wording) -> dict[str, Any]:
    at = line.started_at or line.issued_at
    energy = f"{wording.number(Decimal(line.energy_wh) / 1000, '#,##0.00#')} kWh" if line.energy_wh else ""
    return {
        "issued": f"{wording.day(at)}, {wording.clock(at)}",
        "place": line.place,
        "socket": line.socket,
        "driver": line.driver,
        "card": line.card,
        "cost_centre": line.cost_centre,
        "document": line.number,
        "energy": energy,
        "amount": wording.money(line.amount),
        "parts": [[_part(one, wording), wording.money(one.amount)] for one in line.parts],
    }


def _part(part: AccountPart, wording: Wording) -> str:
    if part.what == BY_PARTNER:
        return wording.label("contribution").format(name=part.title)
    name = wording.titled(wording.label(part.what), part.title) if part.title else wording.label(part.what)
    return f"{name} ({wording.because(part)})" if part.because else name


def _sum(what: str, free_kwh: Decimal, wording: Wording) -> str:
    name = wording.label("contribution").format(name=wording.label("PARTNERS")) if what == BY_PARTNER else wording.label(what)
    free = f" ({wording.labels['because']['KWH_FREE'].format(wording.number(free_kwh))})" if what == "DISCOUNT" and free_kwh else ""
    return f"{wording.label('of_which')} {name}{free}"
