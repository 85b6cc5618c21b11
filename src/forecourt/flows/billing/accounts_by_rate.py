"""An operator's own accounts by VAT rate, as its accountant uses them: for the tax, and for revenue taxed at it."""

from collections.abc import Sequence
from dataclasses import replace

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import operator_for_update
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict
from forecourt.ledger import CHARTS, RateAccounts
from forecourt.stations import Operator


def rate_accounts(operator: Operator) -> tuple[RateAccounts, ...]:
    return tuple(RateAccounts(*one) for one in operator.rate_accounts)


def set_rate_accounts(store: Store, by: Staff, wanted: Sequence[RateAccounts], seen: Sequence[RateAccounts]) -> None:
    """Set them for future exports. seen: the accounts as displayed. Raises BadInput; Conflict if they have changed since."""
    operator = operator_for_update(store, by)
    if tuple(seen) != rate_accounts(operator):
        raise Conflict("accounts_changed", "Someone else has changed the accounts.", "Check them and save again.")
    for chart in CHARTS.values():
        chart.with_rate_accounts(wanted)
    stored = tuple((one.percent, one.tax, one.revenue) for one in wanted)
    if stored != operator.rate_accounts:
        store.stations.put_operator(replace(operator, rate_accounts=stored))
        summary = "; ".join(f"{one.percent} %: tax {one.tax or 'as charted'}, revenue {one.revenue or 'as charted'}" for one in wanted)
        note(store, by, "ledger.accounts", operator.id, summary[:1000] or "as charted")
