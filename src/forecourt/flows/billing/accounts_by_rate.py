"""An operator's own accounts by VAT rate, as its accountant uses them: for the tax, for revenue taxed at it, and for input tax."""

from collections.abc import Sequence
from dataclasses import replace

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import operator_for_update
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict
from forecourt.ledger import CHARTS, RateAccounts
from forecourt.stations import Operator


def rate_accounts(operator: Operator) -> tuple[RateAccounts, ...]:
    inputs = dict(operator.input_tax_accounts)
    charged = tuple(RateAccounts(*one, inputs.pop(one[0], "")) for one in operator.rate_accounts)
    return (*charged, *(RateAccounts(percent, input_tax=account) for percent, account in inputs.items()))


def set_rate_accounts(store: Store, by: Staff, wanted: Sequence[RateAccounts], seen: Sequence[RateAccounts]) -> None:
    """Set them for future exports. seen: the accounts as displayed. Raises BadInput; Conflict if they have changed since."""
    operator = operator_for_update(store, by)
    if tuple(seen) != rate_accounts(operator):
        raise Conflict("accounts_changed", "Someone else has changed the accounts.", "Check them and save again.")
    for chart in CHARTS.values():
        chart.with_rate_accounts(wanted)
    charged = tuple((one.percent, one.tax, one.revenue) for one in wanted if one.tax or one.revenue)
    inputs = tuple((one.percent, one.input_tax) for one in wanted if one.input_tax)
    after = replace(operator, rate_accounts=charged, input_tax_accounts=inputs)
    if after != operator:
        store.stations.put_operator(after)
        summary = "; ".join(map(_summary, wanted))
        note(store, by, "ledger.accounts", operator.id, summary[:1000] or "as charted")


def _summary(one: RateAccounts) -> str:
    tax, revenue, input_tax = (number or "as charted" for number in (one.tax, one.revenue, one.input_tax))
    return f"{one.percent} %: tax {tax}, revenue {revenue}, input tax {input_tax}"
