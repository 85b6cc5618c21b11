"""What each site earned in a month, from the ledger alone, so that there is only one source of truth."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forecourt.flows.ports import AccountTotal, Store, TariffTotal
from forecourt.kernel import Money, OperatorId, SiteId, Span
from forecourt.ledger import AccountKind

NO_SITE = "-"  # in place of a slug
COSTS = {
    AccountKind.PARTNER_SHARE: "Shares of hosts and partners",
    AccountKind.OFFER_COST: "Gifts at partners",
    AccountKind.PROCESSOR_FEES: "Card processing fees",
    AccountKind.BANK_FEES: "Bank fees",
    AccountKind.WRITE_OFF: "Bad debts",
    AccountKind.ROUNDING: "Rounding",
}


@dataclass(frozen=True, slots=True)
class SiteEarnings:
    """For a site, for what belongs to no single site, or for all together, in one currency. slug: its name in addresses. kinds: invoiced
    before tax, by kind; credit_notes: all credit notes, negative; costs: negative; vat: of both, and not part of the earnings."""

    name: str
    slug: str
    charges: int
    energy_wh: int
    kinds: Mapping[str, Money]
    credit_notes: Money
    costs: Mapping[AccountKind, Money]
    vat: Money

    @property
    def net(self) -> Money:
        return sum(self.kinds.values(), self.credit_notes)

    @property
    def cost(self) -> Money:
        return sum(self.costs.values(), Money.zero(self.vat.currency))

    @property
    def remainder(self) -> Money:
        return self.net + self.cost


def monthly_earnings(store: Store, operator_id: OperatorId, month: Span) -> tuple[tuple[SiteEarnings, ...], tuple[SiteEarnings, ...]]:
    """By site, the largest remainder first; then the sums, one for each currency."""
    account_totals = store.billing_totals.earnings(operator_id, month)
    tariff_totals = store.billing_totals.by_tariff_version(operator_id, month.start, month.end)
    names = {one.id: (one.name, one.slug) for one in store.stations.sites(operator_id)}
    places = {(one.site_id, one.net.currency) for one in account_totals} | {(one.site_id, one.net.currency) for one in tariff_totals}
    rows = [_earned(*_named(names, site), *_of(account_totals, tariff_totals, site, currency), currency) for site, currency in places]
    totals = [
        _earned("All sites", "", *_in(account_totals, tariff_totals, currency), currency)
        for currency in sorted({currency for _, currency in places})
    ]
    return tuple(sorted(rows, key=lambda row: (row.vat.currency, row.slug == NO_SITE, -row.remainder.minor, row.name))), tuple(totals)


def _named(names: Mapping[SiteId, tuple[str, str]], site: SiteId | None) -> tuple[str, str]:
    return names[site] if site is not None else ("Not tied to a site", NO_SITE)


def _of(
    account_totals: Sequence[AccountTotal], tariff_totals: Sequence[TariffTotal], site: SiteId | None, currency: str
) -> tuple[list[AccountTotal], list[TariffTotal]]:
    return _in([one for one in account_totals if one.site_id == site], [one for one in tariff_totals if one.site_id == site], currency)


def _in(
    account_totals: Sequence[AccountTotal], tariff_totals: Sequence[TariffTotal], currency: str
) -> tuple[list[AccountTotal], list[TariffTotal]]:
    return [one for one in account_totals if one.net.currency == currency], [one for one in tariff_totals if one.net.currency == currency]


def _earned(
    name: str, slug: str, account_totals: Sequence[AccountTotal], tariff_totals: Sequence[TariffTotal], currency: str
) -> SiteEarnings:
    kinds, costs, credit_notes, vat = Counter[str](), Counter[AccountKind](), 0, 0
    for one in account_totals:
        kind, minor = one.account.kind, one.net.minor
        if kind in COSTS:
            costs[kind] += minor
        elif kind is AccountKind.VAT:
            vat += minor
        elif one.noted:
            credit_notes += minor
        else:
            kinds[one.account.part] += minor
    return SiteEarnings(
        name,
        slug,
        sum(one.charges for one in tariff_totals),
        sum(one.energy_wh for one in tariff_totals),
        {what: Money(minor, currency) for what, minor in kinds.most_common()},
        Money(credit_notes, currency),
        {kind: Money(costs[kind], currency) for kind in COSTS if costs[kind]},
        Money(vat, currency),
    )
