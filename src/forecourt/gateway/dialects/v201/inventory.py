"""Requests everything a charger can report about itself (GetBaseReport), which it sends in pages (NotifyReport). The same in 2.1."""

from decimal import Decimal
from math import isfinite

from msgspec import json

from forecourt.gateway.dialects.model import EMPTY, CallContext, CallHandler, OutgoingCall, Reply, Report
from forecourt.gateway.dialects.outcomes import status_reader
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.v201.types_schema import GetBaseReportRequest, NotifyReportRequest, ReportData
from forecourt.stations import KEPT, MAX_PARTS, MAX_VALUE_CHARS, Acknowledgement, InventoryPart, InventoryReported, ReadInventory

_STATUS = status_reader()
_TOLD = Reply(EMPTY, "report")
_INT32_LIMIT = 2**31
_LIMITED = ("EVSE/Power", "LocalAuthListCtrlr/Entries")


def read_inventory(order: ReadInventory) -> OutgoingCall:
    return OutgoingCall("GetBaseReport", json.encode(GetBaseReportRequest(order.number, "FullInventory")), _STATUS)


def inventory_handler(kind: type[NotifyReportRequest]) -> CallHandler:
    reader = PayloadReader(kind)

    def handle(payload: str, context: CallContext) -> Report | Reply:
        """Most pages have nothing we store; from the others, only that is passed on."""
        message, flags = reader.read(payload, context.message)
        parts = tuple(part for one in message.report_data or () if (part := _part(one)) is not None)[:MAX_PARTS]
        last = not message.tbc
        if not (parts or last) or not 0 <= message.request_id < _INT32_LIMIT:
            return _TOLD
        fact = InventoryReported(context.received_at, message.request_id, parts, last)
        key = f"report/{message.request_id}/{message.seq_no}/{message.generated_at[:40]}"
        return Report(fact, key, tuple(flags), _answer, transactional=False)

    return handle


def _part(data: ReportData) -> InventoryPart | None:
    name, evse = f"{data.component.name}/{data.variable.name}", data.component.evse
    actual = next((one.value for one in data.variable_attribute if one.type in (None, "Actual")), None)
    value = _most(data) if name in _LIMITED else actual
    if name not in KEPT or not value:
        return None
    full_name = f"{name}/{data.variable.instance}" if data.variable.instance else name
    numbers = (evse.id, evse.connector_id or 0) if evse else (0, 0)
    return InventoryPart(full_name, value[:MAX_VALUE_CHARS], *numbers) if all(0 <= one < _INT32_LIMIT for one in numbers) else None


def _most(data: ReportData) -> str | None:
    """The variable's maximum, as a whole number, watts in W; its present value is not a property of the charger."""
    limits = data.variable_characteristics
    if limits is None or limits.max_limit is None or not isfinite(limits.max_limit) or not 0 < limits.max_limit < _INT32_LIMIT:
        return None
    return str(int(Decimal(repr(limits.max_limit)) * (1000 if (limits.unit or "").lower() == "kw" else 1)))


def _answer(_acknowledgement: Acknowledgement) -> bytes:
    return EMPTY
