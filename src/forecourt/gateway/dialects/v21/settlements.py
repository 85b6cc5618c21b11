"""NotifySettlement: how a payment at the charger's own card terminal was settled."""

from forecourt.gateway.dialects.dedupe_keys import digest
from forecourt.gateway.dialects.instants import read_instant
from forecourt.gateway.dialects.model import EMPTY, CallContext, Report
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.v21.types_schema import NotifySettlementRequest
from forecourt.stations import Acknowledgement, SettlementReported

_READER = PayloadReader(NotifySettlementRequest)


def handle_settlement(payload: str, context: CallContext) -> Report:
    """A repeat is recognised. It is about money, so it is always stored."""
    message, flags = _READER.read(payload, context.message)
    fact = SettlementReported(
        at=read_instant(message.settlement_time, context, flags),
        reference=message.psp_ref,
        state=message.status,
        amount=repr(message.settlement_amount),
        transaction=message.transaction_id or "",
        receipt=message.receipt_id or "",
        detail=message.status_info or "",
    )
    return Report(fact, f"settlement/{digest(payload)}", tuple(flags), _answer)


def _answer(_acknowledgement: Acknowledgement) -> bytes:
    """No receipt: none is made here."""
    return EMPTY
