"""What the pages of statements show."""

from dataclasses import dataclass

from forecourt.billing import AccountStatement
from forecourt.flows import Store
from forecourt.kernel import Conflict, DriverId, NotFound, OperatorId
from forecourt.payments import paid_so_far


@dataclass(frozen=True, slots=True)
class StatementView:
    """state: "paid", "open" (being taken, or waited for), "reminded"."""

    statement: AccountStatement
    state: str


@dataclass(frozen=True, slots=True)
class Accounts:
    zone: str
    statements: tuple[StatementView, ...]
    groups: tuple[tuple[str, str, int], ...]


def statement_view(store: Store, statement: AccountStatement) -> StatementView:
    taken, case = paid_so_far(store.payments.of_document(statement.id), statement.currency), store.dunning.case(statement.id)
    if taken.minor >= statement.due.minor:
        return StatementView(statement, "paid")
    return StatementView(statement, "reminded" if case is not None and case.open else "open")


def statements_of(store: Store, driver_id: DriverId) -> tuple[StatementView, ...]:
    return tuple(statement_view(store, one) for one in store.statements.of_driver(driver_id))


def accounts_of(store: Store, operator_id: OperatorId) -> Accounts:
    """The newest statements, and each group with the e-mail of who pays for it and its number of members."""
    payers = dict(store.statements.payers(operator_id))
    members = store.drivers.members(operator_id)
    groups = tuple(
        (
            name,
            store.drivers.driver(payers[name]).email if name in payers else "",
            len({one.driver_id for one in members if one.group == name}),
        )
        for name in sorted({one.group for one in members})
    )
    rows = tuple(statement_view(store, one) for one in store.statements.recent(operator_id))
    return Accounts(store.stations.operator(operator_id).zone, rows, groups)


def numbered(store: Store, operator_id: OperatorId, number: str, driver_id: DriverId | None = None) -> AccountStatement:
    """Somebody else's statement does not exist. driver_id None: the operator asks."""
    found = store.statements.by_number(operator_id, number)
    if found is None or driver_id not in (None, found.driver_id):
        raise NotFound("statement", "There is no such statement.")
    return found


def kept_pdf(store: Store, statement: AccountStatement) -> bytes:
    body = store.statements.pdf(statement.id)
    if body is None:
        raise Conflict("pdf_not_yet", "The PDF is being made.", "Try again in a few seconds.")
    return body
