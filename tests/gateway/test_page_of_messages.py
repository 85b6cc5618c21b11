"""docs/ocpp.md states how every message of every version is handled, in agreement with the dialects."""

import json
import re
from importlib.resources import files
from inspect import getsource
from pathlib import Path
from typing import Any

import pytest

from forecourt.gateway.dialects import DIALECTS, CallContext, Denied, Reply
from forecourt.gateway.wire import Fault, Spelling, Stray, read_frame
from forecourt.stations import Protocol
from gateway.decoding import NOW
from ocpp_schemas import FOLDERS, schema_of

PAGE = (Path(__file__).parents[2] / "docs" / "ocpp.md").read_text("utf-8")
FROM, TO = (
    re.findall(r"^\| [A-S] \| (\w+) \| (.+?) \| (.+?) \| (.+?) \|", half, re.MULTILINE) for half in PAGE.split("\n## To chargers\n")
)
ABSENT = "–"
COLUMNS = list(enumerate((Protocol.OCPP16, Protocol.OCPP201, Protocol.OCPP21), 1))
columns = pytest.mark.parametrize(("column", "protocol"), COLUMNS)


def told(table: list[tuple[str, ...]], column: int) -> dict[str, str]:
    """What a column says of each message that the version has."""
    return {row[0]: row[column] for row in table if row[column] != ABSENT}


def standard(protocol: Protocol) -> set[str]:
    """The messages of a version."""
    schemas = [file.name for file in (files("ocpp") / FOLDERS[protocol] / "schemas").iterdir()]
    names = {name.removesuffix(".json") for name in schemas if name.endswith(".json")}
    return {name.removesuffix("Request") for name in names if not name.endswith("Response")}


def least(schema: dict[str, Any], definitions: dict[str, Any]) -> Any:
    """The shortest document that a schema allows."""
    schema = definitions[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "object":
            return {key: least(schema["properties"][key], definitions) for key in schema.get("required", ())}
        case "array":
            return [least(schema["items"], definitions)] * schema.get("minItems", 0)
        case "string":
            return NOW.isoformat() if schema.get("format") == "date-time" else "1"
        case kind:
            return {"integer": 1, "number": 1.0, "boolean": False}[kind]


def done(protocol: Protocol, action: str) -> str:
    """What is done with a charger's message, in the words of the page."""
    if action == "NotifyPeriodicEventStream":
        assert isinstance(read_frame(b'[6,"1","NotifyPeriodicEventStream",{}]'), Stray)
        return "dropped"
    schema = schema_of(protocol, f"{action}Request")
    inbound = DIALECTS[protocol].parse_call(action, json.dumps(least(schema, schema.get("definitions", {}))), CallContext(NOW, "m1"))
    if isinstance(inbound, Denied):
        assert inbound.fault in (Fault.NOT_SUPPORTED, Fault.NOT_IMPLEMENTED), "the shortest document can be read"
        return f"`{Spelling.OCPP2.code(inbound.fault)}`"
    answered = json.loads(inbound.payload) if isinstance(inbound, Reply) else None
    return "handled" if answered is None else f"`{answered['status']}`" if answered else "noted"


def sent(protocol: Protocol) -> set[str]:
    """The messages by which a dialect asks."""
    named = [re.findall(r'\bOutgoingCall\(\s*"(\w+)"', getsource(ask)) for ask in vars(DIALECTS[protocol])["_call_builders"].values()]
    assert all(named), "each order names its message"
    return {action for actions in named for action in actions}


def test_each_ocpp_message_has_one_row_in_the_page_of_messages() -> None:
    for table in (FROM, TO):
        names = [row[0] for row in table]
        assert sorted(set(names)) == sorted(names)


@columns
def test_every_message_of_a_version_is_listed_and_only_data_transfer_goes_both_ways(column: int, protocol: Protocol) -> None:
    came, went = told(FROM, column), told(TO, column)
    assert came.keys() | went.keys() == standard(protocol)
    assert came.keys() & went.keys() == {"DataTransfer"}


@columns
def test_messages_from_chargers_are_handled_as_the_page_states(column: int, protocol: Protocol) -> None:
    said = told(FROM, column)
    assert said == {action: done(protocol, action) for action in said}


@columns
def test_messages_to_chargers_are_sent_as_the_page_states(column: int, protocol: Protocol) -> None:
    went = told(TO, column)
    assert {action for action, state in went.items() if state == "sent"} == sent(protocol)
    assert set(went.values()) <= {"sent", "not sent"}


@columns
def test_messages_meant_for_chargers_are_not_supported_when_a_charger_sends_them(column: int, protocol: Protocol) -> None:
    for action in told(TO, column).keys() - told(FROM, column).keys():
        assert DIALECTS[protocol].parse_call(action, "{}", CallContext(NOW, "m1")) == Denied(Fault.NOT_SUPPORTED), action
