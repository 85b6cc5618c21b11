"""NotifyEvent: alerts are stored, other reports on variables are only acknowledged. The same in 2.1."""

from forecourt.gateway.dialects.dedupe_keys import arrival_key
from forecourt.gateway.dialects.model import EMPTY, CallContext, CallHandler, Reply, Report
from forecourt.gateway.dialects.payload_reader import PayloadReader
from forecourt.gateway.dialects.v201.types_schema import EventData, NotifyEventRequest
from forecourt.stations import Acknowledgement, ComponentAlerted

_TOLD = Reply(EMPTY, "event")
_MAX_VALUE_CHARS = 200


def event_handler(kind: type[NotifyEventRequest]) -> CallHandler:
    reader = PayloadReader(kind)

    def handle(payload: str, context: CallContext) -> Report | Reply:
        message, flags = reader.read(payload, context.message)
        alerts = tuple(_alert(one) for one in message.event_data if one.trigger == "Alerting" and not one.cleared)
        if not alerts:
            return _TOLD
        return Report(
            ComponentAlerted(context.received_at, alerts), arrival_key("event", context), tuple(flags), _answer, transactional=False
        )

    return handle


def _alert(event: EventData) -> tuple[str, str, str]:
    parts = (event.component.name, event.component.instance, event.variable.name, event.variable.instance)
    return "/".join(part for part in parts if part), event.actual_value[:_MAX_VALUE_CHARS], event.tech_info or event.tech_code or ""


def _answer(_acknowledgement: Acknowledgement) -> bytes:
    return EMPTY
