"""A document's net, split between partners and the operator so that the parts sum to the whole."""

from collections.abc import Sequence
from decimal import Decimal

from forecourt.billing import DocumentKind, Invoice
from forecourt.kernel import BadInput, Money
from forecourt.ledger import Posting, Txn, apportion
from forecourt.settlement.model import Payout, ShareRule, Sharing, partner_share, payable


def share(invoice: Invoice, rules: Sequence[ShareRule]) -> Sharing:
    """Split by largest remainder; what no rule names stays with the operator. A credit note takes shares back.

    Raises BadInput when the rules give away more than the whole, or name a partner twice.
    """
    given = sum((rule.percent for rule in rules), Decimal(0))
    if given > 100 or len({rule.partner for rule in rules}) < len(rules):
        raise BadInput("share_rules", f"The shares sum to {given} % or name a partner twice.", "Give at most 100 %, each partner once.")
    sign = -1 if invoice.kind is DocumentKind.CREDIT_NOTE else 1
    *parts, kept = apportion(invoice.net.minor, [*(rule.percent for rule in rules), 100 - given])
    payouts = tuple(Payout(rule.partner, invoice.id, Money(sign * part, invoice.currency)) for rule, part in zip(rules, parts, strict=True))
    return Sharing(payouts, Money(sign * kept, invoice.currency), _txn(invoice, payouts))


def _txn(invoice: Invoice, payouts: Sequence[Payout]) -> Txn | None:
    postings = tuple(_posting(payout) for payout in payouts if payout.amount)
    if not postings:
        return None
    return Txn(f"share/{invoice.id}", invoice.operator_id, invoice.issued_at, f"Shares of {invoice.number}", invoice.id, postings)


def _posting(payout: Payout) -> Posting:
    owed, cost = payable(payout.partner), partner_share(payout.partner)
    return Posting(owed, cost, payout.amount) if payout.amount.minor > 0 else Posting(cost, owed, -payout.amount)
