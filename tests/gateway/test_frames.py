"""OCPP-J frames: which are read, which are refused, and with which message id."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecourt.gateway.dialects import V16, CallContext, Report
from forecourt.gateway.wire import (
    MAX_FRAME_BYTES,
    Call,
    CallError,
    CallResult,
    Conversation,
    Fault,
    Refusal,
    Spelling,
    Stray,
    fault_of,
    read_frame,
    write_error,
)
from gateway.decoding import NOW


@pytest.mark.parametrize(
    ("frame", "call_id", "reason"),
    [
        (b'[2,"1","Heartbeat",{}', "1", "json"),
        (b'[2,"1","Heartbeat"]', "1", "json"),
        (b'[2,"1",{},{}]', "1", "json"),
        (b'[2,"1","Heartbeat",{"a":NaN}]', "1", "json"),
        (b'[2,"' + b"x" * 37 + b'","Heartbeat",{}]', "-1", "id_length"),
        (b'[2,"","Heartbeat",{}]', "-1", "json"),
        (b'[2,5,"Heartbeat",{}]', "-1", "json"),
        (b'[2,"1","A",{"x":"\\u0000"}]', "1", "characters"),
        (b'[2,"1","A",{"x":"\\ud800"}]', "1", "characters"),
        (b'[2,"1","A",' + b"[" * 20_000 + b"]" * 20_000 + b"]", "1", "depth"),
        (b'[2,"1","A",{"x":' + b"[1," * 300 + b"0" + b"]" * 300 + b"}]", "1", "json"),
        (b'{"not":"a list"}', "-1", "frame"),
        (b'"text"', "-1", "frame"),
        (b"", "-1", "frame"),
        (b"\xff\xfe", "-1", "utf8"),
        (b'[2,"1","A",{"x":"' + b"y" * 131_072 + b'"}]', "-1", "size"),
        (b'[9,"1",{}]', "1", "message_type"),
    ],
)
def test_invalid_frames_are_refused_with_the_message_id_where_it_can_be_read(frame: bytes, call_id: str, reason: str) -> None:
    event = read_frame(frame)
    if reason == "json" and isinstance(event, Call):
        return  # valid JSON whose payload the dialect will refuse
    assert isinstance(event, Refusal)
    assert (event.id, event.reason) == (call_id, reason)


def test_an_escaped_backslash_before_u0000_is_not_a_nul_character() -> None:
    assert isinstance(read_frame(b'[2,"1","A",{"x":"C:\\\\u0000"}]'), Call)


@given(st.lists(st.sampled_from(["a", "\\\\", '\\"', "\\n", "\\u0041", "\\u0000", "\\ud83d", "\\uDE00"]), max_size=8))
def test_nul_and_lone_surrogates_are_refused_and_all_other_escapes_accepted(parts: list[str]) -> None:
    written = "".join(parts)
    value = json.loads(f'"{written}"')
    good = "\0" not in value and not any("\ud800" <= char <= "\udfff" for char in value)
    event = read_frame(f'[2,"1","A",{{"x":"{written}"}}]'.encode())
    assert isinstance(event, Call) if good else isinstance(event, Refusal) and event.reason == "characters"


@pytest.mark.parametrize("odd", ['"\\', "\\", " ", '"",', "[],", "[[", "\\ud83d\\ude00", '"\\u0000'])
@pytest.mark.parametrize("head", ['[2,"1","x",{"a":["\\u0000"', '[2,"1","x",{"a":[', "["])
def test_no_frame_takes_long_to_parse(head: str, odd: str) -> None:
    """A frame of unclosed quotes once took 170 s, in which no charger was answered."""
    frame = (head + odd * MAX_FRAME_BYTES).encode()[:MAX_FRAME_BYTES]
    began = time.process_time()
    assert isinstance(read_frame(frame), Refusal)
    assert time.process_time() - began < 1


def test_a_surrogate_pair_is_accepted() -> None:
    assert isinstance(read_frame(b'[2,"1","A",{"x":"\\ud83d\\ude00"}]'), Call)


@pytest.mark.parametrize("frame", [b'[5,"1","GenericError","",{}]', b'[6,"1","NotifyPeriodicEventStream",{}]', b'[6,"1"'])
def test_a_frame_that_expects_no_reply_gets_none(frame: bytes) -> None:
    assert isinstance(read_frame(frame), Stray)


@pytest.mark.parametrize("frame", [b'[3,"1"', b'[4,"1","X"]', b'[3,"1",{},{}]', b'[4,"-1"'])
def test_an_invalid_response_frame_is_never_answered(frame: bytes) -> None:
    assert isinstance(read_frame(frame), Stray)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_reading_any_bytes_raises_nothing(frame: bytes) -> None:
    read_frame(frame)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=6), st.integers(0, 40))
def test_no_json_raises_and_every_refusal_can_be_serialised(parts: list[object], cut: int) -> None:
    text = json.dumps(parts)
    for frame in (text, text[:-cut]):
        event = read_frame(frame.encode())
        if isinstance(event, Refusal):
            kind, call_id, *_ = json.loads(write_error(event.id, event.fault, Spelling.OCPP16))
            assert kind == 4
            assert 1 <= len(call_id) <= 36


@pytest.mark.parametrize("code", ["FormationViolation", "FormatViolation"])
def test_both_spellings_of_the_occurrence_fault_are_understood(code: str) -> None:
    assert fault_of(code) is Fault.FORMAT
    assert fault_of("OccurenceConstraintViolation") is fault_of("OccurrenceConstraintViolation") is Fault.OCCURRENCE


def test_one_call_is_open_at_a_time_per_connection() -> None:
    talk = Conversation("e")
    first, second = talk.queue_call("Reset", b"{}"), talk.queue_call("Reset", b"{}")
    assert json.loads(talk.next_frame(0) or "")[1] == first
    assert talk.next_frame(0) is None
    assert isinstance(talk.receive(json.dumps([3, first, {}]).encode()), CallResult)
    assert json.loads(talk.next_frame(0) or "")[1] == second


def test_an_answer_after_the_timeout_is_ignored() -> None:
    talk = Conversation("e", timeout_s=30)
    call_id = talk.queue_call("Reset", b"{}")
    talk.next_frame(0)
    assert talk.expire(29.9) is None
    assert talk.expire(30) == call_id
    assert isinstance(talk.receive(json.dumps([3, call_id, {}]).encode()), Stray)


def asked(talk: Conversation, action: str, at: float) -> str:
    call_id = talk.queue_call(action, b"{}")
    talk.next_frame(at)
    return call_id


def answer(talk: Conversation, call_id: str) -> object:
    return talk.receive(json.dumps([3, call_id, {}]).encode())


def test_a_request_type_that_a_charger_never_answers_times_out_fully_only_once() -> None:
    """Also on the next connection."""
    mute: set[str] = set()
    first = Conversation("e", timeout_s=30, mute=mute)
    late = asked(first, "GetBaseReport", 0)
    assert (first.expire(6), first.expire(30)) == (None, late)
    answer(first, asked(first, "Reset", 30))
    again = Conversation("f", timeout_s=30, mute=mute)
    late = asked(again, "GetBaseReport", 0)
    assert again.expire(5) == late
    assert (asked(again, "Reset", 5), again.expire(11)) == (again.open_id, None)


def test_low_priority_queries_are_sent_last_and_time_out_early() -> None:
    talk = Conversation("e", timeout_s=30)
    known, person, other = (
        talk.queue_call("GetCompositeSchedule", b"{}", brief=True),
        talk.queue_call("Reset", b"{}"),
        talk.queue_call("GetLog", b"{}"),
    )
    sent = []
    for at in (0, 30, 60):
        sent.append(json.loads(talk.next_frame(at) or "")[1])
        assert talk.expire(at + 4.9) is None
        if sent[-1] != known:
            answer(talk, sent[-1])
    assert sent == [person, other, known] and talk.expire(65) == known
    unsent = [talk.queue_call("GetCompositeSchedule", b"{}", brief=True), talk.queue_call("Reset", b"{}")]
    assert sorted(talk.abandon()[1]) == sorted(unsent) and talk.next_frame(70) is None


def test_low_priority_queries_count_towards_the_queue_limit() -> None:
    talk = Conversation("e", max_waiting=2)
    talk.queue_call("Reset", b"{}")
    talk.queue_call("GetCompositeSchedule", b"{}", brief=True)
    assert talk.is_full


def test_a_slow_or_disconnected_charger_or_one_that_answers_late_is_not_marked_unresponsive() -> None:
    mute = {"GetBaseReport"}
    talk = Conversation("e", timeout_s=30, mute=mute)
    slow = asked(talk, "GetBaseReport", 0)
    talk.expire(30)
    assert isinstance(answer(talk, slow), Stray) and not mute
    asked(talk, "GetBaseReport", 30)
    talk.expire(60)
    talk.abandon()
    assert not mute  # it was away: nothing that came later was answered either
    mute.add("Reset")
    talk = Conversation("f", timeout_s=30, mute=mute)
    answer(talk, asked(talk, "Reset", 60))
    assert not mute
    asked(talk, "Reset", 60)
    talk.expire(90)
    answer(talk, asked(talk, "GetLog", 90))
    assert not mute  # it has answered that before


def test_a_call_error_ends_the_open_call() -> None:
    talk = Conversation("e")
    call_id = talk.queue_call("Reset", b"{}")
    talk.next_frame(0)
    assert isinstance(talk.receive(json.dumps([4, call_id, "NotSupported", "", {}]).encode()), CallError)
    assert talk.open_id is None


USUAL = (
    b'[2,"m1","MeterValues",{"connectorId":1,"transactionId":7,"meterValue":[{"timestamp":"2026-11-23T12:00:00Z",'
    b'"sampledValue":[{"value":"1.5","unit":"kWh"},{"value":"16","measurand":"Current.Import","phase":"L1"}]}]}]'
)


def _meaning(event: object) -> object:
    if not isinstance(event, Call):
        return event
    inbound = V16.parse_call(event.action, event.payload, CallContext(NOW, event.id, event.message))
    said = (inbound.fact, inbound.dedupe_key, inbound.flags) if isinstance(inbound, Report) else inbound
    return event.id, event.action, event.payload, said


@given(st.integers(0, len(USUAL)), st.integers(0, 12), st.binary(max_size=12) | st.sampled_from((b'"value":"2",', b" ", b"\\", b"[" * 500)))
def test_fast_and_stepwise_decoding_of_a_frame_agree(at: int, gone: int, instead: bytes) -> None:
    """A common frame in which any piece is replaced."""
    frame = USUAL[:at] + instead + USUAL[at + gone :]
    assert _meaning(read_frame(frame, V16.whole_calls)) == _meaning(read_frame(frame))


def test_a_common_call_is_decoded_in_one_step() -> None:
    event = read_frame(USUAL, V16.whole_calls)
    assert isinstance(event, Call)
    assert event.message is not None
