"""The operator's details as printed on its documents, edited by its staff."""

from dataclasses import dataclass, fields, replace
from hashlib import sha256

from forecourt.billing import check_bank_account, creditor_id_of, printable_line, vat_number_of
from forecourt.flows.desk.account_notices import warn_of_company_account
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.operator_scope import operator_for_update
from forecourt.flows.paying import settle_mandates
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.published import party_of
from forecourt.kernel import BadInput, Conflict
from forecourt.stations import Operator

_MAX_CHARS = {"name": 100, "legal_name": 100, "address": 300, "vat_exemption": 200, "party_id": 3, "bank": 100, "creditor_id": 50}
_REQUIRED = ("name", "legal_name")


@dataclass(frozen=True, slots=True)
class CompanyDetails:
    """The details as entered. vat_exemption: the rule by which no VAT is charged, as printed; empty = VAT is charged. party_id: for
    roaming. bank: the account for incoming transfers. creditor_id: the creditor identifier for direct debits."""

    name: str
    legal_name: str
    address: str = ""
    vat_number: str = ""
    vat_exemption: str = ""
    party_id: str = ""
    bank: str = ""
    creditor_id: str = ""

    def __post_init__(self) -> None:
        for name, longest in _MAX_CHARS.items():
            object.__setattr__(self, name, printable_line(name, getattr(self, name), longest, required=name in _REQUIRED))
        object.__setattr__(self, "vat_number", vat_number_of(self.vat_number))
        object.__setattr__(self, "creditor_id", creditor_id_of(self.creditor_id))
        check_bank_account(self.bank)


def company_fingerprint(operator: Operator) -> str:
    """A mark of the details, to notice changes since they were displayed."""
    return sha256(repr([getattr(operator, one.name) for one in fields(CompanyDetails)]).encode()).hexdigest()[:16]


def set_company_details(store: Store, by: Staff, wanted: CompanyDetails, seen: str, mandates: str = "") -> Operator:
    """Change the details for future documents. Country, currency and time zone stay, as numbers and months depend on them.

    mandates: what happens to those that no longer fit the company (`settle_mandates`). Raises BadInput; Conflict if that must be
    decided, or if the details have changed since they were displayed.
    """
    store.bank.lock(by.operator_id)
    operator = operator_for_update(store, by)
    if seen != company_fingerprint(operator):
        raise Conflict("company_changed", "Someone else has changed the company's details.", "Check them and save again.")
    after = replace(operator, **{one.name: getattr(wanted, one.name) for one in fields(wanted)})
    party_of(after)  # rejects what partners would reject
    if any(one.name == after.name and one.id != after.id for one in store.stations.operators()):
        raise BadInput("name", f"There is already an operator {after.name!r}.")
    changed = [one.name for one in fields(wanted) if getattr(operator, one.name) != getattr(after, one.name)]
    if changed:
        store.stations.put_operator(after)
        settle_mandates(store, by, operator, after, mandates)
        summary = "; ".join(f"{name} {getattr(operator, name) or 'none'} → {getattr(after, name) or 'none'}" for name in changed)
        note(store, by, "operator.describe", operator.id, summary[:1000])
    if operator.bank != after.bank:
        warn_of_company_account(store, by, operator, after)
    return after
