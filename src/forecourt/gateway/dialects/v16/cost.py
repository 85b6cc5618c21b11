"""The cost of a charge on the charger's display: "OCPP & California Pricing Requirements", via DataTransfer."""

from decimal import Decimal

from msgspec import json

from forecourt.gateway.dialects.instants import write_instant
from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.gateway.dialects.outcomes import status_reader
from forecourt.gateway.dialects.v16.types_schema import DataTransferRequest
from forecourt.stations import OrderResult, Outcome, ShowCost

_VENDOR = "org.openchargealliance.costmsg"
_SHOWN = status_reader()
_NUMBERS = json.Encoder(decimal_format="number")


def show_cost(order: ShowCost) -> OutgoingCall | OrderResult:
    if not order.transaction.isdecimal():
        return OrderResult(Outcome.REJECTED, "no such transaction")
    shown: dict[str, object] = {"transactionId": int(order.transaction), "cost": Decimal(order.cost)}
    if order.final:
        shown |= {"priceText": order.text}
    else:
        state = "Charging" if order.charging else "Idle"
        shown |= {"timestamp": write_instant(order.at), "meterValue": order.register_wh, "state": state}
    message = DataTransferRequest(_VENDOR, "FinalCost" if order.final else "RunningCost", _NUMBERS.encode(shown).decode())
    return OutgoingCall("DataTransfer", json.encode(message), _SHOWN)
