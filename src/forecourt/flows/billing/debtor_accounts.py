"""Debtor accounts of single customers at the operator's accountant: fleets' payers, roaming partners, and others who are given one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import operator_day, operator_for_update
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, DriverId, NotFound, OperatorId
from forecourt.ledger import CustomerAccount, next_number, number_on, renumbered
from forecourt.stations import Operator

MAX_ACCOUNTS = 5_000  # they are read with the operator


def customer_accounts(operator: Operator) -> tuple[CustomerAccount, ...]:
    """All that were ever given, the earliest of a customer first."""
    return tuple(
        CustomerAccount(UUID(customer), number, date.fromisoformat(since) if since else None)
        for customer, number, since in operator.customer_accounts
    )


def debtor_number(accounts: Sequence[CustomerAccount], customer: UUID) -> str:
    """The customer's number now; empty: the collective account's."""
    return number_on((one for one in accounts if one.customer == customer), None)


def business_customers(store: Store, operator_id: OperatorId) -> dict[DriverId, str]:
    """Who is listed for an account: payers of fleets, by the fleet's name, roaming partners, and who has ever had a number (empty)."""
    fleets = {payer: group for group, payer in store.statements.payers(operator_id)}
    partners = {DriverId(one.id): one.name for one in store.roaming.partners(operator_id)}
    known = {DriverId(one.customer): "" for one in customer_accounts(store.stations.operator(operator_id))}
    return known | partners | fleets


def set_debtor_numbers(store: Store, by: Staff, wanted: Mapping[UUID, str], seen: Mapping[UUID, str]) -> None:
    """Set numbers (empty: the collective account) from the first open day on; files of closed months stay as they are.

    seen: the numbers as displayed. Raises BadInput, NotFound; Conflict if they have changed since, or a number is another customer's.
    """
    operator = operator_for_update(store, by)
    before = customer_accounts(operator)
    if any(debtor_number(before, customer) != seen.get(customer, "") for customer in wanted):
        raise Conflict("accounts_changed", "Someone else has changed the accounts.", "Check them and save again.")
    after, since = before, _first_open_day(store, by.operator_id)
    for customer, number in wanted.items():
        if number != debtor_number(before, customer):
            _check_customer(store, by, customer)
            after = renumbered(after, CustomerAccount(customer, number, since))
    _put(store, by, operator, after)


def number_customers(store: Store, by: Staff, customers: Collection[UUID]) -> int:
    """Give those without a number the next ones, in their order. Returns how many were given one. Raises NotFound, Conflict."""
    operator = operator_for_update(store, by)
    before = after = customer_accounts(operator)
    since = _first_open_day(store, by.operator_id)
    without = [one for one in customers if not debtor_number(before, one)]
    for customer in without:
        _check_customer(store, by, customer)
        after = renumbered(after, CustomerAccount(customer, next_number(after), since))
    _put(store, by, operator, after)
    return len(without)


def customer_addressed(store: Store, by: Staff, email: str) -> DriverId:
    """A driver of the operator, by the address of their account. Raises BadInput."""
    account = store.drivers.account_by_email(email.strip().lower())
    if account is None or account.operator_id != by.operator_id or account.driver_id is None:
        raise BadInput("email", "No driver has this address.", "Enter the one that they sign in with.")
    return account.driver_id


def _first_open_day(store: Store, operator_id: OperatorId) -> date | None:
    open_from = store.ledger.open_from(operator_id)
    return operator_day(store, operator_id, open_from) if open_from else None


def _check_customer(store: Store, by: Staff, customer: UUID) -> None:
    if store.drivers.driver(DriverId(customer)).operator_id != by.operator_id:
        raise NotFound("customer", "There is no such customer.")


def _put(store: Store, by: Staff, operator: Operator, accounts: Sequence[CustomerAccount]) -> None:
    if len(accounts) > MAX_ACCOUNTS:
        raise Conflict("number", f"There can be {MAX_ACCOUNTS} debtor accounts.", "Use the collective account for others.")
    stored = tuple((str(one.customer), one.number, one.since.isoformat() if one.since else "") for one in accounts)
    if stored != operator.customer_accounts:
        store.stations.put_operator(replace(operator, customer_accounts=stored))
        changed = [one for one in accounts if (str(one.customer), one.number, str(one.since or "")) not in operator.customer_accounts]
        note(store, by, "ledger.debtors", operator.id, "; ".join(map(_summary, changed))[:1000] or "a number taken back")


def _summary(one: CustomerAccount) -> str:
    return f"{one.customer}: {one.number or 'the collective account'}{f' since {one.since}' if one.since else ''}"
