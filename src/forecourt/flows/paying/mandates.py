"""Direct debit mandates: a driver on account lets the operator debit a bank account until the driver or a bank ends it."""

from datetime import datetime

from forecourt.billing import AccountStatement, iban_of, same_creditor, within_eea
from forecourt.drivers import PayBy
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.money_notices import notify_mandate
from forecourt.flows.desk.operator_scope import operator_day
from forecourt.flows.paying.payables import Payable
from forecourt.flows.ports.store import Store
from forecourt.kernel import Conflict, DriverId, Ids, NotFound
from forecourt.payments import MANDATE_SERIES, DebtorAccount, Mandate, MandateNumbering, create_mandate, end_mandate
from forecourt.stations import Operator

# Reasons why a mandate ended; other reasons are a bank's codes.
REPLACED, BY_DRIVER, LEFT = "replaced", "by its giver", "account closed"


def collects(operator: Operator) -> bool:
    """Whether an operator can collect by direct debit: in euros, with a creditor identifier and an account of its own."""
    return operator.currency == "EUR" and bool(operator.creditor_id) and within_eea(iban_of(operator.bank))


def can_give_mandate(store: Store, driver_id: DriverId) -> bool:
    """Whether statements are issued to the driver, who is on account or pays for a fleet."""
    driver = store.drivers.driver(driver_id)
    pays = driver.pay_by is PayBy.ACCOUNT or any(payer == driver_id for _, payer in store.statements.payers(driver.operator_id))
    return pays and collects(store.stations.operator(driver.operator_id))


def mandate_of(store: Store, driver_id: DriverId, at: datetime) -> Mandate | None:
    """The driver's valid mandate: only the creditor it was given to may collect under it."""
    operator = store.stations.operator(store.drivers.driver(driver_id).operator_id)
    if not collects(operator):
        return None
    today, mandates = operator_day(store, operator.id, at), store.direct_debits.mandates_of(driver_id)
    return next((one for one in mandates if one.stands(today) and same_creditor(one.creditor_id, operator.creditor_id)), None)


def mandate_for(store: Store, payable: Payable, at: datetime) -> Mandate | None:
    """The mandate under which a document is collected; None if there is none. Only statements are collected."""
    is_stated = isinstance(payable, AccountStatement) and payable.currency == "EUR"
    return mandate_of(store, payable.driver_id, at) if is_stated else None


def take_mandate(store: Store, driver_id: DriverId, account: DebtorAccount, at: datetime, ids: Ids) -> Mandate:
    """A driver gives a mandate, replacing any earlier one. Raises Conflict if it is of no use to the operator or this driver."""
    driver = store.drivers.driver(driver_id)
    store.bank.lock(driver.operator_id)
    if not can_give_mandate(store, driver_id):
        raise Conflict("no_direct_debit", "You cannot pay by direct debit.", "Ask the operator.")
    operator = store.stations.operator(driver.operator_id)
    today = operator_day(store, operator.id, at)
    for before in store.direct_debits.mandates_of(driver_id):
        store.direct_debits.put_mandate(end_mandate(before, REPLACED, today))
    sequence = store.documents.next_number(operator.id, MANDATE_SERIES, today.year)
    mandate = create_mandate(operator.id, driver_id, operator.creditor_id, account, MandateNumbering(ids.new(at), sequence, today, at))
    store.direct_debits.put_mandate(mandate)
    _log(store, driver_id, mandate, "mandate.give", at, ids)
    notify_mandate(store, mandate, at)
    return mandate


def revoke_mandate(store: Store, driver_id: DriverId, reason: str, at: datetime, ids: Ids) -> Mandate:
    """End a mandate. Debits already with the bank are still collected. Raises NotFound."""
    driver = store.drivers.driver(driver_id)
    store.bank.lock(driver.operator_id)
    active = next((one for one in store.direct_debits.mandates_of(driver_id) if one.ended_on is None), None)
    if active is None:
        raise NotFound("mandate", "You have not given a mandate.")
    ended = end_mandate(active, reason, operator_day(store, driver.operator_id, at))
    store.direct_debits.put_mandate(ended)
    _log(store, driver_id, ended, "mandate.end", at, ids)
    return ended


def _log(store: Store, driver_id: DriverId, mandate: Mandate, action: str, at: datetime, ids: Ids) -> None:
    driver = store.drivers.driver(driver_id)
    account = store.drivers.account_by_email(driver.email)
    actor = str(account.id) if account and account.driver_id == driver_id else "system"
    by = Staff(driver.operator_id, actor, at, ids)
    note(store, by, action, driver_id, f"{mandate.number}, account {mandate.ending} {mandate.why}".strip())
