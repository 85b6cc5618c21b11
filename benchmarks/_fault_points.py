"""Counts the points at which something can go wrong, and holds the plan of one run: what goes wrong at which point.

A point is a commit, an order on its way to the provider or a charger, or an event on its way from the provider. A story is played
once without a plan to count its points; then once for each point and each fault that can occur there.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from forecourt.flows.ports import Store, StoreUnavailable, Transactions


class Act(StrEnum):
    """What goes wrong. Killed: no code of this incarnation runs on; what waits is found by the next one."""

    KILLED_BEFORE = "killed before it is done"
    KILLED_AFTER = "killed after it was done"
    NOT_DONE = "not done, and told so"
    UNKNOWN = "done, but nobody is told"
    TWICE = "done twice"
    LOST = "lost for ever"
    LATE = "told a day later"


ACTS: Mapping[str, tuple[Act, ...]] = {
    "webhook": (Act.LOST, Act.TWICE, Act.LATE),
    "charger": (Act.KILLED_BEFORE, Act.KILLED_AFTER, Act.NOT_DONE, Act.UNKNOWN),
    "provider": (Act.KILLED_BEFORE, Act.KILLED_AFTER, Act.NOT_DONE, Act.UNKNOWN, Act.TWICE),
    "commit": (Act.KILLED_BEFORE, Act.KILLED_AFTER, Act.NOT_DONE, Act.UNKNOWN),
}


class Down(BaseException):
    """The process died here."""


@dataclass
class Points:
    """kinds: of the points passed so far. plan: what happens at which, by number from 0."""

    plan: Mapping[int, Act] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    on: bool = True

    def next(self, kind: str, what: str = "") -> Act | None:
        """The act of this point; None = all goes well, also where the plan names one that cannot happen here."""
        if not self.on:
            return None
        number = len(self.kinds)
        self.kinds.append(kind)
        act = self.plan.get(number)
        if act is None or act not in ACTS[kind]:
            return None
        self.told.append(f"{number}: {kind} {what}: {act.value}")
        return act


class FaultyTransactions(Transactions):
    """Units of work whose commit may be undone, unknown, or the last thing this process did."""

    def __init__(self, inner: Transactions, points: Points) -> None:
        self.inner, self._points = inner, points

    @contextmanager
    def begin(self) -> Iterator[Store]:
        with self.inner.begin() as store:
            yield store
            act = self._points.next("commit")
            if act is Act.KILLED_BEFORE:
                raise Down
            if act is Act.NOT_DONE:
                raise StoreUnavailable("the connection was lost before the commit")
        if act is Act.KILLED_AFTER:
            raise Down
        if act is Act.UNKNOWN:
            raise StoreUnavailable("the connection was lost in the commit")
