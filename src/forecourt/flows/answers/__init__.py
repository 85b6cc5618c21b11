"""Answers of chargers, payment providers and roaming partners to our requests, passed to the step they concern."""

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
