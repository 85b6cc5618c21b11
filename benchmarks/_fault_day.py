"""One random day with faults, in virtual time; `faults.py` says what happens in it."""

import heapq
import itertools
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from random import Random

from _fault_allowances import LEAD_S, Word, words
from _fault_judging import CUT_S, Judge
from _fault_losses import Loss, Sign, boot_of, lose, losses, own_word
from _fault_site import MORNING, OPERATOR, SITE, Car, Killable, KilledError, Socket, Terms, drawn, keep
from _sequential_ids import SequentialIds
from msgspec.structs import replace as replace_message

from forecourt.flows.answers import apply_order_result, retry_in_s
from forecourt.flows.chargers import link_changed
from forecourt.flows.charging import accept, apply_facts
from forecourt.flows.ports import ChargerOrder, OutboxItem
from forecourt.flows.power import REPEAT_READINGS_AFTER_S, needs_reading, plan_power
from forecourt.flows.power.fallbacks import fallback_of
from forecourt.planning import EvseLimits, Grid, Row, compile_grid
from forecourt.stations import (
    Acknowledgement,
    ConnectorReported,
    ConnectorState,
    Fact,
    LimitRow,
    Message,
    MeterSample,
    Order,
    OrderResult,
    Outcome,
    ReadInventory,
    ReadSchedule,
    ReadSettings,
    ReportMeter,
    SetFallback,
    SetLimit,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Verdict,
)
from forecourt.store.memory import MemoryTransactions

DAY_S, STEP_S, METER_S = 10 * 3600, 300, 120


@dataclass
class Day:
    """One day. Times are seconds since its morning."""

    seed: int
    terms: Terms
    now: float = 0.0
    figures: Counter[str] = field(default_factory=Counter)
    words: list[Word] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice, self.judge = Random(self.seed), Judge(self.figures)
        self.ids, self.transactions, self.solver = SequentialIds(), MemoryTransactions(), Killable()
        self._queue: list[tuple[float, int, Callable[[], object]]] = []
        self._count = itertools.count()
        self._keys = itertools.count()
        self.sockets = drawn(self.dice)
        self.supply_a = float(self.dice.randint(3, 6) * len(self.sockets) + 30)
        with self.transactions.begin() as store:
            keep(store, self.sockets, self.terms, Random(f"{self.seed} tests"))
        self._wire(1.0)
        self._keep_fallbacks()
        self.binding = self.grid
        self.down_until = -1.0

    def _wire(self, share: float) -> None:
        """A row for each phase, and a panel for the first half of the sockets."""
        rows = []
        for phase in ("L1", "L2", "L3"):
            on = [one.evse.label for one in self.sockets if phase in one.evse.phases]
            half = on[: math.ceil(len(on) / 2)]
            if on:
                panel_a = max(40.0, 0.6 * self.supply_a)
                rows.append(LimitRow(f"supply {phase}", self.supply_a * share, tuple((label, 1.0) for label in on), self.supply_a))
                rows.append(LimitRow(f"panel {phase}", panel_a * share, tuple((label, 1.0) for label in half), panel_a))
        with self.transactions.begin() as store:
            store.stations.put_site(replace(store.stations.site(SITE), limits=tuple(rows)))
        # A three-phase car loads each of its lines with its own current: no angles between rows of one line.
        evses = [EvseLimits(one.evse.label, 32) for one in self.sockets]
        self.grid: Grid = compile_grid(tuple(Row(row.name, row.limit_a, row.weights) for row in rows), evses, worst_case=False)

    def _keep_fallbacks(self) -> None:
        """All chargers have booted and taken theirs, those that ignore profiles too."""
        with self.transactions.begin() as store:
            found = fallback_of(store, SITE, self.at())
            for socket in self.sockets:
                charger, grant = store.stations.charger(socket.evse.charger_id), store.plans.grant(socket.evse.id)
                assert charger is not None
                assert grant is not None
                amps, after_s = socket.fallback = found.at(charger) or (0, 0)
                store.plans.put_grant(replace(grant, fallback_a=amps, fallback_after_s=after_s, fallback_at=self.at()))
                self.figures["sockets_with_fallback"] += amps > 0

    # Time

    def at(self, seconds: float | None = None) -> datetime:
        return MORNING + timedelta(seconds=self.now if seconds is None else seconds)

    def later(self, seconds: float, what: Callable[[], object]) -> None:
        heapq.heappush(self._queue, (self.now + seconds, next(self._count), what))

    def run(self) -> "Day":
        self._set_up()
        while self._queue and self._queue[0][0] <= DAY_S:
            at, _, what = heapq.heappop(self._queue)
            self._flow(at)
            what()
            self._look_on()
        return self

    def _set_up(self) -> None:
        dice = self.dice
        self.later(STEP_S, self._step)
        for socket in self.sockets:
            self.later(dice.uniform(0, 7200), partial(self._comes, socket))
            self.later(dice.uniform(0, METER_S), partial(self._meter, socket))
            if dice.random() < 0.3:
                self.later(dice.uniform(1800, DAY_S), partial(self._drops, socket))
        for _ in range(dice.randint(0, 3)):
            self.later(dice.uniform(600, DAY_S), self._kill)
        if dice.random() < 0.5:
            self.later(dice.uniform(3600, DAY_S - 3600), self._cut)
        if self.terms.losing:
            for loss in losses(Random(f"{self.seed} losses"), self.sockets, DAY_S):
                self.later(loss.at, partial(self._loses, loss))
        if self.terms.allowed:
            self.words = list(words(Random(f"{self.seed} allowances"), DAY_S, self.supply_a * 230 * 3))
            for word in self.words:
                self.later(word.told, partial(self._word, word.tell))
                self.later(max(word.told, word.start - LEAD_S) + dice.uniform(0, 5), self._plan)
                self.later(word.start, lambda: None)
                self.later(word.end, partial(self._word, word.lift) if word.lifted else self._plan)

    def _flow(self, to: float) -> None:
        """Currents are constant between events, but for a car that fills up or wakes: it is looked at as it was, and as it becomes."""
        for socket in self.sockets:
            took = socket.draws_a(self.now) * 230 * len(socket.evse.phases) * (to - self.now) / 3600
            socket.wh += took
            if socket.car is not None:
                socket.car.took_wh += took
        self.now = to

    def _look_on(self) -> None:
        self.judge.words(self.words, self.sockets, self.now, self.down_until)
        self.judge.wires(self.binding, self.sockets, self.now)

    # What people, cars and weather do

    def _comes(self, socket: Socket) -> None:
        if socket.car is not None:
            return
        dice = self.dice
        wakes = self.now + (dice.uniform(60, 900) if dice.random() < 0.2 else dice.uniform(0, 90))
        socket.car = car = Car(dice.uniform(2000, 25_000), float(dice.choice((16, 32))), wakes)
        self.later(max(0.0, wakes - self.now) + 0.1, lambda: None)
        self.tell(socket, ConnectorReported(self.at(), 1, ConnectorState.OCCUPIED))
        self.later(dice.uniform(15, 60), lambda: self._starts(socket, car))
        self.later(dice.uniform(1800, 4 * 3600), lambda: self._goes(socket))

    def _starts(self, socket: Socket, car: Car) -> None:
        """Who is refused, because nobody has tested the socket and there is no room for all it can draw, tries again after a minute."""
        if socket.car is not car:
            return
        socket.begun += 1
        socket.until, socket.begun_at = -math.inf, self.now
        socket.before = socket.before and replace(socket.before, until=-math.inf)
        socket.transaction = f"{socket.evse.label}-{socket.begun}"
        self.later((socket.fallback[1] if socket.fallback else 0.0) + 0.1, lambda: None)
        sample = MeterSample(self.at(), int(socket.wh))
        answer = self.tell(socket, TransactionStarted(self.at(), 1, socket.transaction, "04CARD", samples=(sample,)))
        if answer is None or answer.verdict is Verdict.ACCEPTED:
            return
        self.figures["starts_refused"] += 1
        refused, socket.transaction = socket.transaction, None
        self.tell(socket, TransactionEnded(self.at(), refused, None, None, (sample,), StopReason.UNAUTHORISED))
        self.later(60, lambda: self._starts(socket, car))

    def _goes(self, socket: Socket) -> None:
        if socket.transaction is not None:
            sample = MeterSample(self.at(), int(socket.wh))
            self.tell(socket, TransactionEnded(self.at(), socket.transaction, None, None, (sample,), StopReason.DRIVER))
        socket.car = socket.transaction = None
        self.tell(socket, ConnectorReported(self.at(), 1, ConnectorState.AVAILABLE))
        self.later(self.dice.uniform(300, 5400), lambda: self._comes(socket))

    def _meter(self, socket: Socket) -> None:
        self.later(METER_S, lambda: self._meter(socket))
        self._reading(socket)

    def _reading(self, socket: Socket) -> None:
        """One in ten comes late, one in ten never."""
        if socket.transaction is None:
            return
        amps, fate = socket.draws_a(self.now), self.dice.random()
        sample = MeterSample(self.at(), int(socket.wh), power_w=round(amps * 230 * len(socket.evse.phases)), current_ma=round(amps * 1000))
        fact = TransactionUpdated(self.at(), 1, socket.transaction, samples=(sample,))
        # Wholly out of contact, nothing it was told can have held it.
        bare = not socket.linked and socket.begun_at > socket.lost_at and socket.fallback is None and amps > 6
        socket.bares = socket.bares or (bare and fate >= 0.2)
        if fate < 0.1:
            self.figures["readings_missing"] += 1
        elif fate < 0.2:
            self.figures["readings_late"] += 1
            self.later(self.dice.uniform(30, 300), partial(self.tell, socket, fact))
        else:
            self.tell(socket, fact)

    def _drops(self, socket: Socket) -> None:
        """The link is gone; that is noticed later; what is measured meanwhile is told when it is back."""
        self.figures["links_dropped"] += 1
        socket.linked, socket.lost_at = False, self.now
        self.later(self.dice.uniform(1, 60), lambda: self._link(socket) if not socket.linked else None)
        self.later(self.dice.uniform(30, 3600 * self.terms.lost_h), lambda: self._returns(socket))

    def _returns(self, socket: Socket) -> None:
        socket.linked, socket.linked_at = True, self.now
        self._link(socket)
        if socket.boots is not None:
            socket.boots()
        facts, socket.waiting = socket.waiting, []
        for fact in facts:
            self.tell(socket, fact)
        socket.loss_told, socket.bares = socket.loss_told or socket.bares, False

    def _loses(self, loss: Loss) -> None:
        socket = loss.socket
        self.figures[f"lost_{loss.sign.value}"] += 1
        lose(socket, loss.sign)
        if loss.sign is not Sign.NONE:
            socket.boots = partial(self._boots, loss)
            if socket.linked:
                socket.boots()

    def _boots(self, loss: Loss) -> None:
        socket = loss.socket
        socket.loss_told, socket.linked_at, socket.booted_at, socket.boots = True, self.now, self.now, None
        self.tell(socket, boot_of(loss, self.at()))
        there = ConnectorState.OCCUPIED if socket.car else ConnectorState.AVAILABLE
        self.tell(socket, ConnectorReported(self.at(self.now - 1), 1, there))
        if loss.ends and socket.transaction is not None and socket.car is not None:
            sample = MeterSample(self.at(), int(socket.wh))
            self.tell(socket, TransactionEnded(self.at(), socket.transaction, None, None, (sample,), StopReason.REBOOT))
            socket.transaction = None
            self.later(60, partial(self._starts, socket, socket.car))

    def _link(self, socket: Socket) -> None:
        with self.transactions.begin() as store:
            link_changed(store, socket.evse.charger_id, socket.linked, self.at())
        self._plan()

    def _kill(self) -> None:
        """In the middle of a plan; somebody starts it anew within ten minutes."""
        self.figures["planner_killed"] += 1
        self.solver.killed = True
        self._plan()
        self.down_until = self.now + self.dice.uniform(1, 600)
        self.solver = Killable()
        self.later(self.down_until - self.now, self._plan)

    def _word(self, what: Callable[..., None]) -> None:
        self.figures["allowances"] += 1
        with self.transactions.begin() as store:
            what(store, self.at, self.ids)
        self._plan()

    def _cut(self) -> None:
        self.figures["limits_cut"] += 1
        self._wire(0.5)
        self._plan()
        self.later(CUT_S, self._bind)

    def _bind(self) -> None:
        """Not before somebody has had the time to plan."""
        if self.now < self.down_until + CUT_S:
            self.later(self.down_until + CUT_S - self.now, self._bind)
        else:
            self.binding = self.grid

    # What the network does

    def tell(self, socket: Socket, fact: Fact) -> Acknowledgement | None:
        """What it is answered; None without a link."""
        if not socket.linked:
            socket.waiting.append(fact)
            return None
        charger_id = socket.evse.charger_id
        message = Message(charger_id, OPERATOR, SITE, fact.at, type(fact).__name__, fact, f"{charger_id}/{next(self._keys)}", "{}")
        with self.transactions.begin() as store:
            (answer,) = accept(store, [replace_message(message, received_at=self.at())])
        with self.transactions.begin() as store:
            applied = apply_facts(store, SITE, self.ids)
        if applied.replan:
            self._plan()
        else:
            self._deliver()
        return answer

    def _step(self) -> None:
        self.later(STEP_S, self._step)
        self._plan()

    def _plan(self) -> None:
        if self.now < self.down_until:
            self._deliver()
            return
        try:
            with self.transactions.begin() as store:
                plan_power(store, SITE, self.at(), self.ids, self.solver)
            self.figures["plans"] += 1
        except KilledError:
            return
        self._deliver()

    def _deliver(self) -> None:
        with self.transactions.begin() as store:
            items = list(store.outbox.claim("charger", self.at(), 100, 60))
        for item in items:
            self.later(self.dice.uniform(0.1, 2.0), partial(self._order, item))

    def _order(self, item: OutboxItem) -> None:
        socket = next(one for one in self.sockets if one.evse.charger_id == item.key)
        work = item.work
        assert isinstance(work, ChargerOrder)
        result = self._answer(socket, work.order) if socket.linked else OrderResult(Outcome.UNREACHABLE)
        with self.transactions.begin() as store:
            follow = apply_order_result(store, item, work, result, self.at(), self.ids)
            if (wait_s := retry_in_s(work, result, item.attempts)) is None:
                store.outbox.done(item.id, self.at(), result.outcome)
            else:
                store.outbox.retry(item.id, self.at(self.now + wait_s), result.outcome)
        if isinstance(follow, ReportMeter):
            self.later(self.dice.uniform(2, 8), lambda: self._reading(socket))
            for after_s in REPEAT_READINGS_AFTER_S:
                self.later(after_s, lambda: self._look(socket))

    def _answer(self, socket: Socket, order: Order) -> OrderResult:
        match order:
            case SetFallback(limit_a=amps, after_s=after_s):
                if socket.delay_s is not None:
                    self.figures["fallbacks_told"] += 1
                    self.later(socket.delay_s, partial(setattr, socket, "fallback", (amps, after_s)))
            case SetLimit():
                self.figures["limits_told"] += 1
                self._obey(socket, order)
                lost = self.dice.random() < 0.03
                self.figures["answers_lost"] += lost
                return OrderResult(Outcome.UNANSWERED if lost else Outcome.ACCEPTED)
            case ReadSchedule():
                return own_word(socket, self.now)
            case ReadSettings() | ReadInventory():
                return OrderResult(Outcome.UNSUPPORTED)
            case _:
                pass
        return OrderResult(Outcome.ACCEPTED)

    def _look(self, socket: Socket) -> None:
        """Asked once more where somebody waits for what it was told to give up."""
        with self.transactions.begin() as store:
            awaited = needs_reading(store, socket.evse.charger_id, socket.evse.number)
        if awaited and socket.linked:
            self.figures["looks_again"] += 1
            self.later(self.dice.uniform(0.1, 2.0), lambda: self._reading(socket))

    def _obey(self, socket: Socket, limit: SetLimit) -> None:
        """A car follows its pilot within five seconds, and orders are obeyed one after another."""
        if socket.delay_s is None or limit.transaction not in (None, socket.transaction):
            return
        transaction = socket.transaction
        # Its clock is right within a minute.
        until = math.inf if limit.until is None else (limit.until - MORNING).total_seconds() + socket.clock_s

        def change() -> None:
            if socket.transaction == transaction:
                socket.limit_a, socket.until = limit.limit_a, until

        socket.obeyed_at = max(socket.obeyed_at, self.now + socket.delay_s + self.dice.uniform(0, 5))
        self.later(socket.obeyed_at - self.now, change)
        if until < math.inf:
            self.later(until - self.now, lambda: None)
