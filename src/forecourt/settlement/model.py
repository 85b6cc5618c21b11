"""Others' shares in what a charge earns."""

from dataclasses import dataclass
from decimal import Decimal

from forecourt.kernel import BadInput, DocumentId, Money
from forecourt.ledger import Account, AccountKind, Txn


@dataclass(frozen=True, slots=True)
class ShareRule:
    """A partner (the host of a site, an offer's funder) earns a percentage of a document's net. partner: a stable name."""

    partner: str
    percent: Decimal

    def __post_init__(self) -> None:
        if not self.partner or not 0 < self.percent <= 100:
            raise BadInput("share_rule", f"{self.percent} % for {self.partner!r} is not a share.", "Enter more than 0, at most 100 %.")


@dataclass(frozen=True, slots=True)
class Payout:
    """What a partner has earned from a document; negative if a credit note takes it back."""

    partner: str
    document_id: DocumentId
    amount: Money


@dataclass(frozen=True, slots=True)
class Sharing:
    """Payouts and what stays with the operator; together the document's net, to the unit."""

    payouts: tuple[Payout, ...]
    kept: Money
    txn: Txn | None


def payable(partner: str) -> Account:
    """What the operator owes a partner."""
    return Account(AccountKind.PARTNER_PAYABLE, partner)


def offer_cost(partner: str) -> Account:
    """What gifts at a partner have cost the operator."""
    return Account(AccountKind.OFFER_COST, partner)


def partner_share(partner: str) -> Account:
    """What a partner's share cost the operator."""
    return Account(AccountKind.PARTNER_SHARE, partner)
