"""A document's net, split between partners and the operator so that the parts sum to the whole."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from forecourt.billing import DocumentKind, Invoice
from forecourt.kernel import BadInput, DocumentId, Money
from forecourt.ledger import AccountKind, Posting, Txn, apportion, apportion_within
from forecourt.settlement.model import Payout, ShareRule, Sharing, partner_share, payable


def split_net(invoice: Invoice, rules: Sequence[ShareRule], at: datetime) -> Sharing:
    """Split by largest remainder; what no rule assigns stays with the operator. at: when it is booked.

    Raises BadInput if the rules assign more than the whole, or name a partner twice.
    """
    return _sharing(invoice, rules, _parts(invoice.net, rules), at)


def reverse_shares(note: Invoice, sharings: Sequence[Sharing], rules: Sequence[ShareRule], at: datetime) -> Sharing:
    """Reverse the part of the invoice's shares that a credit note affects. sharings: the shares of the invoice, and of its earlier notes.

    Each note leaves the partners their percentages of what it leaves, and none more than before: no note gives a partner anything, and
    notes for the whole invoice leave none a cent.
    """
    before = [_left_of(sharings, rule.partner) for rule in rules]
    operator_minor = sum(one.kept.minor for one in sharings)
    total_left = sum(before) + operator_minor - note.net.minor
    after = apportion_within(total_left, _weights(rules), [*before, operator_minor])
    return _sharing(note, rules, [now - then for now, then in zip(after, [*before, operator_minor], strict=True)], at)


def sharing_of(document: Invoice, rules: Sequence[ShareRule], posted: Txn) -> Sharing:
    """The shares of a document as they were posted, by whichever rule of rounding: later notes reverse these."""
    paid = {payout.partner: payout.amount.minor for payout in payouts_in(posted)}
    shares = [paid.get(rule.partner, 0) for rule in rules]
    net = document.net.minor if document.kind is DocumentKind.INVOICE else -document.net.minor
    return _sharing(document, rules, [*shares, net - sum(shares)], document.issued_at)


def shares_to_post(document: Invoice, sharing: Sharing, earned: bool, before: Sequence[Txn], at: datetime) -> Txn | None:
    """What to post now for a document's shares. earned: its money has arrived; otherwise it never came, or was returned, and the shares
    are reversed. before: what was posted for them so far, oldest first. None if nothing changes."""
    if not before:
        return sharing.txn if earned else None
    if (len(before) % 2 == 1) is earned:  # given, taken back, given …
        return None
    text = before[0].text if earned else f"{before[0].text} taken back: its payment came back"
    postings = tuple(one if earned else Posting(one.destination, one.source, one.amount) for one in before[0].postings)
    return replace(before[0], key=f"{share_key(document)}/{len(before)}", at=at, text=text, postings=postings, about=None)


def payouts_in(txn: Txn) -> tuple[Payout, ...]:
    """The payouts that an entry of shares gives to partners, or takes back."""
    shares = (entry for entry in txn.entries if entry.account.kind is AccountKind.PARTNER_PAYABLE)
    return tuple(Payout(one.account.part, DocumentId(txn.subject), Money(-one.minor, one.currency)) for one in shares)


def _parts(net: Money, rules: Sequence[ShareRule]) -> tuple[int, ...]:
    """The partners' parts in minor units, then the operator's."""
    shared_percent = sum((rule.percent for rule in rules), Decimal(0))
    if shared_percent > 100 or len({rule.partner for rule in rules}) < len(rules):
        raise BadInput(
            "share_rules",
            f"The shares sum to {shared_percent} % or name a partner twice.",
            "Enter at most 100 % in total, each partner once.",
        )
    return apportion(net.minor, _weights(rules))


def _weights(rules: Sequence[ShareRule]) -> list[Decimal]:
    """The percentages of the partners, then the operator's."""
    percents = [rule.percent for rule in rules]
    return [*percents, 100 - sum(percents, Decimal(0))]


def _left_of(sharings: Sequence[Sharing], partner: str) -> int:
    return sum(payout.amount.minor for one in sharings for payout in one.payouts if payout.partner == partner)


def _sharing(document: Invoice, rules: Sequence[ShareRule], minors: Sequence[int], at: datetime) -> Sharing:
    *parts, operator_share = (Money(minor, document.currency) for minor in minors)
    payouts = tuple(Payout(rule.partner, document.id, part) for rule, part in zip(rules, parts, strict=True))
    return Sharing(payouts, operator_share, _txn(document, payouts, at))


def _txn(document: Invoice, payouts: Sequence[Payout], at: datetime) -> Txn | None:
    postings = tuple(_posting(payout) for payout in payouts if payout.amount)
    if not postings:
        return None
    return Txn(share_key(document), document.operator_id, at, f"Shares of {document.number}", document.id, postings)


def share_key(document: Invoice) -> str:
    """The ledger key of a document's shares."""
    return f"share/{document.id}"


def _posting(payout: Payout) -> Posting:
    liability, cost = payable(payout.partner), partner_share(payout.partner)
    return Posting.of(liability, cost, payout.amount)
