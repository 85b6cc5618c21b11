"""Converts stored values to JSON and back.

msgspec handles the types it can read itself. It cannot distinguish the classes of a union of dataclasses, so
values of such a union carry their class name as "kind", and everything around them is packed and unpacked here.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache, lru_cache
from types import UnionType
from typing import Any, Generic, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

V = TypeVar("V")
KIND = "kind"
# PostgreSQL text cannot contain NUL; if another backslash precedes the sequence, it is not an escape of NUL.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def json_bytes(value: object) -> bytes:
    """JSON that PostgreSQL can store: NUL, which its text type cannot hold, becomes U+FFFD."""
    encoded = msgspec.json.encode(value)
    return _NUL.sub(rb"\1\\ufffd", encoded) if b"\\u0000" in encoded else encoded


def sorted_json(data: bytes) -> str:
    """The same text for the same value, however it was written."""
    return msgspec.json.encode(msgspec.json.decode(data), order="deterministic").decode()


class Codec(Generic[V]):
    """Packs values of one type (a dataclass or a union of dataclasses) and reads them back, equal."""

    def __init__(self, kind: Any) -> None:
        self._plain = _is_plain(kind)
        self._pack: Callable[[Any], Any] = _packer(kind)
        self._unpack: Callable[[Any], Any] = _unpacker(kind)
        self._decode = _decoder(kind).decode if self._plain else None

    def pack(self, value: V) -> object:
        """Something `json_bytes` can serialise."""
        return value if self._plain else self._pack(value)

    def read(self, data: bytes) -> V:
        if self._decode is not None:
            return self._decode(data)  # type: ignore[no-any-return]
        return self._unpack(msgspec.json.decode(data))  # type: ignore[no-any-return]


class CachingCodec(Codec[V]):
    """For values read far more often than written: texts that were read lately are not decoded again.

    Values are frozen, so readers of the same text can share one value. most: number of texts remembered.
    """

    def __init__(self, kind: Any, most: int) -> None:
        super().__init__(kind)
        self._remembered = lru_cache(most)(super().read)

    def read(self, data: bytes) -> V:
        return self._remembered(data)


@cache
def _decoder(kind: Any) -> "msgspec.json.Decoder[Any]":
    """Cached per type: making one costs as much as reading several values."""
    return msgspec.json.Decoder(kind)


def _bare(kind: Any) -> Any:
    while isinstance(kind, NewType):
        kind = kind.__supertype__
    return kind


def _members(kind: Any) -> tuple[Any, ...]:
    """The members of a union without None; empty for anything else."""
    return tuple(_bare(one) for one in get_args(kind) if one is not type(None)) if get_origin(kind) in (Union, UnionType) else ()


def _classes(members: tuple[Any, ...]) -> list[type]:
    return [one for one in members if isinstance(one, type) and is_dataclass(one)]


def _hints(kind: type) -> dict[str, Any]:
    """The fields a value is built from; fields that it derives from them itself are not stored."""
    hints = get_type_hints(kind)
    return {field.name: _bare(hints[field.name]) for field in fields(kind) if field.init}


@cache
def _is_plain(kind: Any) -> bool:
    kind = _bare(kind)
    members = _members(kind)
    if members:
        return sum(is_dataclass(one) for one in members) <= 1 and all(_is_plain(one) for one in members)
    if is_dataclass(kind) and isinstance(kind, type):
        return all(field.init for field in fields(kind)) and all(_is_plain(one) for one in _hints(kind).values())
    return all(_is_plain(one) for one in get_args(kind) if one not in (Ellipsis, type(None)))


@cache
def _packer(kind: Any) -> Callable[[Any], Any]:
    kind = _bare(kind)
    if _is_plain(kind):
        return lambda value: value
    members = _members(kind)
    if members:
        by_class = {one: _packer(one) for one in _classes(members)}
        tagged = len(by_class) > 1

        def pack_member(value: Any) -> Any:
            pack = by_class.get(type(value))
            if pack is None:
                return value
            packed = pack(value)
            return {KIND: type(value).__name__, **_as_mapping(packed)} if tagged else packed

        return pack_member
    if is_dataclass(kind) and isinstance(kind, type):
        parts = [(name, _packer(one)) for name, one in _hints(kind).items()]
        return lambda value: {name: pack(getattr(value, name)) for name, pack in parts}
    if get_origin(kind) is tuple and len(get_args(kind)) == 2 and get_args(kind)[1] is Ellipsis:
        pack_one = _packer(get_args(kind)[0])
        return lambda value: [pack_one(one) for one in value]
    raise TypeError(f"{kind!r} cannot be stored")


def _as_mapping(packed: Any) -> Mapping[str, Any]:
    return packed if isinstance(packed, dict) else {field.name: getattr(packed, field.name) for field in fields(packed)}


@cache
def _unpacker(kind: Any) -> Callable[[Any], Any]:
    kind = _bare(kind)
    if _is_plain(kind):
        return lambda data: msgspec.convert(data, kind)
    members = _members(kind)
    if members:
        by_name = {one.__name__: _unpacker(one) for one in _classes(members)}
        tagged = len(by_name) > 1
        only = next(iter(by_name.values()))

        def unpack_member(data: Any) -> Any:
            if not isinstance(data, dict):
                return data
            return by_name[data[KIND]](data) if tagged else only(data)

        return unpack_member
    if is_dataclass(kind) and isinstance(kind, type):
        parts = [(name, _unpacker(one)) for name, one in _hints(kind).items()]
        return lambda data: kind(**{name: unpack(data[name]) for name, unpack in parts if name in data})
    unpack_one = _unpacker(get_args(kind)[0])
    return lambda data: tuple(unpack_one(one) for one in data)
