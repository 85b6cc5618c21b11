"""Lists exported for the accountant: complete, read in pages."""

from collections.abc import Iterator
from decimal import Decimal

from forecourt.billing import DocumentKind, Invoice
from forecourt.flows.desk import operator_zone
from forecourt.flows.ports import DocumentSearch, Store
from forecourt.kernel import Money, OperatorId, instant_text, utc
from forecourt.tariffs import number_text
from forecourt.web.queries.receipts import expect_paid_states, paid_state

_BATCH = 500
EXPORT_COLUMNS = (
    "number", "kind", "corrects", "issued", "day", "due_day", "site", "driver", "currency",
    "vat_percent", "net", "vat", "gross", "paid_by_partners", "due", "paid",
)  # fmt: skip


def export_rows(store: Store, operator_id: OperatorId, wanted: DocumentSearch) -> Iterator[tuple[object, ...]]:
    """A row for each document and VAT rate, newest first; credit notes are negative, so that each column adds up to the ledger.

    What partners pay, and what is due, are in a document's first row. day, due_day: in the operator's zone.
    """
    zone = operator_zone(store, operator_id)
    due_days = store.dunning.rules(operator_id).due_days
    last: Invoice | None = None
    while batch := store.documents.search(operator_id, wanted, _BATCH, last):
        expect_paid_states(store, batch)
        for one in batch:
            local = utc(one.issued_at).astimezone(zone).date()
            due_day = local + one.parties.due_after(due_days) if one.kind is DocumentKind.INVOICE else ""
            days = (instant_text(one.issued_at), local, due_day)
            site_name, buyer = one.content.place.site_name, one.content.parties.user.called
            head = (one.number, one.kind.value, one.content.corrects_number, *days, site_name, buyer, one.currency)
            paid = paid_state(store, one)
            for rate, amounts in _by_rate(one):
                yield (*head, rate, *(_signed(one, money) for money in amounts), paid)
        last = batch[-1]


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
