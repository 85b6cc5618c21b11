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
        value = document.get(field.encode_name)
        place = f"{where}.{field.encode_name}"
        if value is not None and field.required:
            values[field.name] = _value(value, field.type, place, flags)
        elif value is not None:
            values.update(_optional(value, field, place, flags))
        elif field.required:
            values[field.name] = _missing(field, place, flags)
    return shape.cls(**values)


def _optional(value: Any, field: inspect.Field, where: str, flags: list[str]) -> dict[str, Any]:
    """An unreadable optional value must not cost us the whole charge."""
    try:
        return {field.name: _value(value, field.type, where, flags)}
    except UnreadableError:
        add_flag(flags, "dropped")
        return {}


def _missing(field: inspect.Field, where: str, flags: list[str]) -> Any:
    """Only a time may be missing: the time of arrival is used instead."""
    if field.encode_name != "timestamp":
        raise UnreadableError(Fault.OCCURRENCE, where)
    add_flag(flags, "occurrence")
    return ""


def _value(value: Any, shape: inspect.Type, where: str, flags: list[str]) -> Any:
    match shape:
        case inspect.UnionType():
            return _value(value, next(kind for kind in shape.types if not isinstance(kind, inspect.NoneType)), where, flags)
        case inspect.StructType() if isinstance(value, dict):
            return _struct(value, shape, where, flags)
        case inspect.ListType():
            return _list(value, shape, where, flags)
        case inspect.StrType() if isinstance(value, (str, int, float)):
            return _text(value, shape, flags)
        case inspect.LiteralType() if isinstance(value, str):
            return _literal(value, shape, flags)
        case inspect.IntType():
            return _integer(value, where, flags)
        case inspect.FloatType():
            return _number(value, where, flags)
        case inspect.BoolType() if value in (True, False, "true", "false"):
            return value in (True, "true")
        case inspect.DictType() if isinstance(value, dict):
            return value
        case inspect.AnyType():
            return value
        case _:
            raise UnreadableError(Fault.TYPE, where)


def _list(value: Any, shape: inspect.ListType, where: str, flags: list[str]) -> list[Any]:
    if not isinstance(value, list):
        add_flag(flags, "type")
        value = [value]
    items = []
    for index, item in enumerate(value):
        try:
            items.append(_value(item, shape.item_type, f"{where}[{index}]", flags))
        except UnreadableError:
            add_flag(flags, "dropped")
    if len(items) < (shape.min_length or 0):
        add_flag(flags, "occurrence")
    return items


def _text(value: str | float, shape: inspect.StrType, flags: list[str]) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    if text is not value:
        add_flag(flags, "type")
    if shape.max_length is not None and len(text) > shape.max_length:
        add_flag(flags, "length")
    return text


def _literal(word: str, shape: inspect.LiteralType, flags: list[str]) -> str:
    if word in shape.values:
        return word
    add_flag(flags, "enum")
    return next((str(value) for value in shape.values if str(value).lower() == word.strip().lower()), word)


def _integer(value: Any, where: str, flags: list[str]) -> int:
    if type(value) is int:
        return value
    add_flag(flags, "type")
    number = _number(value, where, flags)
    if not number.is_integer():
        raise UnreadableError(Fault.TYPE, where)
    return int(number)


def _number(value: Any, where: str, flags: list[str]) -> float:
    if isinstance(value, str):
        add_flag(flags, "type")
    elif type(value) not in (int, float):
        raise UnreadableError(Fault.TYPE, where)
    try:
        number = float(value)
    except (ValueError, OverflowError) as error:
        raise UnreadableError(Fault.TYPE, where) from error
    if not -1e300 < number < 1e300:
        raise UnreadableError(Fault.PROPERTY, where)
    return number
