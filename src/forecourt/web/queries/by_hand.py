"""Entries that a person posted, as the operator sees them."""

from forecourt.flows.billing import reversal_id
from forecourt.flows.ports import PageAsked, Store
from forecourt.kernel import OperatorId
from forecourt.ledger import HandEntry
from forecourt.web.queries.names import person
from forecourt.web.views.entries import HandPage, HandRow


def hand_page(store: Store, operator_id: OperatorId, asked: PageAsked) -> HandPage:
    operator, found = store.stations.operator(operator_id), store.by_hand.page(operator_id, asked)
    moved = {one.currency for one in store.ledger.trial_balance(operator_id)} - {operator.currency}
    return HandPage(operator.zone, (operator.currency, *sorted(moved)), found.of(hand_row(store, one) for one in found.rows))


def hand_row(store: Store, entry: HandEntry) -> HandRow:
    return HandRow(entry, person(store, entry.by), store.by_hand.entry(reversal_id(entry)))
