"""A driver's complaint about a bill: open until the operator credits the bill or declines with a reason."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from forecourt.billing.model import DocumentKind, Invoice
from forecourt.kernel import BadInput, Conflict, DocumentId, DriverId, OperatorId

MAX_COMPLAINT_LENGTH = 1000
MAX_COMPLAINTS = 3  # per bill


@dataclass(frozen=True, slots=True)
class Complaint:
    """number: of the bill. text: the driver's. answer: the operator's, if declined. note: the number of the credit note that settled it.
    over_at: None while it is open."""

    id: UUID
    operator_id: OperatorId
    driver_id: DriverId
    document_id: DocumentId
    number: str
    raised_at: datetime
    text: str
    answer: str = ""
    note: str = ""
    over_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.over_at is None


def open_complaint(invoice: Invoice, earlier: Collection[Complaint], text: str, at: datetime, new_id: UUID) -> Complaint:
    """Open a complaint. earlier: all about this bill. Raises BadInput; Conflict if one is already open or the limit is reached."""
    if invoice.kind is not DocumentKind.INVOICE:
        raise Conflict("not_an_invoice", "{number} is not a bill.", "Write about the bill it corrects.", number=invoice.number)
    if any(one.open for one in earlier):
        raise Conflict("complaint_waits", "You have already written about this bill.", "We will let you know the outcome.")
    if len(earlier) >= MAX_COMPLAINTS:
        raise Conflict(
            "complaints_enough",
            "The operator has answered you about this bill {times} times.",
            "Write to the operator: the address is on the bill.",
            times=MAX_COMPLAINTS,
        )
    complaint_text = required_text(text, "What is wrong with it?")
    return Complaint(new_id, invoice.operator_id, invoice.driver_id, invoice.id, invoice.number, at, complaint_text)


def close_declined(complaint: Complaint, answer: str, at: datetime) -> Complaint:
    """Decline a complaint. Raises BadInput without a reason, Conflict if it has been answered already."""
    if not complaint.open:
        raise Conflict(
            "answered_already",
            "Somebody has answered the complaint about {number}.",
            "See what was said.",
            number=complaint.number,
        )
    return replace(complaint, answer=required_text(answer, "Say why: the driver reads it."), over_at=at)


def close_credited(complaint: Complaint, note: Invoice) -> Complaint:
    """Close a complaint because its bill was credited, in whole or in part."""
    return replace(complaint, note=note.number, over_at=note.issued_at)


def required_text(text: str, prompt: str) -> str:
    """What a person wrote, stripped. asked: the message if it is empty. Raises BadInput at "words"."""
    stripped = text.strip()
    if not stripped:
        raise BadInput("words", prompt)
    if len(stripped) > MAX_COMPLAINT_LENGTH:
        raise BadInput("words", "That is too long.", "At most {most} characters.", most=MAX_COMPLAINT_LENGTH)
    return stripped
