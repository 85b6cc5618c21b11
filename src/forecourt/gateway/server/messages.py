"""A charger's message in the form in which it is stored."""

from datetime import datetime

from forecourt.gateway.dialects import Boot, Report
from forecourt.gateway.server.ports import ChargerAccess
from forecourt.gateway.wire import Call
from forecourt.kernel import ChargerId
from forecourt.stations import Message


def message_of(
    charger_id: ChargerId, access: ChargerAccess, call: Call, inbound: Report | Boot, received_at: datetime, flapping: bool
) -> Message:
    assert access.operator_id is not None and access.site_id is not None  # noqa: S101 - an approved charger has both
    flags = (*inbound.flags, "flapping") if flapping else inbound.flags
    where = (charger_id, access.operator_id, access.site_id)
    return Message(*where, received_at, call.action, inbound.fact, inbound.dedupe_key, call.payload, flags)
