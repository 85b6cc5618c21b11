"""The second decoder: reads what real chargers send for a message type even though it violates the schema.

It drops unknown fields, converts numbers in strings and strings in numbers, wraps a single object where a list is expected,
keeps strings that are too long or not in an enumeration, and drops unreadable optional values. Each tolerated fault adds a flag.
"""

import json
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from forecourt.gateway.dialects.flags import add_flag
from forecourt.gateway.dialects.unreadable import UnreadableError
from forecourt.gateway.wire import Fault


def decode_leniently(document: Any, kind: type[msgspec.Struct], flags: list[str]) -> Any:
    """The document as the type, as far as possible. Raises UnreadableError if nothing sensible can be made of it."""
    shape = _shape(kind)
    if not isinstance(document, dict):
        raise UnreadableError(Fault.TYPE, "$")
    return _struct(document, shape, "$", flags)


@cache
def _shape(kind: type[msgspec.Struct]) -> inspect.StructType:
    shape = inspect.type_info(kind)
    assert isinstance(shape, inspect.StructType)  # noqa: S101 - a Struct has no other type
    return shape


def _struct(document: dict[str, Any], shape: inspect.StructType, where: str, flags: list[str]) -> Any:
    known = {field.encode_name for field in shape.fields}
    if not document.keys() <= known:
        add_flag(flags, "unknown_field")
    values: dict[str, Any] = {}
    for field in shape.fields:
        given = document.get(field.encode_name)
        place = f"{where}.{field.encode_name}"
        if given is not None and field.required:
            values[field.name] = _value(given, field.type, place, flags)
        elif given is not None:
            values.update(_optional(given, field, place, flags))
        elif field.required:
            values[field.name] = _missing(field, place, flags)
    return shape.cls(**values)


def _optional(given: Any, field: inspect.Field, where: str, flags: list[str]) -> dict[str, Any]:
    """An unreadable optional value must not cost us the whole charge."""
    try:
        return {field.name: _value(given, field.type, where, flags)}
    except UnreadableError:
        add_flag(flags, "dropped")
        return {}


def _missing(field: inspect.Field, where: str, flags: list[str]) -> Any:
    """Only a time may be missing: the time of arrival is used instead."""
    if field.encode_name != "timestamp":
        raise UnreadableError(Fault.OCCURRENCE, where)
    add_flag(flags, "occurrence")
    return ""


def _value(given: Any, shape: inspect.Type, where: str, flags: list[str]) -> Any:
    match shape:
        case inspect.UnionType():
            return _value(given, next(kind for kind in shape.types if not isinstance(kind, inspect.NoneType)), where, flags)
        case inspect.StructType() if isinstance(given, dict):
            return _struct(given, shape, where, flags)
        case inspect.ListType():
            return _list(given, shape, where, flags)
        case inspect.StrType() if isinstance(given, (str, int, float)):
            return _text(given, shape, flags)
        case inspect.LiteralType() if isinstance(given, str):
            return _word(given, shape, flags)
        case inspect.IntType():
            return _integer(given, where, flags)
        case inspect.FloatType():
            return _number(given, where, flags)
        case inspect.BoolType() if given in (True, False, "true", "false"):
            return given in (True, "true")
        case inspect.DictType() if isinstance(given, dict):
            return given
        case inspect.AnyType():
            return given
        case _:
            raise UnreadableError(Fault.TYPE, where)


def _list(given: Any, shape: inspect.ListType, where: str, flags: list[str]) -> list[Any]:
    if not isinstance(given, list):
        add_flag(flags, "type")
        given = [given]
    kept = []
    for index, item in enumerate(given):
        try:
            kept.append(_value(item, shape.item_type, f"{where}[{index}]", flags))
        except UnreadableError:
            add_flag(flags, "dropped")
    if len(kept) < (shape.min_length or 0):
        add_flag(flags, "occurrence")
    return kept


def _text(given: str | float, shape: inspect.StrType, flags: list[str]) -> str:
    text = given if isinstance(given, str) else json.dumps(given)
    if text is not given:
        add_flag(flags, "type")
    if shape.max_length is not None and len(text) > shape.max_length:
        add_flag(flags, "length")
    return text


def _word(given: str, shape: inspect.LiteralType, flags: list[str]) -> str:
    if given in shape.values:
        return given
    add_flag(flags, "enum")
    return next((str(value) for value in shape.values if str(value).lower() == given.strip().lower()), given)


def _integer(given: Any, where: str, flags: list[str]) -> int:
    if type(given) is int:
        return given
    add_flag(flags, "type")
    number = _number(given, where, flags)
    if not number.is_integer():
        raise UnreadableError(Fault.TYPE, where)
    return int(number)


def _number(given: Any, where: str, flags: list[str]) -> float:
    if isinstance(given, str):
        add_flag(flags, "type")
    elif type(given) not in (int, float):
        raise UnreadableError(Fault.TYPE, where)
    try:
        number = float(given)
    except (ValueError, OverflowError) as error:
        raise UnreadableError(Fault.TYPE, where) from error
    if not -1e300 < number < 1e300:
        raise UnreadableError(Fault.PROPERTY, where)
    return number
