"""What drivers say is wrong with a bill, as the operator sees it."""

from dataclasses import dataclass

from forecourt.billing import Complaint
from forecourt.flows.ports import Store
from forecourt.kernel import Money, OperatorId


@dataclass(frozen=True, slots=True)
class ComplaintRow:
    """name, email: of the bill's buyer. amount: of the bill."""

    complaint: Complaint
    name: str
    email: str
    amount: Money | None


@dataclass(frozen=True, slots=True)
class ComplaintList:
    zone: str
    waiting: tuple[ComplaintRow, ...]
    over: tuple[ComplaintRow, ...]


def complaints_of(store: Store, operator_id: OperatorId) -> ComplaintList:
    rows = [_row(store, one) for one in store.complaints.recent(operator_id)]
    waiting = tuple(one for one in rows if one.complaint.open)
    return ComplaintList(store.stations.operator(operator_id).zone, waiting, tuple(one for one in rows if not one.complaint.open)[:50])


def _row(store: Store, one: Complaint) -> ComplaintRow:
    bill = store.documents.document(one.document_id)
    buyer = bill.content.parties.buyer if bill else None
    return ComplaintRow(one, buyer.name if buyer else "", buyer.email if buyer else "", bill.due if bill else None)
