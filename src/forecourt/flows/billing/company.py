"""The operator as it stands on its documents, changed by its own people."""

from dataclasses import dataclass, fields, replace
from hashlib import sha256

from forecourt.billing import check_bank, creditor_id_of, printed_line, vat_number_of
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.own import operator_to_change
from forecourt.flows.paying import settle_mandates
from forecourt.flows.ports.store import Store
from forecourt.flows.roaming.telling_sites import party_of
from forecourt.kernel import BadInput, Conflict
from forecourt.stations import Operator

_LONGEST = {"name": 100, "legal_name": 100, "address": 300, "vat_exemption": 200, "party_id": 3, "bank": 100, "creditor_id": 50}
_REQUIRED = ("name", "legal_name")


@dataclass(frozen=True, slots=True)
class CompanyDetails:
    """As it is typed. vat_exemption: the rule by which no VAT is charged, as printed; empty = VAT is charged. party_id: for roaming.
    bank: where transfers go to. creditor_id: by which banks know who collects by direct debit."""

    name: str
    legal_name: str
    address: str = ""
    vat_number: str = ""
    vat_exemption: str = ""
    party_id: str = ""
    bank: str = ""
    creditor_id: str = ""

    def __post_init__(self) -> None:
        for name, longest in _LONGEST.items():
            object.__setattr__(self, name, printed_line(name, getattr(self, name), longest, required=name in _REQUIRED))
        object.__setattr__(self, "vat_number", vat_number_of(self.vat_number))
        object.__setattr__(self, "creditor_id", creditor_id_of(self.creditor_id))
        check_bank(self.bank)


def company_seen(operator: Operator) -> str:
    """Marks the details as somebody saw them."""
    return sha256(repr([getattr(operator, one.name) for one in fields(CompanyDetails)]).encode()).hexdigest()[:16]


def describe_company(store: Store, by: Staff, wanted: CompanyDetails, seen: str, mandates: str = "") -> Operator:
    """For documents from now on; what was issued stays as it is. Country, currency and time zone stay: numbers and months depend on them.

    mandates: what becomes of those that do not fit the company any more (`settle_mandates`). Raises BadInput, and Conflict where that is to
    be said, or where the details are not those that were seen.
    """
    store.bank.lock(by.operator_id)
    operator = operator_to_change(store, by)
    if seen != company_seen(operator):
        raise Conflict("company_changed", "Someone else has changed the company's details.", "Check them and save again.")
    after = replace(operator, **{one.name: getattr(wanted, one.name) for one in fields(wanted)})
    party_of(after)  # refuses what partners would refuse
    if any(one.name == after.name and one.id != after.id for one in store.stations.operators()):
        raise BadInput("name", f"There is already an operator {after.name!r}.")
    changed = [one.name for one in fields(wanted) if getattr(operator, one.name) != getattr(after, one.name)]
    if changed:
        store.stations.put_operator(after)
        settle_mandates(store, by, operator, after, mandates)
        words = "; ".join(f"{name} {getattr(operator, name) or 'none'} → {getattr(after, name) or 'none'}" for name in changed)
        note(store, by, "operator.describe", operator.id, words[:1000])
    return after
