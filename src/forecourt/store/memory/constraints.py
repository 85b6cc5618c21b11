"""Checks at commit what the database would refuse: the constraints are values (in `schema`), and this is the one place that applies them.

As PostgreSQL does when it writes what a unit of work has changed: row by row, in the order of the changes, first what a single row must
satisfy and then the unique keys, each against the rows as they are by then; what is deferred, once all rows are written.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, NamedTuple

from forecourt.kernel import Refused
from forecourt.store.errors import missing, refusal
from forecourt.store.memory.journal import ABSENT, Journal, JournaledDict

# What is compared of a row: fields of the value by name, several separated by blanks, or a function of the key and the value.
# A row is left out of a unique key, and refers to nothing, if that is None or one of several fields is None.
Columns = str | Callable[[Any, Any], Any]
Period = tuple[datetime, datetime | None]


def own_key(key: Any, _value: Any) -> Any:
    """Columns: the key itself."""
    return key


@dataclass(frozen=True, slots=True)
class Check:
    """Something that each row satisfies. name: of the constraint, as for all kinds."""

    name: str
    table: str
    holds: Callable[[Any], bool]


def _never(_before: Any, _after: Any) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Fixed:
    """Rows that stay as they are. allowed: the changes that are possible nevertheless, from the value before to the one after (None: it is
    deleted). once: PostgreSQL inserts, so that a second `put` is refused even within the unit of work of the first."""

    name: str
    table: str
    allowed: Callable[[Any, Any], bool] = _never
    once: bool = False


@dataclass(frozen=True, slots=True)
class Unique:
    """No two rows have the same columns; with `during`, none that are valid at the same time. Periods include their start; an end of None
    is never."""

    name: str
    table: str
    columns: Columns
    during: Callable[[Any], Period] | None = None
    deferred: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Each row refers to a row of another table, by its key. same_operator: the columns are an operator and that key, and both rows are of
    that operator. Checked when all rows are written: if it is deferred, after the deferred unique keys, else before them."""

    name: str
    table: str
    columns: Columns
    to: str
    same_operator: bool = False
    deferred: bool = True


Constraint = Check | Fixed | Unique | ForeignKey


class _Change(NamedTuple):
    """Of one row in the unit of work. before, after: ABSENT if there is none. puts: how often it was put."""

    table: str
    key: Any
    before: Any
    after: Any
    puts: int


class Constraints:
    """The constraints of a database, with an index for each unique key. tables: by name; rows that they have already are taken as valid."""

    def __init__(self, constraints: Iterable[Constraint], tables: Mapping[str, JournaledDict[Any, Any]]) -> None:
        self._of_row = defaultdict[str, list[Check | Fixed]](list)
        self._unique = defaultdict[str, list[_Index]](list)
        self._foreign = defaultdict[tuple[str, bool], list[_Reference]](list)
        self._referring = defaultdict[tuple[str, bool], list[_Reference]](list)
        for one in constraints:
            if isinstance(one, Unique):
                self._unique[one.table].append(_Index(one, tables[one.table]))
            elif isinstance(one, ForeignKey):
                reference = _Reference(one, tables)
                self._foreign[one.table, one.deferred].append(reference)
                self._referring[one.to, one.deferred].append(reference)
            else:
                self._of_row[one.table].append(one)

    def check(self, journal: Journal) -> None:
        """Raise for the first constraint that what was changed violates: Conflict, as the PostgreSQL store does."""
        changes, moves = list(_changes(journal)), list[_Move]()
        try:
            for one in changes:
                self._check_row(one)
                self._index(one, moves)
            self._check_references(changes, deferred=False)
            for move in moves:
                if move.place.rule.deferred:
                    move.check()
            self._check_references(changes, deferred=True)
        except Refused:
            for move in reversed(moves):
                move.undo()
            raise

    def _check_row(self, change: _Change) -> None:
        for rule in self._of_row.get(change.table, ()):
            if isinstance(rule, Check):
                holds = change.after is ABSENT or rule.holds(change.after)
            else:
                twice = rule.once and change.puts > 1
                same = change.before is ABSENT or rule.allowed(change.before, None if change.after is ABSENT else change.after)
                holds = same and not twice
            if not holds:
                raise refusal(rule.name, f"{change.key}")

    def _index(self, change: _Change, moves: "list[_Move]") -> None:
        """Bring the indexes up to date with a row, and add how to `moves`."""
        for index in self._unique.get(change.table, ()):
            before, after = index.entry(change.key, change.before), index.entry(change.key, change.after)
            if before != after:
                moves.append(_Move(index, change.key, before, after))
                moves[-1].do()
                if not index.rule.deferred:
                    moves[-1].check()

    def _check_references(self, changes: Iterable[_Change], deferred: bool) -> None:
        for change in changes:
            if change.after is not ABSENT:
                for reference in self._foreign.get((change.table, deferred), ()):
                    reference.check(change.key, change.after)
            if change.before is not ABSENT:
                for reference in self._referring.get((change.table, deferred), ()):
                    reference.check_referring(change)


def _changes(journal: Journal) -> Iterator[_Change]:
    """Each changed row once, in the order in which the rows were first changed."""
    before: dict[tuple[int, Any], list[Any]] = {}
    for table, key, was in journal:
        known = before.setdefault((id(table), key), [table, was, 0])
        known[2] += 1
    for (_, key), (table, was, puts) in before.items():
        now = table.get(key)
        if now is not None or was is not ABSENT:
            yield _Change(table.table, key, was, ABSENT if now is None else now, puts)


_Entry = tuple[Any, Period | None] | None


class _Index:
    """The rows of a unique key: by its columns, the key of each row with the period in which it is valid."""

    def __init__(self, rule: Unique, rows: JournaledDict[Any, Any]) -> None:
        self.rule = rule
        self._columns = _reader(rule.columns)
        self._rows: dict[Any, dict[Any, Period | None]] = {}
        for key, value in rows.items():
            self.replace(key, None, self.entry(key, value))

    def entry(self, key: Any, value: Any) -> _Entry:
        found = None if value is ABSENT else self._columns(key, value)
        return None if found is None else (found, self.rule.during(value) if self.rule.during else None)

    def replace(self, key: Any, before: _Entry, after: _Entry) -> None:
        if before is not None:
            alike = self._rows[before[0]]
            del alike[key]
            if not alike:
                del self._rows[before[0]]
        if after is not None:
            self._rows.setdefault(after[0], {})[key] = after[1]

    def clashes(self, key: Any, entry: _Entry) -> bool:
        if entry is None:
            return False
        columns, period = entry
        alike = self._rows.get(columns, {})
        return len(alike) > 1 and any(other != key and _overlap(period, one) for other, one in alike.items())


class _Move(NamedTuple):
    """A row has got another place in an index, or none."""

    place: _Index
    key: Any
    before: _Entry
    after: _Entry

    def do(self) -> None:
        self.place.replace(self.key, self.before, self.after)

    def undo(self) -> None:
        self.place.replace(self.key, self.after, self.before)

    def check(self) -> None:
        if self.place.clashes(self.key, self.after):
            raise refusal(self.place.rule.name, f"{self.after}")


class _Reference:
    def __init__(self, rule: ForeignKey, tables: Mapping[str, JournaledDict[Any, Any]]) -> None:
        self._rule = rule
        self._rows, self._parents = tables[rule.table], tables[rule.to]
        self._columns = _reader(rule.columns)

    def check(self, key: Any, value: Any) -> None:
        referred = self._columns(key, value)
        if referred is not None and not self._parent_exists(referred):
            raise missing(self._rule.name, f"{referred}")

    def check_referring(self, parent: _Change) -> None:
        """A row that others may refer to is deleted, or has another operator now."""
        moved = self._rule.same_operator and parent.after is not ABSENT and parent.after.operator_id != parent.before.operator_id
        if parent.after is ABSENT or moved:
            for key, value in self._rows.items():
                self.check(key, value)

    def _parent_exists(self, referred: Any) -> bool:
        if not self._rule.same_operator:
            return referred in self._parents
        operator_id, key = referred
        parent = self._parents.get(key)
        return parent is not None and parent.operator_id == operator_id


def _reader(columns: Columns) -> Callable[[Any, Any], Any]:
    if not isinstance(columns, str):
        return columns
    names: Final = columns.split()
    read = attrgetter(*names)
    if len(names) == 1:
        return lambda _, value: read(value)

    def several(_: Any, value: Any) -> Any:
        found = read(value)
        return None if any(one is None for one in found) else found

    return several


def _overlap(one: Period | None, other: Period | None) -> bool:
    if one is None or other is None:
        return True
    starts = max(one[0], other[0])
    return all(end is None or starts < end for _, end in (one, other))
