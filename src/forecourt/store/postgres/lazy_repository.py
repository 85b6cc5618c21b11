"""Repositories that are created on first access: a unit of work needs few of the forty."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Generic, TypeVar
from weakref import proxy

R = TypeVar("R")


class LazyRepository(Generic[R]):
    """create: creates it from the unit of work. After the first access it is a plain attribute of the unit."""

    def __init__(self, create: Callable[[Any], R]) -> None:
        self._create = create

    def __set_name__(self, _unit: type, name: str) -> None:
        self._name = name

    def __get__(self, unit: object, _kind: type) -> R:
        created = vars(unit)[self._name] = self._create(unit)
        return created


def flush_created(unit: object, names: Iterable[str]) -> None:
    """Let those of the repositories that exist write what is pending, in this order."""
    created = vars(unit)
    for name in names:
        if name in created:
            created[name].flush()


def flush_of(unit: object, *names: str) -> Callable[[], None]:
    """For a repository whose queries read what others write: `flush_created` of these. It does not keep the unit alive."""
    return partial(flush_created, proxy(unit), names)
