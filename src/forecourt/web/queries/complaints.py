"""Drivers' complaints about bills, as the operator sees them."""

from dataclasses import dataclass

from forecourt.billing import Complaint
from forecourt.flows.ports import ListPage, PageRequest, Store
from forecourt.kernel import Money, OperatorId


@dataclass(frozen=True, slots=True)
class ComplaintRow:
    """name, email: the bill's buyer. amount: of the bill."""

    complaint: Complaint
    name: str
    email: str
    amount: Money | None


@dataclass(frozen=True, slots=True)
class ComplaintList:
    """count: complaints that wait for an answer."""

    zone: str
    count: int
    page: ListPage[ComplaintRow]


def complaints_of(store: Store, operator_id: OperatorId, page_request: PageRequest) -> ComplaintList:
    found = store.complaints.page(operator_id, page_request)
    store.prefetch_subjects({one.document_id for one in found.rows})
    rows = found.of(_row(store, one) for one in found.rows)
    return ComplaintList(store.stations.operator(operator_id).zone, len(store.complaints.waiting(operator_id)), rows)


def _row(store: Store, one: Complaint) -> ComplaintRow:
    bill = store.documents.document(one.document_id)
    user = bill.content.parties.user if bill else None
    return ComplaintRow(one, user.called if user else "", user.email if user else "", bill.due if bill else None)
