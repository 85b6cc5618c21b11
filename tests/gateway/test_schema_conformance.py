"""Every frame we send is valid by the official schemas, and every valid transaction message is accepted."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from forecourt.gateway.dialects import DIALECTS, Boot, CallContext, CardQuery, Denied, Dialect, Reply, Report, TimeQuery
from forecourt.gateway.dialects.model import OutgoingCall
from forecourt.stations import (
    Acknowledgement,
    Approval,
    CancelReserve,
    ClearLimits,
    ClearSheets,
    CostLimit,
    DeleteRoot,
    InstallFirmware,
    InstallRoot,
    InstallSigned,
    KwhPrice,
    ListedCard,
    NotifyWebPayment,
    Order,
    Outcome,
    PriceSheet,
    PriceWhen,
    Protocol,
    QueryCharge,
    ReadCards,
    ReadRoots,
    ReadSchedule,
    ReadSettings,
    ReportMeter,
    Reserve,
    Restart,
    RootUse,
    SendCards,
    SendLog,
    SetAvailability,
    SetChargeSheet,
    SetFallback,
    SetLimit,
    SetSheet,
    ShowCost,
    StartCharge,
    StopCharge,
    Unlock,
    Verdict,
    WriteSetting,
)
from gateway.decoding import NOW
from gateway.oracle import check, is_valid
from ocpp_schemas import HEARD, schema_of

dialects = st.sampled_from(list(DIALECTS.values()))
evses = st.integers(1, 200)
amps = st.integers(0, 2000)
numbers = st.integers(0, 2**31 - 1)
tokens = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=36)
names = st.sampled_from(["SampledDataCtrlr/TxUpdatedInterval", "SmartChargingCtrlr/Entries/ChargingProfiles", "HeartbeatInterval"])
instants = st.integers(0, 30_000).map(lambda days: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=days))
money = st.none() | st.decimals("0", "100", places=4)
whens = st.builds(
    PriceWhen, st.integers(0, 1439), st.integers(0, 1439), st.sampled_from([(), (0, 6)]), st.none() | st.dates(), st.none() | st.dates(),
    money, money, money, money, st.none() | numbers, st.none() | numbers,
)  # fmt: skip
limits = st.builds(CostLimit, money, money)
kwh_prices = st.lists(st.builds(KwhPrice, money.filter(bool), whens), max_size=3).map(tuple)
sheets = st.builds(PriceSheet, st.just("v1/1"), st.just("EUR"), kwh_prices, money, money, money, limits, limits)
listed = st.builds(ListedCard, tokens, st.sampled_from(["", f"{0:020X}"]), st.none() | instants)
orders: st.SearchStrategy[Order] = st.one_of(
    st.builds(SetLimit, evses, amps, numbers, numbers.map(str), st.none() | instants),
    st.builds(SetFallback, amps),
    st.builds(ClearLimits, st.none() | evses),
    st.builds(StartCharge, evses, tokens, numbers, st.booleans()),
    st.builds(NotifyWebPayment, evses, numbers),
    st.builds(StopCharge, numbers.map(str)),
    st.builds(Reserve, numbers, st.none() | evses, tokens, instants, st.sampled_from(["", f"{0:020X}"])),
    st.builds(CancelReserve, numbers),
    st.builds(QueryCharge, st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)),
    st.builds(ReportMeter, st.integers(0, 9), st.sampled_from(["METER", "STATUS", "BOOT", "CERTIFICATE"])),
    st.builds(InstallSigned, st.text(max_size=50), st.none() | numbers),
    st.builds(ReadRoots, st.sampled_from(RootUse)),
    st.builds(InstallRoot, st.sampled_from(RootUse), st.text(max_size=50)),
    st.builds(DeleteRoot, st.sampled_from(["SHA256/aa/bb/01", "SHA256/aa/bb", "MD5/aa/bb/01", "SHA512/aa/bb/" + "0" * 41])),
    st.builds(SetAvailability, st.integers(0, 9), st.booleans()),
    st.builds(Restart, st.booleans()),
    st.builds(Unlock, evses),
    st.builds(ReadSettings, st.lists(names, max_size=3).map(tuple)),
    st.builds(ShowCost, numbers.map(str), st.sampled_from(["0.00", "12.5", "1234"]), instants, numbers, st.booleans(), st.booleans()),
    st.builds(WriteSetting, names, st.text(max_size=50), st.integers(0, 9)),
    st.builds(SetSheet, evses, sheets),
    st.builds(SetChargeSheet, numbers.map(str), sheets),
    st.builds(ClearSheets, evses),
    st.builds(ReadCards),
    st.builds(ReadSchedule, evses, numbers, st.sampled_from(["A", "W"])),
    st.builds(SendCards, numbers.filter(bool), st.booleans(), st.lists(listed, max_size=3).map(tuple)),
    st.builds(SendLog, numbers, st.just("https://files.example"), st.booleans(), st.none() | instants),
    st.builds(InstallFirmware, numbers, st.just("sftp://files.example/fw"), st.just("PEM"), st.just("MEUC"), instants),
)


@given(dialects, orders)
@settings(max_examples=400, deadline=None)
def test_every_order_sent_to_a_charger_is_valid_by_the_schema(dialect: Dialect, order: Order) -> None:
    asked = dialect.build_call(order)
    if isinstance(asked, OutgoingCall):
        check(dialect.protocol, f"{asked.action}Request", asked.payload)
    else:
        assert asked.outcome in (Outcome.UNSUPPORTED, Outcome.REJECTED)


def skeleton(schema: dict[str, Any], definitions: dict[str, Any], depth: int = 0) -> st.SearchStrategy[Any]:
    """Documents that a schema of OCPP allows (and a few that it does not). Deep down a list has one element: else most documents of the
    deepest schemas are too big to be drawn, and 25 take a minute."""
    if "$ref" in schema:
        return skeleton(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions, depth)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "object":
            required = {
                key: skeleton(part, definitions, depth + 1)
                for key, part in schema.get("properties", {}).items()
                if key in schema.get("required", ())
            }
            optional = {
                key: skeleton(part, definitions, depth + 1) for key, part in schema.get("properties", {}).items() if key not in required
            }
            return st.fixed_dictionaries(required, optional=optional)
        case "array":
            least = schema.get("minItems", 0)
            return st.lists(skeleton(schema["items"], definitions, depth), min_size=least, max_size=2 if depth < 3 else max(least, 1))
        case "string" if schema.get("format") == "date-time":
            return st.datetimes().map(lambda at: at.isoformat() + "Z") | st.sampled_from(["hello", "1970-01-01T00:00:00Z"])
        case "string":
            characters = st.characters(blacklist_categories=("Cs",), blacklist_characters="\0")
            return st.text(characters, max_size=min(schema.get("maxLength", 8), 8))
        case "integer":
            return st.integers(max(schema.get("minimum", -(10**30)), -(10**30)), 10**30)
        case "number":
            return st.floats(allow_nan=False, allow_infinity=False)
        case "boolean":
            return st.booleans()
        case _:
            return st.integers()


@cache
def messages(protocol: Protocol, action: str) -> st.SearchStrategy[Any]:
    schema = schema_of(protocol, f"{action}Request")
    return skeleton(schema, schema.get("definitions", {}))


@pytest.mark.parametrize(("protocol", "action"), [(protocol, action) for protocol, actions in HEARD.items() for action in actions])
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_valid_message_is_accepted_and_answered_by_the_schema(protocol: Protocol, action: str, data: st.DataObject) -> None:
    document = data.draw(messages(protocol, action))
    assume(is_valid(protocol, f"{action}Request", document))
    inbound = DIALECTS[protocol].parse_call(action, json.dumps(document), CallContext(NOW, "m1"))
    match inbound:
        case Report():
            answer = inbound.answer(Acknowledgement("7", Verdict.CONCURRENT, f"{0:020X}"))
            assert 0 < len(inbound.dedupe_key) <= 200
        case Boot():
            answer = inbound.answer(Approval.PENDING, NOW, 300)
        case CardQuery():
            answer = inbound.answer(Acknowledgement(verdict=Verdict.NO_CREDIT, group=f"{0:020X}"))
        case TimeQuery():
            answer = inbound.answer(NOW)
        case Reply():
            answer = inbound.payload
        case Denied():
            raise AssertionError(f"{inbound} for {document}")
    check(protocol, f"{action}Response", answer)
