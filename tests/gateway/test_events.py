"""NotifyEvent: alerts are stored, everything else is acknowledged."""

from forecourt.gateway.dialects import Reply
from forecourt.gateway.dialects.model import Report
from gateway.decoding import decode21, decode201

EVENT = {
    "eventId": 1,
    "timestamp": "2026-11-23T12:00:00Z",
    "trigger": "Alerting",
    "actualValue": "82",
    "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
    "eventNotificationType": "HardWiredMonitor",
    "variable": {"name": "Temperature", "instance": "contactor"},
    "techInfo": "too hot",
}


def test_an_alert_is_stored_and_cleared_or_periodic_events_are_not() -> None:
    others = [EVENT | {"cleared": True}, EVENT | {"trigger": "Periodic"}]
    for hear in (decode201, decode21):
        heard = hear("NotifyEvent", {"generatedAt": EVENT["timestamp"], "seqNo": 0, "eventData": [EVENT, *others]})
        assert isinstance(heard, Report)
        assert heard.fact.alerts == (("Connector/Temperature/contactor", "82", "too hot"),)
        assert isinstance(hear("NotifyEvent", {"generatedAt": EVENT["timestamp"], "seqNo": 0, "eventData": others}), Reply)
