"""Repositories that are made on first access: a unit of work needs few of the forty."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

R = TypeVar("R")


class LazyRepository(Generic[R]):
    """make: makes it from the unit. After the first access it is a plain attribute of the unit."""

    def __init__(self, make: Callable[[Any], R]) -> None:
        self._make = make

    def __set_name__(self, _unit: type, name: str) -> None:
        self._name = name

    def __get__(self, unit: object, _kind: type) -> R:
        made = vars(unit)[self._name] = self._make(unit)
        return made


def flush_created(unit: object, names: Iterable[str]) -> None:
    """Make the existing repositories write what is pending, in this order."""
    made = vars(unit)
    for name in names:
        if name in made:
            made[name].flush()
