"""What chargers, payment providers and partners answered to what was asked of them, handed to the step it concerns."""

from forecourt.flows.answers.orders import again_in_s, ordered
from forecourt.flows.answers.partners import partner_told, telling_of
from forecourt.flows.answers.payments import paid, payment_answered

__all__ = [
    "again_in_s",
    "ordered",
    "paid",
    "partner_told",
    "payment_answered",
    "telling_of",
]
