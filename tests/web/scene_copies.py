"""What every test of pages begins with is lived through once; each test goes on from a copy of it."""

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.journal import JournaledDict

if TYPE_CHECKING:
    from .conftest import Scene


def become(scene: "Scene", other: "Scene") -> None:
    """What was put together on the scene, as an app, stays in front of it."""
    scene.transactions._use(_twin(vars(other.transactions)["_db"]))
    scene.ids._count, scene._sent = _forked(other.ids, "_count"), _forked(other, "_sent")
    scene.ada, scene.running = other.ada, list(other.running)


def is_still(scene: "Scene", other: "Scene") -> bool:
    """Whether nothing was kept since it became the other."""
    mine, theirs = (vars(vars(one.transactions)["_db"]) for one in (scene, other))
    return all(value._values == theirs[name]._values for name, value in mine.items() if isinstance(value, JournaledDict))


def _twin(world: MemoryDatabase) -> MemoryDatabase:
    """Values are frozen, so they are shared; a journal is not."""
    made = MemoryDatabase()
    for name, value in list(vars(world).items()):
        if isinstance(value, JournaledDict):
            getattr(made, name)._values.update(value._values)
        elif isinstance(value, count):
            setattr(made, name, _forked(world, name))
        elif name != "journal":
            setattr(made, name, value)
    return made


def _forked(holder: object, name: str) -> Iterator[int]:
    """Both go on from where the holder's numbers are."""
    at = next(getattr(holder, name))
    setattr(holder, name, count(at))
    return count(at)
