"""The ledger in the account numbers of the operator's accountant."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from forecourt.billing import revenue_by_rate
from forecourt.flows.billing import rate_accounts
from forecourt.flows.ports import Store
from forecourt.kernel import OperatorId, Span
from forecourt.ledger import CHARTS, AccountKind, ChainedTxn, Chart, RateAccounts, RevenueByRate
from forecourt.web.queries.vat_lines import issued_within


def operator_chart(store: Store, operator_id: OperatorId, name: str) -> Chart:
    return CHARTS[name].with_rate_accounts(rate_accounts(store.stations.operator(operator_id)))


def revenue_shares(store: Store, chart: Chart, book: Sequence[ChainedTxn]) -> RevenueByRate:
    """For every document in the ledger, if revenue has accounts by rate; otherwise for those whose tax the seller does not owe."""
    txns = [one.txn for one in book if one.txn.key.startswith("document/")]
    if not txns:
        return {}
    first, last = (of(one.happened_at for one in txns) for of in (min, max))
    issued = issued_within(store, txns[0].operator_id, Span(first, last + timedelta(microseconds=1)))
    return {one.id: revenue_by_rate(one) for one in issued if chart.by_rate or one.content.parties.exemption}


def rates_listed(store: Store, operator_id: OperatorId) -> tuple[RateAccounts, ...]:
    """Rates with accounts of their own, and rates that have moved, the highest first."""
    own = {one.percent: one for one in rate_accounts(store.stations.operator(operator_id))}
    kinds = (AccountKind.VAT, AccountKind.INPUT_VAT)
    moved = {one.account.part for kind in kinds for one in store.ledger.trial_balance(operator_id, kind)}
    listed = {percent: own.get(percent) or RateAccounts(percent) for percent in {*own, *moved}}
    return tuple(sorted(listed.values(), key=lambda one: -Decimal(one.percent)))
