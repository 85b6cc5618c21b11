"""Booking partners' shares of documents."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from forecourt.billing import Invoice
from forecourt.flows.billing import buyer_chain, host_item_id
from forecourt.flows.paying import is_debit_returned
from forecourt.flows.ports.store import Store
from forecourt.kernel import DocumentId, NotFound
from forecourt.ledger import Txn
from forecourt.offers import OfferKind, Redemption
from forecourt.settlement import Payout, ShareRule, Sharing, payouts_in, reverse_shares, share_key, shares_to_post, sharing_of, split_net
from forecourt.stations import Site


def settle_site_shares(store: Store, document_id: DocumentId, at: datetime) -> tuple[Payout, ...]:
    """Book what the site's hosts earn from an invoice, and what its credit notes reverse; memberships belong to no site. If its payment
    was reversed, nobody earns from it until it is paid again.

    The terms are those at the invoice's issue, or at that of the bill that it replaces with another buyer. A credit note reverses nothing
    that was not booked: it is booked along with its invoice. Hosts that are partners also get it on their next statement. Returns the
    payouts of the document itself.
    """
    listed = _document(store, document_id)
    invoice = store.documents.lock(listed.content.corrects or listed.id) or listed
    if invoice.content.site_id is None or (listed.id != invoice.id and not _posted_shares(store, invoice)):
        return ()
    site, earned = store.stations.site(invoice.content.site_id), not is_debit_returned(store, invoice)
    shares = site.shares_at(list(buyer_chain(store, invoice))[-1].issued_at)
    settle_shares(store, invoice, [ShareRule(partner, percent) for partner, percent in shares], at, earned)
    for document in (invoice, *store.documents.credit_notes_of(invoice.id)):
        _add_to_statement(store, site, document, dict(shares))
    return tuple(payout for txn in _posted_shares(store, listed)[-1:] for payout in payouts_in(txn))


def settle_shares(store: Store, invoice: Invoice, rules: Sequence[ShareRule], at: datetime, earned: bool = True) -> None:
    """Book what partners earn from an invoice and lose by its credit notes, document by document. earned: it is paid; otherwise all of it
    is reversed. Repeating it books nothing twice."""
    documents = (invoice, *store.documents.credit_notes_of(invoice.id))
    posted = {document.id: _posted_shares(store, document) for document in documents}
    # What is posted stands; a note that is not posted yet takes its part of what is left, whichever was issued first.
    sharings: list[Sharing] = []
    for document in sorted(documents, key=lambda one: (one.id != invoice.id, not posted[one.id])):
        before = posted[document.id]
        if before:
            sharings.append(sharing_of(document, rules, before[0]))
        else:
            sharings.append(reverse_shares(document, sharings, rules, at) if sharings else split_net(document, rules, at))
        txn = shares_to_post(document, sharings[-1], earned, before, at)
        if txn is not None:
            store.ledger.post(txn)


def _posted_shares(store: Store, document: Invoice) -> list[Txn]:
    """What was posted for a document's shares, oldest first."""
    return [one.txn for one in store.ledger.of_subject(document.id) if one.txn.key.startswith(share_key(document))]


def _add_to_statement(store: Store, site: Site, document: Invoice, shares: Mapping[str, Decimal]) -> None:
    """Add shares to the open items of hosts that are partners, dated to the entry: an invoice paid late is on the next statement."""
    partners = {one.handle: one for one in store.partners.partners(site.operator_id)}
    for times, txn in enumerate(_posted_shares(store, document)):
        for payout in payouts_in(txn):
            redemption_id = host_item_id(document.id, payout.partner, times)
            if payout.partner in partners and store.partners.redemption(redemption_id) is None:
                details = (document.operator_id, partners[payout.partner].id, site.id, document.id, OfferKind.HOSTING, txn.at)
                text = f"{shares.get(payout.partner, 0):f} % of the net at {site.name}"
                store.partners.put_redemption(Redemption(redemption_id, *details, text, payout.amount, document=document.number))


def _document(store: Store, document_id: DocumentId) -> Invoice:
    invoice = store.documents.document(document_id)
    if invoice is None:
        raise NotFound("document", "There is no such document.")
    return invoice
