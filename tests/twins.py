"""Does the same to both stores and compares what they answer: random values from small pools, so that keys meet, tie and miss."""

import os
import random
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from linecache import getline
from types import NoneType, UnionType
from typing import Any, Literal, NewType, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest

from forecourt.drivers import Driver
from forecourt.flows.ports import ListPage, PageRequest, Store, Transactions
from forecourt.kernel import ChargerId, DriverId, EvseId, Money, OperatorId, Refused, SiteId, Span
from forecourt.stations import Approval, Charger, Evse, Operator, Site
from forecourt.store.memory.constraints import ForeignKey
from forecourt.store.memory.database import MemoryDatabase
from forecourt.store.memory.journal import Rows
from forecourt.store.memory.schema import SCHEMA

V = TypeVar("V")
Act = Callable[[Store], object]
T0 = datetime(2026, 11, 23, 12, tzinfo=UTC)
TRIES = 200
STRAY = 0.1
# More than in every run: TWIN_SEEDS=300 pytest tests/store -k twins
seeds = pytest.mark.parametrize("seed", range(int(os.environ.get("TWIN_SEEDS", "3"))))


class Chance:
    """Builds values of any stored type. pools: what to take for a NewType, or for every field of a name."""

    def __init__(self, seed: int, pools: Mapping[object, Sequence[object]]) -> None:
        self.random = random.Random(seed)
        self.pools = dict(pools)

    def id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128))

    def ids(self, count: int) -> list[UUID]:
        return [self.id() for _ in range(count)]

    def at(self) -> datetime:
        return T0 + timedelta(hours=self.random.randrange(-3, 4))

    def span(self) -> Span:
        start = self.at()
        return Span(start, start + timedelta(hours=self.random.randrange(1, 5)))

    def pick(self, key: object) -> Any:
        return self.random.choice(self.pools[key])

    def some(self, key: object) -> list[Any]:
        """Several of a pool, or none."""
        return self.random.sample(self.pools[key], self.random.randrange(len(self.pools[key]) + 1))

    def make(self, kind: type[V], /, **given: object) -> V:
        """given: fields that are not left to chance."""
        hints = get_type_hints(kind)
        names = [one.name for one in fields(kind) if one.init] if is_dataclass(kind) else [*kind.__struct_fields__]  # type: ignore[attr-defined]
        assert not (unknown := given.keys() - names), f"{kind.__name__} has no {unknown}"
        for _ in range(TRIES):
            try:
                return kind(**{name: given[name] if name in given else self._value(hints[name], name) for name in names})
            except (Refused, ValueError):
                continue
        raise AssertionError(f"no {kind.__name__} was made in {TRIES} tries")

    def _value(self, hint: Any, name: str) -> Any:
        if name in self.pools:
            return self.pick(name)
        if hint in self.pools:
            return self.pick(hint)
        if isinstance(hint, NewType):
            return self._value(hint.__supertype__, name)
        if get_origin(hint) is Literal:
            return self.random.choice(get_args(hint))
        if get_origin(hint) in (Union, UnionType):
            return self._value(self.random.choice(get_args(hint)), "")
        if get_origin(hint) is tuple:
            inner = get_args(hint)
            some = [inner[0]] * self.random.randrange(3) if inner[1:] == (...,) else inner
            return tuple(self._value(one, "") for one in some)
        return {} if get_origin(hint) is Mapping else self._plain(hint)

    def _plain(self, hint: Any) -> Any:
        made: dict[object, Callable[[], object]] = {
            NoneType: lambda: None,
            bool: lambda: self.random.random() < 0.5,
            int: lambda: self.random.randrange(4),
            float: lambda: float(self.random.randrange(4)),
            str: lambda: self.random.choice(("", "a", "B", "ä", "b-1")),
            bytes: lambda: self.random.randbytes(8),
            UUID: self.id,
            Decimal: lambda: Decimal(self.random.randrange(1, 5)),
            datetime: self.at,
            date: lambda: self.at().date() + timedelta(days=self.random.randrange(3)),
            timedelta: lambda: timedelta(minutes=self.random.randrange(9)),
            Span: self.span,
            Money: lambda: Money(self.random.randrange(-3, 6) * 100, self.random.choice(("EUR", "EUR", "USD"))),
        }
        if hint in made:
            return made[hint]()
        if isinstance(hint, type) and issubclass(hint, Enum):
            return self.random.choice(list(hint))
        return self.make(hint)


def _references() -> Mapping[type, Sequence[str]]:
    """The fields of each stored type that refer to another table."""
    kinds = {one.table: get_args(one.__orig_class__)[1] for one in vars(MemoryDatabase).values() if isinstance(one, Rows)}  # type: ignore[attr-defined]
    found = defaultdict[type, list[str]](list)
    for one in SCHEMA:
        if isinstance(one, ForeignKey) and isinstance(one.columns, str):
            found[kinds[one.table]] += one.columns.split()
    return found


_REFERENCES = _references()


class Twins:
    """Both stores, which are always told the same."""

    def __init__(self, postgres: Transactions, memory: Transactions) -> None:
        self._stores = (postgres, memory)

    def do(self, *acts: Act) -> bool:
        """One unit of work, which both stores accept (True) or both refuse for the same reason."""
        return self._agreed(lambda store: [act(store) for act in acts] and None) is None

    def ask(self, queries: Collection[Act], *pending: Act) -> bool:
        """Whether both stores accept what is pending; both answer alike, before and after it is committed."""

        def answers(store: Store) -> list[object]:
            return [_answer(store, one) for one in queries]

        def write_and_answer(store: Store) -> list[object]:
            for act in pending:
                act(store)
            return answers(store)

        accepted = isinstance(self._agreed(write_and_answer, several=True), list)
        self._agreed(answers)
        return accepted

    def first(self, query: Callable[[Store], V]) -> V:
        """What one of them answers."""
        with self._stores[0].begin() as store:
            return query(store)

    def _agreed(self, act: Act, several: bool = False) -> object:
        """several: more than one rule may be broken, and which a store finds first does not matter."""
        postgres, memory = (_outcome(transactions, act) for transactions in self._stores)
        if isinstance(postgres, Refusal) and isinstance(memory, Refusal) and several:
            return postgres
        if isinstance(postgres, list) and isinstance(memory, list):
            pairs = zip(postgres, memory, strict=True)
            apart = [f"{query}\n  postgres {_short(one)}\n  memory   {_short(other)}" for (query, one), (_, other) in pairs if one != other]
            assert not apart, "\n".join(dict.fromkeys(apart))
        assert postgres == memory, f"postgres: {_short(postgres)}, memory: {_short(memory)}"
        return postgres


@dataclass(frozen=True, slots=True)
class Refusal:
    """text: which rule it was, for whoever reads that the other store accepted it."""

    code: str
    text: str = field(compare=False)


def _outcome(transactions: Transactions, act: Act) -> object:
    try:
        with transactions.begin() as store:
            return act(store)
    except Refused as refused:
        return Refusal(refused.code, str(refused))


def _answer(store: Store, query: Act) -> object:
    """With the query, for whoever reads that the answers differ."""
    try:
        found = query(store)
    except Refused as refused:
        found = Refusal(refused.code, str(refused))
    if isinstance(found, Sequence | Iterator) and not isinstance(found, str | bytes | range):
        found = list(found)
    code = query.__code__
    return getline(code.co_filename, code.co_firstlineno).strip(), found


def _short(found: object) -> str:
    """Enough of an answer to tell it from another."""
    if isinstance(found, list | tuple):
        return f"[{', '.join(_short(one) for one in found)}]"
    if isinstance(found, ListPage):
        return f"{_short(found.rows)} newer {found.newer!r} older {found.older!r}"
    named = [f"{name}={getattr(found, name)}" for name in ("id", "session_id", "number") if hasattr(found, name)]
    return f"{type(found).__name__}({', '.join(named)})" if named else repr(found)[:300]


def any_order(found: Collection[object]) -> list[object]:
    """For a port that promises no order."""
    return sorted(found, key=repr)


def walked(page: Callable[[PageRequest], ListPage[Any]]) -> list[object]:
    """Every page of two entries: forth, back again, and rising."""
    found: list[object] = []
    for step in ("older", "newer", "rising"):
        beside = found[-1].newer if step == "newer" and found else ""  # type: ignore[attr-defined]
        while True:
            request = PageRequest(beside, back=step == "newer" and bool(beside), limit=2, rising=step == "rising")
            found.append(one := page(request))
            beside = one.newer if step == "newer" else one.older
            if not beside:
                break
    return found


class World(Chance):
    """Two operators in both stores, each with sites, sockets and drivers: what the operators' rows may refer to.

    Rows refer to anything of either operator, so a query that forgets a filter finds too much.
    """

    def __init__(self, twins: Twins, seed: int) -> None:
        super().__init__(seed, {})
        self.twins = twins
        self._later: list[Callable[[], Act]] = []
        currencies = ("EUR", "USD")
        operators = [Operator(OperatorId(self.id()), one, one, "DE", "", "Street 1", one) for one in currencies]
        sites = [self._site(operators[n % 2], n) for n in range(3)]
        chargers = [Charger(ChargerId(f"C{n}"), Approval.APPROVED, one.operator_id, one.id) for n, one in enumerate((*sites, sites[0]))]
        evses = [self._evse(one, n) for n, one in enumerate(chargers)]
        drivers = [Driver(DriverId(self.id()), operators[n % 2].id, "ABab"[n], f"{n}@x.example") for n in range(4)]
        for one in operators:
            twins.do(lambda store, one=one: store.stations.put_operator(one))
        twins.do(
            *[lambda store, one=one: store.stations.put_site(one) for one in sites],
            *[lambda store, one=one: store.stations.put_charger(one) for one in chargers],
            *[lambda store, one=one: store.stations.put_evse(one) for one in evses],
            *[lambda store, one=one: store.drivers.put_driver(one) for one in drivers],
        )
        self.operators, self.sites, self.drivers = operators, sites, drivers
        self.pools.update(
            {
                OperatorId: [one.id for one in operators],
                SiteId: [one.id for one in sites],
                ChargerId: [one.id for one in chargers],
                EvseId: [one.id for one in evses],
                DriverId: [one.id for one in drivers],
            }
        )

    def _site(self, operator: Operator, n: int) -> Site:
        place = (Decimal("52.5"), Decimal("13.4"))
        return Site(SiteId(self.id()), operator.id, f"s{n}", f"Site {n}", "Street 1", "DE", "Europe/Berlin", operator.currency, *place)

    def _evse(self, charger: Charger, n: int) -> Evse:
        assert charger.operator_id
        assert charger.site_id
        label = "AaBb"[n]
        ids = (EvseId(self.id()), charger.operator_id, charger.site_id, charger.id)
        return Evse(*ids, 1, label, "IEC_62196_T2", "T2", ("L1",), 230, 32)

    def put(self, to: Callable[[Store], Callable[[Any], object]], kind: type[V], count: int, keys: str = "", /, **given: object) -> list[V]:
        """Puts values of a kind, each in a unit of its own, and changes some of them. keys: fields that a change leaves alone, if there
        are changes at all. given: as in `make`, or functions that make a field. Returns what both stores have taken."""
        taken: list[V] = []

        def act(changes: float = 0.4) -> tuple[Act, V]:
            before = self.random.choice(taken) if keys and taken and self.random.random() < changes else None
            made = {name: how() if callable(how) else how for name, how in given.items()}
            kept = {} if before is None else {name: getattr(before, name) for name in keys.split()}
            value = self.make(kind, **made | kept | self._stray(kind))
            return lambda store: to(store)(value), value

        for _ in range(count):
            putting, value = act()
            if self.twins.do(putting):
                taken.append(value)
        self._later.append(lambda: act(changes=0.8)[0])
        return taken

    def _stray(self, kind: type) -> dict[str, object]:
        """Now and then, a reference to something that does not exist."""
        names = _REFERENCES.get(kind, ())
        return {self.random.choice(names): self.id()} if names and self.random.random() < STRAY else {}

    def ask(self, queries: Callable[[], Collection[Act]], draws: int = 12) -> None:
        """Asks each query of both stores, with several draws of its arguments, while a few changes are pending and after."""
        drawn = [one for _ in range(draws) for one in queries()]
        tries = (self.twins.ask(drawn, *[later() for later in self._few()]) for _ in range(20))
        assert any(tries), "whatever was pending was refused"

    def _few(self) -> list[Callable[[], Act]]:
        most = min(4, len(self._later))
        return self.random.sample(self._later, most and self.random.randrange(1, most + 1))
