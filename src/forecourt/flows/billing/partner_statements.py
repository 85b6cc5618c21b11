"""Partners' monthly statements: every voucher used, numbered, netted in the ledger and settled by a transfer."""

from dataclasses import replace
from datetime import datetime
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt.flows.billing.parties import seller
from forecourt.flows.billing.self_billing import self_bill
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import operator_month, own_partner
from forecourt.flows.desk.webhook_notices import report_payout
from forecourt.flows.paying.clearing_findings import record_double_payment
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, Ids, Money, NotFound, OperatorId, Span, utc
from forecourt.ledger import Txn
from forecourt.offers import Partner
from forecourt.settlement import (
    SERIES,
    Discrepancy,
    Mismatch,
    Statement,
    StatementNumber,
    StatementPayment,
    build_statement,
    netting_txn,
    repeat_payment_key,
    repeat_payment_txn,
    repeat_return_key,
    repeat_return_txn,
    return_key,
    return_txn,
    self_billed_txns,
    settlement_txn,
)


def issue_partner_statements(store: Store, operator_id: OperatorId, at: datetime, ids: Ids) -> tuple[Statement, ...]:
    """Issue statements for complete months in the operator's zone. Repeating it issues nothing twice."""
    month = operator_month(store, operator_id, at, -1)
    statements: list[Statement] = []
    for partner in store.partners.partners(operator_id):
        statements += _state(store, partner, month, at, ids)
    return tuple(statements)


def issue_statement_now(store: Store, by: Staff, partner_id: UUID) -> tuple[Statement, ...]:
    """Issue a statement of what has accumulated so far, before the month is over. Raises Conflict if there is nothing."""
    partner = own_partner(store, by.operator_id, partner_id)
    begun = operator_month(store, by.operator_id, by.at).start
    statements = _state(store, partner, Span(begun, by.at), by.at, by.ids) if begun < by.at else ()
    if not statements:
        raise Conflict("nothing_to_state", f"There is no open balance with {partner.name}.")
    for statement in statements:
        note(store, by, "statement.issue", statement.id, f"{statement.number} for {partner.name}: {statement.owed}")
    return statements


def settle_statement(store: Store, by: Staff, statement_id: UUID, reference: str) -> StatementPayment:
    """The amount was transferred, in either direction. Raises Conflict if that was already recorded."""
    statement = _own_statement(store, by, statement_id)
    payment = StatementPayment(statement.id, by.at, reference.strip()[:80])
    if not store.partners.settle(payment):
        raise Conflict("settled_already", f"{statement.number} is already settled.")
    txn = settlement_txn(statement, by.at, times_back(store, statement.id))
    if txn is not None:
        _book(store, statement, txn)
    note(store, by, "statement.settle", statement.id, f"{statement.number}, {payment.reference}")
    return payment


def statement_returned(store: Store, by: Staff, statement_id: UUID, reference: str) -> None:
    """The bank returned the transfer to the partner: it is owed as before. Raises Conflict if it was not paid."""
    statement = _own_statement(store, by, statement_id)
    times = times_back(store, statement.id) + 1
    if not store.partners.unsettle(statement.id):
        raise Conflict("not_settled", f"{statement.number} is not settled.")
    store.ledger.post(return_txn(statement, by.at, times))
    note(store, by, "statement.return", statement.id, f"{statement.number}, {reference.strip()[:80]}")


def statement_transferred(store: Store, by: Staff, statement_id: UUID, reference: str) -> None:
    """The bank has made a transfer for a statement: it settles it or, if a bank line already shows one that did, was paid once too often,
    which is a finding until it comes back. Raises Conflict if a person recorded a payment that no bank line shows."""
    statement = store.partners.statement(statement_id)
    if statement is None or store.partners.settled(statement_id) is None or not _is_on_bank_line(store, statement):
        settle_statement(store, by, statement_id, reference)
        return
    _book(store, statement, repeat_payment_txn(statement, by.at, _posted(store, statement, repeat_payment_key(statement.id)) + 1))
    _record_double_payment(store, by, statement)
    note(store, by, "statement.again", statement.id, f"{statement.number}, {reference.strip()[:80]}")


def transfer_returned(store: Store, by: Staff, statement_id: UUID, reference: str) -> None:
    """The bank returned a transfer to the partner: one made once too often, else the one that settled it. Raises Conflict if none was."""
    statement = store.partners.statement(statement_id)
    if statement is None or not _too_many(store, statement):
        statement_returned(store, by, statement_id, reference)
        return
    store.ledger.post(repeat_return_txn(statement, by.at, _posted(store, statement, repeat_return_key(statement.id)) + 1))
    _record_double_payment(store, by, statement)
    note(store, by, "statement.return", statement.id, f"{statement.number}, {reference.strip()[:80]}")


def _book(store: Store, statement: Statement, txn: Txn) -> None:
    """Book a transfer made by us, not one from the partner."""
    store.ledger.post(txn)
    if statement.owed.minor > 0:
        report_payout(store, statement, txn.key, txn.at)


def _own_statement(store: Store, by: Staff, statement_id: UUID) -> Statement:
    statement = store.partners.statement(statement_id)
    if statement is None or statement.operator_id != by.operator_id:
        raise NotFound("statement", "There is no such statement.")
    return statement


def _record_double_payment(store: Store, by: Staff, statement: Statement) -> None:
    owed, overpaid = statement.owed, Money(statement.owed.minor * _too_many(store, statement), statement.owed.currency)
    text = f"{statement.number}: {overpaid} too much is to be reclaimed from {statement.partner.name}."
    discrepancy = Discrepancy(Mismatch.TWICE, f"{statement.id}/twice", owed, owed + overpaid, by.at, by.operator_id, detail=text)
    record_double_payment(store, discrepancy, overpaid, by.at)


def _too_many(store: Store, statement: Statement) -> int:
    """How many transfers for it the partner has in addition to the one that settles it."""
    return _posted(store, statement, repeat_payment_key(statement.id)) - _posted(store, statement, repeat_return_key(statement.id))


def _posted(store: Store, statement: Statement, key: str) -> int:
    return sum(one.txn.key.startswith(key) for one in store.ledger.of_subject(statement.id))


def _is_on_bank_line(store: Store, statement: Statement) -> bool:
    """Whether a bank line is the transfer that settles it."""
    settling = settlement_txn(statement, statement.issued_at, times_back(store, statement.id))
    booked = (one.position for one in store.ledger.of_subject(statement.id) if settling and one.txn.key == settling.key)
    return any(store.bank.line_of(statement.operator_id, one) is not None for one in booked)


def times_back(store: Store, statement_id: UUID) -> int:
    """How often a transfer that settled it was returned."""
    return sum(one.txn.key.startswith(return_key(statement_id)) for one in store.ledger.of_subject(statement_id))


def _state(store: Store, partner: Partner, month: Span, at: datetime, ids: Ids) -> tuple[Statement, ...]:
    """One statement for each currency."""
    used = sorted(store.partners.awaiting_statement(partner.id, month.end), key=lambda one: (one.owed.currency, one.at, one.id))
    operator = store.stations.operator(partner.operator_id)
    statements = []
    for _, group in groupby(used, key=lambda one: one.owed.currency):
        redemptions = list(group)
        year = utc(at).astimezone(ZoneInfo(operator.zone)).year
        sequence = store.documents.next_number(operator.id, SERIES, year)
        statement = build_statement(
            partner, seller(operator), month, operator.zone, redemptions, StatementNumber(ids.new(at), year, sequence, at)
        )
        statement = self_bill(store, partner, statement, redemptions)
        store.partners.put_statement(statement)
        for one in redemptions:
            store.partners.put_redemption(replace(one, statement_id=statement.id))
        for txn in (*self_billed_txns(statement), netting_txn(statement)):
            if txn is not None:
                store.ledger.post(txn)
        if not statement.owed:
            store.partners.settle(StatementPayment(statement.id, at, "nothing to pay"))
        statements.append(statement)
    return tuple(statements)
