"""Lists exported for the accountant: complete, read in pages."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from forecourt.billing import DocumentKind, Invoice
from forecourt.flows.desk import operator_zone
from forecourt.flows.ports import DocumentSearch, Store, Transactions
from forecourt.kernel import Money, OperatorId, instant_text, utc
from forecourt.tariffs import number_text
from forecourt.web.queries.receipts import expect_paid_states, paid_state

_BATCH = 500
EXPORT_COLUMNS = (
    "number", "kind", "corrects", "issued", "day", "due_day", "site", "driver", "currency",
    "vat_percent", "net", "vat", "gross", "paid_by_partners", "due", "paid",
)  # fmt: skip


def export_batches(transactions: Transactions, operator_id: OperatorId, wanted: DocumentSearch) -> Iterator[list[tuple[object, ...]]]:
    """A row for each document and VAT rate, newest first; credit notes are negative, so that each column adds up to the ledger.

    What partners pay, and what is due, are in a document's first row. day, due_day: in the operator's zone. Each batch is a unit of work
    of its own, so that a slow reader holds up nobody.
    """
    last: Invoice | None = None
    while True:
        with transactions.begin() as store:
            batch = store.documents.search(operator_id, wanted, _BATCH, last)
            rows = list(export_rows(store, operator_id, batch))
        if not batch:
            return
        yield rows
        last = batch[-1]


def export_rows(store: Store, operator_id: OperatorId, documents: Sequence[Invoice]) -> Iterator[tuple[object, ...]]:
    """The rows of some documents."""
    zone, due_days = operator_zone(store, operator_id), store.dunning.rules(operator_id).due_days
    expect_paid_states(store, documents)
    for one in documents:
        local = utc(one.issued_at).astimezone(zone).date()
        due_day = local + one.parties.due_after(due_days) if one.kind is DocumentKind.INVOICE else ""
        days = (instant_text(one.issued_at), local, due_day)
        site_name, buyer = one.content.place.site_name, one.content.parties.user.called
        head = (one.number, one.kind.value, one.content.corrects_number, *days, site_name, buyer, one.currency)
        paid = paid_state(store, one)
        for rate, amounts in _by_rate(one):
            yield (*head, rate, *(_signed(one, money) for money in amounts), paid)


def _by_rate(one: Invoice) -> Iterator[tuple[str, tuple[Money, ...]]]:
    """Net, tax, gross, what partners pay and what is due, by rate; one row if the document has no rate."""
    zero = Money.zero(one.currency)
    paid_parts = (one.gross - one.due, one.due)
    for tax in one.content.taxes:
        yield number_text(tax.vat_percent or Decimal(0)), (tax.net, tax.tax, tax.gross, *paid_parts)
        paid_parts = (zero, zero)
    if not one.content.taxes:
        yield "", (one.net, one.tax, one.gross, *paid_parts)


def _signed(one: Invoice, money: Money) -> Decimal:
    return -money.amount if one.kind is DocumentKind.CREDIT_NOTE else money.amount
