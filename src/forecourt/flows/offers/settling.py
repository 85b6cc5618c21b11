"""Others' shares of a document, booked."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import uuid5

from forecourt.billing import Invoice
from forecourt.flows.ports.store import Store
from forecourt.kernel import DocumentId, NotFound
from forecourt.offers import OfferKind, Redemption
from forecourt.settlement import Payout, ShareRule, share, share_back, share_key
from forecourt.stations import Site


def settle_site_shares(store: Store, document_id: DocumentId, at: datetime) -> tuple[Payout, ...]:
    """Book what the hosts of the site get of an invoice, and what its credit notes take back of that; a membership's belongs to none.

    By the terms of when the invoice was issued. A credit note takes nothing back of what was not booked: its turn comes with its
    invoice's. Of hosts that are partners it also comes to stand on their next statement. What the document itself gives or takes.
    """
    asked = _document(store, document_id)
    invoice = store.documents.lock(asked.content.corrects or asked.id) or asked
    if invoice.content.site_id is None or (asked.id != invoice.id and not _booked(store, invoice)):
        return ()
    site = store.stations.site(invoice.content.site_id)
    shares = site.shares_at(invoice.issued_at)
    made = settle(store, invoice, [ShareRule(partner, percent) for partner, percent in shares], at)
    for document, payouts in made:
        _list(store, site, document, at, list(zip(payouts, (percent for _, percent in shares), strict=True)))
    return next(payouts for document, payouts in made if document.id == asked.id)


def settle(store: Store, invoice: Invoice, rules: Sequence[ShareRule], at: datetime) -> tuple[tuple[Invoice, tuple[Payout, ...]], ...]:
    """Book what partners earn by an invoice and lose by its credit notes, document by document. Repeating it books nothing twice."""
    made, left = [(invoice, share(invoice, rules, at))], invoice.net
    for credited in store.documents.correcting(invoice.id):
        made.append((credited, share_back(credited, left, rules, at)))
        left -= credited.net
    for _, sharing in made:
        if sharing.txn is not None:
            store.ledger.post(sharing.txn)
    return tuple((document, sharing.payouts) for document, sharing in made)


def _booked(store: Store, invoice: Invoice) -> bool:
    return any(one.txn.key == share_key(invoice) for one in store.ledger.of_subject(invoice.id))


def _list(store: Store, site: Site, document: Invoice, at: datetime, shares: Sequence[tuple[Payout, Decimal]]) -> None:
    """Onto the open items of those hosts that are partners, by the day of the entry: paid late, it is the next statement's."""
    partners = {one.handle: one for one in store.partners.partners(site.operator_id)}
    for payout, percent in shares:
        redemption_id = uuid5(document.id, f"host/{payout.partner}")
        if payout.partner in partners and payout.amount and store.partners.redemption(redemption_id) is None:
            of = (document.operator_id, partners[payout.partner].id, site.id, document.id, OfferKind.HOSTING, at)
            text = f"{percent:f} % of the net at {site.name}"
            store.partners.put_redemption(Redemption(redemption_id, *of, text, payout.amount, document=document.number))


def _document(store: Store, document_id: DocumentId) -> Invoice:
    invoice = store.documents.document(document_id)
    if invoice is None:
        raise NotFound("document", "There is no such document.")
    return invoice
