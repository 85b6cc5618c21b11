"""What sites earned in a month of the books, and what is left of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from forecourt.kernel import Money
from forecourt.ledger import AccountKind

COSTS = {
    AccountKind.PARTNER_SHARE: "Shares of hosts and partners",
    AccountKind.OFFER_COST: "Gifts at partners",
    AccountKind.PROCESSOR_FEES: "Card processor's fees",
    AccountKind.BANK_FEES: "Bank's fees",
    AccountKind.WRITE_OFF: "Lost debts",
    AccountKind.ROUNDING: "Rounding",
}


@dataclass(frozen=True, slots=True)
class Earned:
    """Of a site, of what belongs to no one site, or of all together, in one currency. slug: what its address names it by.
    kinds: invoiced before tax, by what for; notes: all credit notes, negative; costs: negative; vat: of both, nobody's earning."""

    name: str
    slug: str
    charges: int
    energy_wh: int
    kinds: Mapping[str, Money]
    notes: Money
    costs: Mapping[AccountKind, Money]
    vat: Money

    @property
    def net(self) -> Money:
        return sum(self.kinds.values(), self.notes)

    @property
    def cost(self) -> Money:
        return sum(self.costs.values(), Money.zero(self.vat.currency))

    @property
    def left(self) -> Money:
        return self.net + self.cost
