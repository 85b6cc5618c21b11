"""Partners' monthly statements: every voucher used, numbered, netted in the ledger, and settled by a transfer."""

from dataclasses import replace
from datetime import datetime, time
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt.flows.billing.parties import seller
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.own import operator_zone
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, Ids, NotFound, OperatorId, Span, utc
from forecourt.offers import Partner, months_later
from forecourt.settlement import SERIES, Numbered, Settled, Statement, netted, paid, returned, returned_key, state


def state_partners(store: Store, operator_id: OperatorId, at: datetime, ids: Ids) -> tuple[Statement, ...]:
    """The statements of the months that are over, in the operator's zone. Repeating it states nothing twice."""
    month = _months_before(store, operator_id, at)
    made: list[Statement] = []
    for partner in store.partners.partners(operator_id):
        made += _state(store, partner, month, at, ids)
    return tuple(made)


def state_now(store: Store, by: Staff, partner_id: UUID) -> tuple[Statement, ...]:
    """A statement of what has come together up to now, before the month is over. Raises Conflict where there is nothing."""
    partner = store.partners.partner(partner_id)
    if partner is None or partner.operator_id != by.operator_id:
        raise NotFound("partner", "There is no such partner.")
    begun = _months_before(store, by.operator_id, by.at).end
    made = _state(store, partner, Span(begun, by.at), by.at, by.ids) if begun < by.at else ()
    if not made:
        raise Conflict("nothing_to_state", f"Nothing is open with {partner.name}.")
    for statement in made:
        note(store, by, "statement.issue", statement.id, f"{statement.number} for {partner.name}: {statement.owed}")
    return made


def settle_statement(store: Store, by: Staff, statement_id: UUID, reference: str) -> Settled:
    """Its amount was transferred, one way or the other. Raises Conflict where it was said before."""
    statement = store.partners.statement(statement_id)
    if statement is None or statement.operator_id != by.operator_id:
        raise NotFound("statement", "There is no such statement.")
    settled = Settled(statement.id, by.at, reference.strip()[:80])
    if not store.partners.settle(settled):
        raise Conflict("settled_already", f"{statement.number} is settled already.")
    txn = paid(statement, by.at, times_back(store, statement.id))
    if txn is not None:
        store.ledger.post(txn)
    note(store, by, "statement.settle", statement.id, f"{statement.number}, {settled.reference}")
    return settled


def statement_returned(store: Store, by: Staff, statement_id: UUID, reference: str) -> None:
    """The bank sent the transfer to the partner back: it is owed as before. Raises Conflict where it was not paid."""
    statement = store.partners.statement(statement_id)
    if statement is None or statement.operator_id != by.operator_id:
        raise NotFound("statement", "There is no such statement.")
    times = times_back(store, statement.id) + 1
    if not store.partners.unsettle(statement.id):
        raise Conflict("not_settled", f"{statement.number} is not settled.")
    store.ledger.post(returned(statement, by.at, times))
    note(store, by, "statement.return", statement.id, f"{statement.number}, {reference.strip()[:80]}")


def times_back(store: Store, statement_id: UUID) -> int:
    """How often a transfer that settled it came back."""
    return sum(one.txn.key.startswith(returned_key(statement_id)) for one in store.ledger.of_subject(statement_id))


def _state(store: Store, partner: Partner, month: Span, at: datetime, ids: Ids) -> tuple[Statement, ...]:
    """One statement for each currency."""
    used = sorted(store.partners.unstated(partner.id, month.end), key=lambda one: (one.owed.currency, one.at, one.id))
    operator = store.stations.operator(partner.operator_id)
    made = []
    for _, group in groupby(used, key=lambda one: one.owed.currency):
        redemptions = list(group)
        year = utc(at).astimezone(ZoneInfo(operator.zone)).year
        sequence = store.documents.next_number(operator.id, SERIES, year)
        statement = state(partner, seller(operator), month, operator.zone, redemptions, Numbered(ids.new(at), year, sequence, at))
        store.partners.put_statement(statement)
        for one in redemptions:
            store.partners.put_redemption(replace(one, statement_id=statement.id))
        txn = netted(statement)
        if txn is not None:
            store.ledger.post(txn)
        if not statement.owed:
            store.partners.settle(Settled(statement.id, at, "nothing to pay"))
        made.append(statement)
    return tuple(made)


def _months_before(store: Store, operator_id: OperatorId, at: datetime) -> Span:
    """The last month that is over, in the operator's zone."""
    zone = operator_zone(store, operator_id)
    first = utc(at).astimezone(zone).date().replace(day=1)
    return Span(datetime.combine(months_later(first, -1), time(0), zone), datetime.combine(first, time(0), zone))
