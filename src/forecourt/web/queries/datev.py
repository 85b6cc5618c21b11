"""The ledger in the account numbers of the operator's accountant."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from forecourt.billing import Invoice, revenue_by_rate
from forecourt.flows.billing import customer_accounts, rate_accounts
from forecourt.flows.desk import operator_zone
from forecourt.flows.ports import AccountEntries, Store
from forecourt.kernel import DocumentId, Money, OperatorId, Span
from forecourt.ledger import (
    ACCRUAL_KEY,
    ACCRUAL_REVERSAL_KEY,
    CHARTS,
    AccountKind,
    ChainedTxn,
    Chart,
    RateAccounts,
    Renumbering,
    RevenueByRate,
    Txn,
    customer_of,
)
from forecourt.web.queries.vat_lines import issued_within

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def operator_chart(store: Store, operator_id: OperatorId, name: str) -> Chart:
    operator = store.stations.operator(operator_id)
    return CHARTS[name].with_rate_accounts(rate_accounts(operator)).with_customers(customer_accounts(operator))


def renumberings(store: Store, operator_id: OperatorId, first: date, last: date) -> list[Renumbering]:
    """The balances of customers whose account gets another number on one of the days."""
    accounts = [one for one in customer_accounts(store.stations.operator(operator_id)) if one.since and first <= one.since <= last]
    if not accounts:
        return []
    zone, moved = operator_zone(store, operator_id), store.ledger.trial_balance(operator_id, AccountKind.DRIVER_RECEIVABLE)
    found: list[Renumbering] = []
    for one in accounts:
        if one.since is None:
            continue
        until = datetime.combine(one.since, time(), zone)
        for balance in moved:
            if customer_of(balance.account) == str(one.customer):
                before = store.ledger.sum_of(
                    operator_id, AccountEntries(balance.account.name, balance.currency, Span(_EVER, until.astimezone(UTC)))
                )
                found.append(Renumbering(balance.account, one.since, Money(before.minor, before.currency)))
    return found


def revenue_shares(store: Store, chart: Chart, book: Sequence[ChainedTxn]) -> RevenueByRate:
    """For every document in the ledger, if revenue has accounts by rate; otherwise for those whose tax the seller does not owe."""
    accrued = {DocumentId(one.txn.subject) for one in book if one.txn.key.startswith((f"{ACCRUAL_KEY}/", f"{ACCRUAL_REVERSAL_KEY}/"))}
    store.prefetch_subjects(accrued)
    documents = [found for one in accrued if (found := store.documents.document(one))]
    documents += _issued(store, [one.txn for one in book if one.txn.key.startswith("document/")])
    return {one.id: revenue_by_rate(one) for one in documents if chart.by_rate or one.content.parties.exemption}


def _issued(store: Store, txns: Sequence[Txn]) -> Iterable[Invoice]:
    """The documents of these and, maybe, others."""
    if not txns:
        return ()
    first, last = (of(one.happened_at for one in txns) for of in (min, max))
    return issued_within(store, txns[0].operator_id, Span(first, last + timedelta(microseconds=1)))


def rates_listed(store: Store, operator_id: OperatorId) -> tuple[RateAccounts, ...]:
    """Rates with accounts of their own, and rates that have moved, the highest first."""
    own = {one.percent: one for one in rate_accounts(store.stations.operator(operator_id))}
    kinds = (AccountKind.VAT, AccountKind.INPUT_VAT)
    moved = {one.account.part for kind in kinds for one in store.ledger.trial_balance(operator_id, kind)}
    listed = {percent: own.get(percent) or RateAccounts(percent) for percent in {*own, *moved}}
    return tuple(sorted(listed.values(), key=lambda one: -Decimal(one.percent)))
