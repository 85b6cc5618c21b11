"""The schemas that the PyPI package `ocpp` ships, as an independent judge of what we send."""

import json
from functools import cache

from jsonschema import Draft6Validator

from forecourt.stations import Protocol
from ocpp_schemas import schema_of


def check(protocol: Protocol, message: str, payload: bytes) -> None:
    """message: "HeartbeatRequest", "HeartbeatResponse". Raises what the schema says is wrong."""
    _validator(protocol, message).validate(json.loads(payload))


def is_valid(protocol: Protocol, message: str, payload: object) -> bool:
    return bool(_validator(protocol, message).is_valid(payload))


@cache
def _validator(protocol: Protocol, message: str) -> Draft6Validator:
    return Draft6Validator(schema_of(protocol, message))
