"""What chargers, payment providers and partners answered to what was asked of them, handed to the step it concerns."""

from forecourt.flows.answers.orders import apply_order_result, retry_in_s
from forecourt.flows.answers.partners import message_for_partner, record_partner_reply
from forecourt.flows.answers.payments import apply_payment_answer, receive_payment_event

__all__ = [
    "apply_order_result",
    "apply_payment_answer",
    "message_for_partner",
    "receive_payment_event",
    "record_partner_reply",
    "retry_in_s",
]
