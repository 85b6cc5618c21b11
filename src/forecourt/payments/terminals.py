"""Holds placed by a card terminal: how they are identified and become payments of ours."""

from datetime import datetime
from uuid import UUID, uuid5

from forecourt.kernel import Conflict, EvseId, OperatorId, PaymentId
from forecourt.payments.model import Held, Payment
from forecourt.payments.orders import ProcessorRecord
from forecourt.payments.postings import hold
from forecourt.payments.transitions import Payer, Transition

_NAMESPACE = UUID("0192e4a0-0000-7000-8000-7e4314a10001")


def terminal_payment_id(operator_id: OperatorId, reference: str) -> PaymentId:
    """One reference is one payment of an operator, however often and by whomever it is reported. The processor allows a hold only one
    name, so it refuses the hold to any other operator."""
    return PaymentId(uuid5(_NAMESPACE, f"{operator_id}/{reference}"))


def adopt_terminal_hold(payer: Payer, evse_id: EvseId, record: ProcessorRecord, at: datetime) -> Transition:
    """Start a payment from the processor's record of its hold. Raises Conflict if that shows no hold in place."""
    if record.status != "held" or record.held.minor <= 0 or record.expires_at is None or record.expires_at <= at:
        raise Conflict("not_held", "What the terminal names is no hold that stands.", "Hold the card to it again.")
    state = Held(record.held, record.reference, record.expires_at, at)
    payment = Payment(record.payment_id, payer.operator_id, payer.driver_id, payer.method, record.held.currency, at, state, evse_id=evse_id)
    return Transition(payment, txns=(hold(payment, record.held, at),))
