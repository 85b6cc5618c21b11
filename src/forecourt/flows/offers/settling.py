"""Others' shares of a document, and the processor's payouts, booked."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid5

from forecourt.billing import Invoice
from forecourt.flows.paying.pay import look_up
from forecourt.flows.ports.store import Store
from forecourt.kernel import DocumentId, Ids, NotFound
from forecourt.offers import OfferKind, Redemption
from forecourt.payments import ClearingLine, Payment
from forecourt.settlement import Payout, ShareRule, cleared, share


def settle_site_shares(store: Store, document_id: DocumentId) -> tuple[Payout, ...]:
    """Book what the hosts of the site where it was earned get of a document; a membership's belongs to none.

    By the terms of when it was issued; a credit note takes back what its invoice gave. Of hosts that are partners it also comes to stand
    on their next statement.
    """
    invoice = _document(store, document_id)
    if invoice.content.site_id is None:
        return ()
    site = store.stations.site(invoice.content.site_id)
    first = _document(store, invoice.content.corrects) if invoice.content.corrects else invoice
    shares = site.shares_at(first.issued_at)
    payouts = settle(store, document_id, [ShareRule(partner, percent) for partner, percent in shares])
    partners = {one.handle: one for one in store.partners.partners(site.operator_id)}
    for payout, (handle, percent) in zip(payouts, shares, strict=True):
        redemption_id = uuid5(invoice.id, f"host/{handle}")
        if handle in partners and payout.amount and store.partners.redemption(redemption_id) is None:
            of = (invoice.operator_id, partners[handle].id, site.id, invoice.id, OfferKind.HOSTING, invoice.issued_at)
            text = f"{percent:f} % of the net at {site.name}"
            store.partners.put_redemption(Redemption(redemption_id, *of, text, payout.amount, document=invoice.number))
    return payouts


def settle(store: Store, document_id: DocumentId, rules: Sequence[ShareRule]) -> tuple[Payout, ...]:
    """Book what partners earn by a document. Repeating it books nothing twice."""
    invoice = _document(store, document_id)
    sharing = share(invoice, rules)
    if sharing.txn is not None:
        store.ledger.post(sharing.txn)
    return sharing.payouts


def _document(store: Store, document_id: DocumentId) -> Invoice:
    invoice = store.documents.document(document_id)
    if invoice is None:
        raise NotFound("document", "There is no such document.")
    return invoice


def clear(store: Store, lines: Sequence[ClearingLine]) -> tuple[ClearingLine, ...]:
    """Book rows of the processor's clearing file, each once. The rows of payments we do not know are handed back."""
    strange = []
    for line in lines:
        payment = store.payments.payment(line.payment_id)
        if payment is None:
            strange.append(line)
        else:
            store.ledger.post(cleared(payment, line))
    return tuple(strange)


def look_behind(store: Store, lines: Sequence[ClearingLine], at: datetime, ids: Ids) -> int:
    """Rows that tell of something we may not know make the payment's record be read, once for each row: money taken back (a refund or
    a dispute, also one made at the processor itself), money we do not know to have been taken, and anything of a disputed payment.
    So news that was lost is found. How many rows are such."""
    count = 0
    for line in lines:
        payment = store.payments.payment(line.payment_id)
        if payment is None or not (_is_strange(line, payment) or store.disputes.of_payment(payment.id)):
            continue
        look_up(store, payment, f"{payment.id}/row/{line.id}", at, ids)
        count += 1
    return count


def _is_strange(line: ClearingLine, payment: Payment) -> bool:
    return line.gross.minor < 0 or line.gross != payment.taken
