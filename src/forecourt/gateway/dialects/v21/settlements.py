"""NotifySettlement: how a payment at the charger's own card terminal was settled."""

from forecourt.gateway.dialects.hearing import EMPTY, Heard, Report
from forecourt.gateway.dialects.instants import read_instant
from forecourt.gateway.dialects.keys import digest
from forecourt.gateway.dialects.reading import Reader
from forecourt.gateway.dialects.v21.types_schema import NotifySettlementRequest
from forecourt.stations import Acknowledgement, SettlementTold

_READER = Reader(NotifySettlementRequest)


def settled(payload: str, heard: Heard) -> Report:
    """A repeat is recognised. It is about money, so it is always stored."""
    message, flags = _READER.read(payload, heard.message)
    fact = SettlementTold(
        at=read_instant(message.settlement_time, heard, flags),
        reference=message.psp_ref,
        state=message.status,
        amount=repr(message.settlement_amount),
        transaction=message.transaction_id or "",
        receipt=message.receipt_id or "",
        words=message.status_info or "",
    )
    return Report(fact, f"settlement/{digest(payload)}", tuple(flags), _answer)


def _answer(_acknowledgement: Acknowledgement) -> bytes:
    """No receipt: none is made here."""
    return EMPTY
