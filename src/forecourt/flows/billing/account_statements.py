"""Monthly statements for drivers on account: one for each payer and currency, paid as one amount."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from forecourt.billing import (
    STATEMENT_SERIES,
    AccountStatement,
    Invoice,
    Numbering,
    account_statement,
    debt_takeover,
    statement_total,
    with_cards,
)
from forecourt.drivers import Driver
from forecourt.flows.billing.parties import parties
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.fleets import card_label
from forecourt.flows.desk.operator_scope import operator_day, operator_month
from forecourt.flows.paying.account_credits import set_off_credits
from forecourt.flows.paying.mandates import mandate_for
from forecourt.flows.paying.overpayments import apply_surplus
from forecourt.flows.paying.pay import charge
from forecourt.flows.ports.job_runs import Run
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, DocumentId, DriverId, Ids, OperatorId, Span, utc


class StatementRun:
    """The monthly job: a statement for everyone on account who charged. Subjects are the payers: a fleet's payer, or the driver."""

    name = "statements"

    def period(self, store: Store, operator_id: OperatorId, at: datetime) -> str:
        """The last complete month in the operator's zone: "2026-06"."""
        return operator_day(store, operator_id, operator_month(store, operator_id, at, -1).start).isoformat()[:7]

    def subjects(self, store: Store, run: Run, limit: int) -> Sequence[UUID]:
        return store.statements.awaiting_statement(run.operator_id, _month(store, run).end, run.after, limit)

    def count(self, store: Store, run: Run) -> int:
        return len(self.subjects(store, run, 1_000_000))

    def work(self, store: Store, run: Run, subject: UUID, at: datetime, ids: Ids) -> None:
        issue_account_statements(store, DriverId(subject), _month(store, run), at, ids)


def issue_account_statements(store: Store, payer_id: DriverId, month: Span, at: datetime, ids: Ids) -> tuple[AccountStatement, ...]:
    """Issue a payer's statements, over all documents up to the end of the month that are on no statement yet. Credit notes that these do
    not use up are returned.

    The amount is charged to the payer's stored method at once; without one it is due by transfer. Repeating it issues nothing twice.
    """
    payer = store.drivers.driver(payer_id)
    waiting = store.statements.documents_of(payer.id, month.end)
    zone = store.stations.operator(payer.operator_id).zone
    year = utc(at).astimezone(ZoneInfo(zone)).year
    numbers = []
    for _, group in groupby(sorted(waiting, key=lambda one: one.currency), key=lambda one: one.currency):
        documents = set_off_credits(store, list(group), at, ids)
        if not documents or statement_total(documents).minor <= 0:
            continue
        sequence = store.documents.next_number(payer.operator_id, STATEMENT_SERIES, year)
        numbering = Numbering(DocumentId(ids.new(at)), year, sequence, at)
        statement = account_statement(parties(store, payer.operator_id, payer), payer.id, month, zone, documents, numbering)
        with_card_names = with_cards(statement, {one.id: _card(store, one) for one in documents})
        numbers.append(_store_statement(store, with_card_names, payer, at, ids))
    return tuple(numbers)


def set_payer(store: Store, by: Staff, group: str, email: str) -> None:
    """Set who pays for a fleet: its members' statements go to this driver's account. An empty e-mail: each member pays again."""
    if not any(one.group == group for one in store.drivers.members(by.operator_id)):
        raise BadInput("group", f"There is no group {group[:40]!r}.", "Make it under Prices, Groups.")
    account = store.drivers.account_by_email(email.strip()) if email.strip() else None
    if email.strip() and (account is None or account.driver_id is None or account.operator_id != by.operator_id):
        raise BadInput("email", f"No driver signs in as {email[:60]!r}.", "Enter the email address of a driver's account.")
    store.statements.put_payer(by.operator_id, group, account.driver_id if account else None)
    note(store, by, "fleet.payer", group, str(account.driver_id) if account else "everybody pays alone")


def _card(store: Store, invoice: Invoice) -> str:
    record = store.sessions.record(invoice.session_id) if invoice.session_id else None
    token = store.drivers.token(record.operator_id, record.token) if record and record.token else None
    return card_label(token.held_by(record.driver_id) if token and record and record.driver_id else token)


def _store_statement(store: Store, statement: AccountStatement, payer: Driver, at: datetime, ids: Ids) -> AccountStatement:
    store.statements.put(statement)
    takeover = debt_takeover(statement)
    if takeover is not None:
        store.ledger.post(takeover)
    apply_surplus(store, statement, at, ids)
    if payer.payment_method and mandate_for(store, statement, at) is None:
        charge(store, statement, payer, at, ids)
    return statement


def _month(store: Store, run: Run) -> Span:
    first = datetime.strptime(run.period, "%Y-%m").date()  # noqa: DTZ007 - a month, placed in the operator's zone
    return operator_month(store, run.operator_id, first)
