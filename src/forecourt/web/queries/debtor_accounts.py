"""Customers with debtor accounts of their own, or who may be given one."""

from dataclasses import dataclass
from uuid import UUID

from forecourt.flows.billing import business_customers, customer_accounts, debtor_number
from forecourt.flows.ports import Store
from forecourt.kernel import OperatorId


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """kind: the fleet it pays for, the roaming partner it is, or empty. number: empty = the collective account. since: the first day on
    which the number is used (ISO); empty = all days."""

    customer: UUID
    name: str
    kind: str
    address: str
    country: str
    vat_number: str
    email: str
    number: str
    since: str


def customer_rows(store: Store, operator_id: OperatorId) -> list[CustomerRow]:
    """By name."""
    listed = business_customers(store, operator_id)
    accounts = customer_accounts(store.stations.operator(operator_id))
    latest = {one.customer: one for one in accounts}
    store.drivers.prefetch(list(listed))
    rows: list[CustomerRow] = []
    for customer, kind in listed.items():
        driver, last = store.drivers.driver(customer), latest.get(customer)
        since = last.since.isoformat() if last and last.since else ""
        details = (driver.address, driver.country, driver.vat_number, driver.email)
        rows.append(CustomerRow(customer, driver.name, kind, *details, debtor_number(accounts, customer), since))
    return sorted(rows, key=lambda one: (one.name.casefold(), one.customer))
