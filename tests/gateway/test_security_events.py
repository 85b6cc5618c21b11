"""A security event is stored before it is acknowledged, in every version."""

import json

import pytest

from forecourt.gateway.dialects import DIALECTS, CallContext, Report
from forecourt.stations import Acknowledgement, Protocol, SecurityNoted
from gateway.decoding import NOW

EVENT = {"type": "TamperDetectionActivated", "timestamp": "2026-11-23T11:59:00Z", "techInfo": "door"}


@pytest.mark.parametrize("protocol", Protocol)
def test_a_security_event_is_a_fact_and_recognised_when_repeated(protocol: Protocol) -> None:
    first, again = (DIALECTS[protocol].parse_call("SecurityEventNotification", json.dumps(EVENT), CallContext(NOW, call)) for call in "ab")
    assert isinstance(first, Report) and isinstance(first.fact, SecurityNoted) and isinstance(again, Report)
    assert (first.fact.what, first.fact.text, first.transactional) == ("TamperDetectionActivated", "door", False)
    assert (first.dedupe_key == again.dedupe_key, first.answer(Acknowledgement())) == (True, b"{}")
