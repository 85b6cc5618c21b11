"""The schemas that the PyPI package `ocpp` ships, as an independent judge of what we send."""

import json
from functools import cache
from importlib.resources import files

from jsonschema import Draft6Validator

from forecourt.stations import Protocol

_FOLDERS = {Protocol.OCPP16: "v16", Protocol.OCPP201: "v201"}


def check(protocol: Protocol, message: str, payload: bytes) -> None:
    """message: "HeartbeatRequest", "HeartbeatResponse". Raises what the schema says is wrong."""
    _validator(protocol, message).validate(json.loads(payload))


def is_valid(protocol: Protocol, message: str, payload: object) -> bool:
    return bool(_validator(protocol, message).is_valid(payload))


@cache
def _validator(protocol: Protocol, message: str) -> Draft6Validator:
    name = message if protocol is Protocol.OCPP201 else message.removesuffix("Request")
    text = (files("ocpp") / _FOLDERS[protocol] / "schemas" / f"{name}.json").read_text("utf-8-sig")
    return Draft6Validator(json.loads(text))
