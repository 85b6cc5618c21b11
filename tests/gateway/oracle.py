"""The schemas that the PyPI package `ocpp` ships, as an independent judge of what we send."""

import json
from functools import cache
from importlib.resources import files

from jsonschema import Draft6Validator

from forecourt.stations import Protocol

FOLDERS = {Protocol.OCPP16: "v16", Protocol.OCPP201: "v201", Protocol.OCPP21: "v21"}


def check(protocol: Protocol, message: str, payload: bytes) -> None:
    """message: "HeartbeatRequest", "HeartbeatResponse". Raises what the schema says is wrong."""
    _validator(protocol, message).validate(json.loads(payload))


def is_valid(protocol: Protocol, message: str, payload: object) -> bool:
    return bool(_validator(protocol, message).is_valid(payload))


@cache
def _validator(protocol: Protocol, message: str) -> Draft6Validator:
    name = message.removesuffix("Request") if protocol is Protocol.OCPP16 else message
    text = (files("ocpp") / FOLDERS[protocol] / "schemas" / f"{name}.json").read_text("utf-8-sig")
    return Draft6Validator(json.loads(text))
