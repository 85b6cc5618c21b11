"""Rows written by earlier releases can still be read: the names that are stored are exactly those in stored_names.txt.

To add a field or a kind, run this file (`python tests/tidy/test_stored_names.py`) and commit the list. To rename or remove one, also add
a migration that rewrites the rows.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from importlib import import_module
from pathlib import Path
from types import UnionType
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

import msgspec

from forecourt.stations import Fact

SOURCE = Path(__file__).parents[2] / "src" / "forecourt" / "store" / "postgres"
NAMES = Path(__file__).with_name("stored_names.txt")


def stored_types() -> Iterator[Any]:
    """The type of every `Codec[T](T)` in the PostgreSQL store, and of the facts that chargers report."""
    for file in sorted(SOURCE.glob("*.py")):
        module = import_module(f"forecourt.store.postgres.{file.stem}")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Subscript)
                and ast.unparse(node.func.value) in ("Codec", "CachingCodec")
            ):
                yield eval(ast.unparse(node.args[0]), vars(module))
    yield Fact


def stored_names() -> list[str]:
    """A line for each stored class, without the class name, which may change; and one for each union, which stores the class names."""
    lines: set[str] = set()
    seen: set[Any] = set()
    waiting = list(stored_types())
    while waiting:
        kind = waiting.pop()
        while isinstance(kind, NewType):
            kind = kind.__supertype__
        if kind in seen:
            continue
        seen.add(kind)
        waiting += get_args(kind)
        classes = [one for one in get_args(kind) if is_dataclass(one) or hasattr(one, "__struct_fields__")]
        if get_origin(kind) in (Union, UnionType) and len(classes) > 1:
            lines.add("kinds " + " ".join(sorted(one.__name__ for one in classes)))
        names = _names(kind)
        if names:
            lines.add("fields " + " ".join(sorted(names)))
            waiting += get_type_hints(kind).values()
    return sorted(lines)


def _names(kind: Any) -> list[str]:
    if is_dataclass(kind):
        return [one.name for one in fields(kind) if one.init]
    return list(kind.__struct_encode_fields__) if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else []


def test_names_of_stored_fields_and_kinds_are_unchanged() -> None:
    known, now = set(NAMES.read_text(encoding="utf-8").splitlines()), set(stored_names())
    assert now == known, f"\nno longer stored under these names: {sorted(known - now)}\nnew: {sorted(now - known)}\n{__doc__}"


if __name__ == "__main__":
    NAMES.write_text("\n".join(stored_names()) + "\n", encoding="utf-8")
    sys.stdout.write(f"{NAMES}\n")
