"""Returned to a statement's payer although their bank had taken it back too: a person adds the amount to the statement again."""

from dataclasses import replace

from forecourt.billing import AccountStatement
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.paying.barred_paybacks import follow_up_returned_money
from forecourt.flows.paying.dunning import open_dunning_case
from forecourt.flows.paying.pay import outstanding
from forecourt.flows.paying.surplus import surplus_of, surplus_returned
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, Money, NotFound
from forecourt.payments import WRITTEN_OFF, DunningCase


def reclaimable(store: Store, statement: AccountStatement) -> Money:
    """How much more was returned than was paid beyond the statement."""
    return max(Money.zero(statement.currency), surplus_returned(store, statement) - surplus_of(store, statement))


def reclaim(store: Store, by: Staff, number: str, shown: Money) -> DunningCase:
    """Add that amount to what the statement asks for: its payer is notified, reminders start, and whatever pays it pays this too. The
    ledger already has it as owed. shown: the amount the person saw. Raises NotFound; Conflict if it has changed, or was written off."""
    found = store.statements.by_number(by.operator_id, number)
    statement = store.statements.lock(found.id) if found else None
    if statement is None:
        raise NotFound("statement", "There is no such statement.")
    beyond = reclaimable(store, statement)
    if beyond != shown or not beyond:
        raise Conflict(
            "ask_changed", f"The amount to reclaim for {number} is {beyond or 'nothing'}, not {shown}.", "Check it and try again."
        )
    known = store.dunning.case(statement.id)
    if known is not None and known.outcome == WRITTEN_OFF:
        raise Conflict("written_off", f"{number} was written off.", "Nothing is owed on it any more.")
    details = (statement.id, statement.operator_id, statement.driver_id, number, Money.zero(beyond.currency), by.at)
    case = known or DunningCase(*details, closed_at=by.at, outcome="paid")
    reclaimed_case = replace(case, reclaimed=case.reclaimed_sum + beyond)
    store.dunning.put(replace(reclaimed_case, amount=reclaimed_case.amount + beyond) if reclaimed_case.open else reclaimed_case)
    note(store, by, "debt.ask_back", statement.id, f"{number}: {beyond}")
    follow_up_returned_money(store, statement.id, by.at, by.ids)
    case_after = open_dunning_case(store, statement.id, by.at, by.at)
    if case_after is None or not outstanding(store, statement):
        raise Conflict("ask_changed", f"There is nothing to reclaim for {number}.", "Check it and try again.")
    return case_after
