"""What a processor's own record says about an order: done, refused for good, or not done."""

from forecourt.kernel import Money
from forecourt.payments import (
    Accepted,
    Answer,
    Capture,
    Charge,
    OpenCharge,
    OpenHold,
    PaymentOrder,
    PlaceHold,
    ProcessorRecord,
    QueryPayment,
    Refund,
    Rejected,
    Release,
)


def result_in_record(order: PaymentOrder, record: ProcessorRecord) -> Answer | ProcessorRecord | None:
    """The result of an order according to a record; None if it has not been done. The record itself if more has happened than was
    ordered."""
    accepted = Accepted(record.reference, record.at, record.expires_at)
    hold_lost = Rejected(f"hold_{record.status}")
    declined = Rejected(record.code or "declined")
    match order:
        case PlaceHold():
            results: dict[str, Answer | ProcessorRecord] = {
                "held": accepted,
                "declined": declined,
                "expired": hold_lost,
                "released": hold_lost,
            }
        case OpenHold():  # a payer whose card was refused may try another
            results = {"held": accepted, "expired": hold_lost, "released": hold_lost}
        case OpenCharge():
            results = {"captured": record, "expired": hold_lost, "released": hold_lost}
        case Charge():
            results = {"captured": accepted, "declined": declined}
        case Capture():
            results = {"captured": accepted, "expired": hold_lost, "released": hold_lost} if _captured_exactly(record, order.amount) else {}
        case Release():
            results = {"released": accepted, "expired": hold_lost, "captured": record}
        case Refund():
            results = {"captured": accepted} if record.refunded >= order.already + order.amount else {}
        case QueryPayment():
            results = {}
    return results.get(record.status)


def result_of_refusal(order: PaymentOrder, record: ProcessorRecord | None, rejection: Rejected) -> Answer | ProcessorRecord | None:
    """The result of an order that did not fit the processor's state, by its record; a refund that was not made never will be."""
    settled = result_in_record(order, record) if record else None
    return rejection if settled is None and record and isinstance(order, Refund) else settled


def _captured_exactly(record: ProcessorRecord, amount: Money) -> bool:
    return record.status != "captured" or record.captured == amount
