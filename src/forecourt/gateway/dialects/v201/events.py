"""NotifyEvent: alerts are stored, other reports on variables are only acknowledged. The same in 2.1."""

from forecourt.gateway.dialects.hearing import EMPTY, Hear, Heard, Reply, Report
from forecourt.gateway.dialects.keys import once
from forecourt.gateway.dialects.reading import Reader
from forecourt.gateway.dialects.v201.types_schema import EventData, NotifyEventRequest
from forecourt.stations import Acknowledgement, ComponentAlerted

_TOLD = Reply(EMPTY, "event")
_LONGEST_VALUE = 200


def noting_events(kind: type[NotifyEventRequest]) -> Hear:
    reader = Reader(kind)

    def noted(payload: str, heard: Heard) -> Report | Reply:
        message, flags = reader.read(payload, heard.message)
        alerts = tuple(_alert(one) for one in message.event_data if one.trigger == "Alerting" and not one.cleared)
        if not alerts:
            return _TOLD
        return Report(ComponentAlerted(heard.received_at, alerts), once("event", heard), tuple(flags), _answer, transactional=False)

    return noted


def _alert(event: EventData) -> tuple[str, str, str]:
    parts = (event.component.name, event.component.instance, event.variable.name, event.variable.instance)
    return "/".join(part for part in parts if part), event.actual_value[:_LONGEST_VALUE], event.tech_info or event.tech_code or ""


def _answer(_acknowledgement: Acknowledgement) -> bytes:
    return EMPTY
