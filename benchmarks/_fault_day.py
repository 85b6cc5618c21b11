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

from _fault_allowances import LEAD_S, SiteAllowance, draw_allowances
from _fault_judging import CUT_S, Judge
from _fault_losses import Loss, LossSign, boot_of, draw_losses, lose_fallback, reported_schedule
from _fault_site import MORNING, OPERATOR, SITE, Car, Killable, KilledError, Socket, Terms, draw_sockets, store_site
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
    allowances: list[SiteAllowance] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice, self.judge = Random(self.seed), Judge(self.figures)
        self.ids, self.transactions, self.solver = SequentialIds(), MemoryTransactions(), Killable()
        self._queue: list[tuple[float, int, Callable[[], object]]] = []
        self._count = itertools.count()
        self._keys = itertools.count()
        self.sockets = draw_sockets(self.dice)
        self.supply_a = float(self.dice.randint(3, 6) * len(self.sockets) + 30)
        with self.transactions.begin() as store:
            store_site(store, self.sockets, self.terms, Random(f"{self.seed} tests"))
        self._set_limits(1.0)
        self._store_fallbacks()
        self.binding = self.grid
        self.down_until = -1.0

    def _set_limits(self, share: float) -> None:
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

    def _store_fallbacks(self) -> None:
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

    def schedule(self, seconds: float, what: Callable[[], object]) -> None:
        heapq.heappush(self._queue, (self.now + seconds, next(self._count), what))

    def run(self) -> "Day":
        self._set_up()
        while self._queue and self._queue[0][0] <= DAY_S:
            at, _, what = heapq.heappop(self._queue)
            self._advance(at)
            what()
            self._check_limits()
        return self

    def _set_up(self) -> None:
        dice = self.dice
        self.schedule(STEP_S, self._plan_regularly)
        for socket in self.sockets:
            self.schedule(dice.uniform(0, 7200), partial(self._arrive, socket))
            self.schedule(dice.uniform(0, METER_S), partial(self._meter, socket))
            if dice.random() < 0.3:
                self.schedule(dice.uniform(1800, DAY_S), partial(self._drop_link, socket))
        for _ in range(dice.randint(0, 3)):
            self.schedule(dice.uniform(600, DAY_S), self._kill_planner)
        if dice.random() < 0.5:
            self.schedule(dice.uniform(3600, DAY_S - 3600), self._halve_limits)
        if self.terms.losing:
            for loss in draw_losses(Random(f"{self.seed} losses"), self.sockets, DAY_S):
                self.schedule(loss.at, partial(self._lose_fallback, loss))
        if self.terms.allowed:
            self.allowances = list(draw_allowances(Random(f"{self.seed} allowances"), DAY_S, self.supply_a * 230 * 3))
            for allowance in self.allowances:
                self.schedule(allowance.announced_at, partial(self._apply, allowance.announce))
                self.schedule(max(allowance.announced_at, allowance.start - LEAD_S) + dice.uniform(0, 5), self._plan)
                self.schedule(allowance.start, lambda: None)
                self.schedule(allowance.end, partial(self._apply, allowance.lift) if allowance.lifted else self._plan)

    def _advance(self, to: float) -> None:
        """Currents are constant between events, but for a car that fills up or wakes: it is looked at as it was, and as it becomes."""
        for socket in self.sockets:
            took = socket.draws_a(self.now) * 230 * len(socket.evse.phases) * (to - self.now) / 3600
            socket.wh += took
            if socket.car is not None:
                socket.car.took_wh += took
        self.now = to

    def _check_limits(self) -> None:
        self.judge.allowances(self.allowances, self.sockets, self.now, self.down_until)
        self.judge.wires(self.binding, self.sockets, self.now)

    # What people, cars and weather do

    def _arrive(self, socket: Socket) -> None:
        if socket.car is not None:
            return
        dice = self.dice
        wakes = self.now + (dice.uniform(60, 900) if dice.random() < 0.2 else dice.uniform(0, 90))
        socket.car = car = Car(dice.uniform(2000, 25_000), float(dice.choice((16, 32))), wakes)
        self.schedule(max(0.0, wakes - self.now) + 0.1, lambda: None)
        self.report(socket, ConnectorReported(self.at(), 1, ConnectorState.OCCUPIED))
        self.schedule(dice.uniform(15, 60), lambda: self._start_charge(socket, car))
        self.schedule(dice.uniform(1800, 4 * 3600), lambda: self._depart(socket))

    def _start_charge(self, socket: Socket, car: Car) -> None:
        """Who is refused, because nobody has tested the socket and there is no room for all it can draw, tries again after a minute."""
        if socket.car is not car:
            return
        socket.begun += 1
        socket.until, socket.begun_at = -math.inf, self.now
        socket.before = socket.before and replace(socket.before, until=-math.inf)
        socket.transaction = f"{socket.evse.label}-{socket.begun}"
        self.schedule((socket.fallback[1] if socket.fallback else 0.0) + 0.1, lambda: None)
        sample = MeterSample(self.at(), int(socket.wh))
        answer = self.report(socket, TransactionStarted(self.at(), 1, socket.transaction, "04CARD", samples=(sample,)))
        if answer is None or answer.verdict is Verdict.ACCEPTED:
            return
        self.figures["starts_refused"] += 1
        refused, socket.transaction = socket.transaction, None
        self.report(socket, TransactionEnded(self.at(), refused, None, None, (sample,), StopReason.UNAUTHORISED))
        self.schedule(60, lambda: self._start_charge(socket, car))

    def _depart(self, socket: Socket) -> None:
        if socket.transaction is not None:
            sample = MeterSample(self.at(), int(socket.wh))
            self.report(socket, TransactionEnded(self.at(), socket.transaction, None, None, (sample,), StopReason.DRIVER))
        socket.car = socket.transaction = None
        self.report(socket, ConnectorReported(self.at(), 1, ConnectorState.AVAILABLE))
        self.schedule(self.dice.uniform(300, 5400), lambda: self._arrive(socket))

    def _meter(self, socket: Socket) -> None:
        self.schedule(METER_S, lambda: self._meter(socket))
        self._send_reading(socket)

    def _send_reading(self, socket: Socket) -> None:
        """One in ten comes late, one in ten never."""
        if socket.transaction is None:
            return
        amps, fate = socket.draws_a(self.now), self.dice.random()
        sample = MeterSample(self.at(), int(socket.wh), power_w=round(amps * 230 * len(socket.evse.phases)), current_ma=round(amps * 1000))
        fact = TransactionUpdated(self.at(), 1, socket.transaction, samples=(sample,))
        # Wholly out of contact, nothing it was told can have held it.
        bare = not socket.linked and socket.begun_at > socket.lost_at and socket.fallback is None and amps > 6
        socket.loss_measured = socket.loss_measured or (bare and fate >= 0.2)
        if fate < 0.1:
            self.figures["readings_missing"] += 1
        elif fate < 0.2:
            self.figures["readings_late"] += 1
            self.schedule(self.dice.uniform(30, 300), partial(self.report, socket, fact))
        else:
            self.report(socket, fact)

    def _drop_link(self, socket: Socket) -> None:
        """The link is gone; that is noticed later; what is measured meanwhile is told when it is back."""
        self.figures["links_dropped"] += 1
        socket.linked, socket.lost_at = False, self.now
        self.schedule(self.dice.uniform(1, 60), lambda: self._report_link(socket) if not socket.linked else None)
        self.schedule(self.dice.uniform(30, 3600 * self.terms.lost_h), lambda: self._restore_link(socket))

    def _restore_link(self, socket: Socket) -> None:
        socket.linked, socket.linked_at = True, self.now
        self._report_link(socket)
        if socket.pending_boot is not None:
            socket.pending_boot()
        facts, socket.waiting = socket.waiting, []
        for fact in facts:
            self.report(socket, fact)
        socket.loss_reported, socket.loss_measured = socket.loss_reported or socket.loss_measured, False

    def _lose_fallback(self, loss: Loss) -> None:
        socket = loss.socket
        self.figures[f"lost_{loss.sign.value}"] += 1
        lose_fallback(socket, loss.sign)
        if loss.sign is not LossSign.NONE:
            socket.pending_boot = partial(self._boot, loss)
            if socket.linked:
                socket.pending_boot()

    def _boot(self, loss: Loss) -> None:
        socket = loss.socket
        socket.loss_reported, socket.linked_at, socket.booted_at, socket.pending_boot = True, self.now, self.now, None
        self.report(socket, boot_of(loss, self.at()))
        there = ConnectorState.OCCUPIED if socket.car else ConnectorState.AVAILABLE
        self.report(socket, ConnectorReported(self.at(self.now - 1), 1, there))
        if loss.ends and socket.transaction is not None and socket.car is not None:
            sample = MeterSample(self.at(), int(socket.wh))
            self.report(socket, TransactionEnded(self.at(), socket.transaction, None, None, (sample,), StopReason.REBOOT))
            socket.transaction = None
            self.schedule(60, partial(self._start_charge, socket, socket.car))

    def _report_link(self, socket: Socket) -> None:
        with self.transactions.begin() as store:
            link_changed(store, socket.evse.charger_id, socket.linked, self.at())
        self._plan()

    def _kill_planner(self) -> None:
        """In the middle of a plan; somebody starts it anew within ten minutes."""
        self.figures["planner_killed"] += 1
        self.solver.killed = True
        self._plan()
        self.down_until = self.now + self.dice.uniform(1, 600)
        self.solver = Killable()
        self.schedule(self.down_until - self.now, self._plan)

    def _apply(self, what: Callable[..., None]) -> None:
        self.figures["allowances"] += 1
        with self.transactions.begin() as store:
            what(store, self.at, self.ids)
        self._plan()

    def _halve_limits(self) -> None:
        self.figures["limits_cut"] += 1
        self._set_limits(0.5)
        self._plan()
        self.schedule(CUT_S, self._bind_limits)

    def _bind_limits(self) -> None:
        """Not before somebody has had the time to plan."""
        if self.now < self.down_until + CUT_S:
            self.schedule(self.down_until + CUT_S - self.now, self._bind_limits)
        else:
            self.binding = self.grid

    # What the network does

    def report(self, socket: Socket, fact: Fact) -> Acknowledgement | None:
        """What it is answered; None without a link."""
        if not socket.linked:
            socket.waiting.append(fact)
            return None
        charger_id = socket.evse.charger_id
        message = Message(charger_id, OPERATOR, SITE, fact.at, type(fact).__name__, fact, f"{charger_id}/{next(self._keys)}", "{}")
        with self.transactions.begin() as store:
            (answer,) = accept(store, [replace_message(message, received_at=self.at())])
        with self.transactions.begin() as store:
            applied = apply_facts(store, SITE, self.at(), self.ids)
        if applied.replan:
            self._plan()
        else:
            self._deliver()
        return answer

    def _plan_regularly(self) -> None:
        self.schedule(STEP_S, self._plan_regularly)
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
            self.schedule(self.dice.uniform(0.1, 2.0), partial(self._carry_out, item))

    def _carry_out(self, item: OutboxItem) -> None:
        socket = next(one for one in self.sockets if one.evse.charger_id == item.key)
        work = item.work
        assert isinstance(work, ChargerOrder)
        result = self._obey_order(socket, work.order) if socket.linked else OrderResult(Outcome.UNREACHABLE)
        with self.transactions.begin() as store:
            follow = apply_order_result(store, item, work, result, self.at(), self.ids)
            if (wait_s := retry_in_s(store, work, result, item.attempts, self.at())) is None:
                store.outbox.done(item.id, self.at(), result.outcome)
            else:
                store.outbox.retry(item, self.at(self.now + wait_s), result.outcome)
                self.schedule(wait_s, self._deliver)
        self._deliver()
        if isinstance(follow, ReportMeter):
            self.schedule(self.dice.uniform(2, 8), lambda: self._send_reading(socket))
            for after_s in REPEAT_READINGS_AFTER_S:
                self.schedule(after_s, lambda: self._repeat_reading(socket))

    def _obey_order(self, socket: Socket, order: Order) -> OrderResult:
        match order:
            case SetFallback(limit_a=amps, after_s=after_s):
                if socket.delay_s is not None:
                    self.figures["fallbacks_sent"] += 1
                    self.schedule(socket.delay_s, partial(setattr, socket, "fallback", (amps, after_s)))
            case SetLimit():
                self.figures["limits_sent"] += 1
                self._set_limit(socket, order)
                lost = self.dice.random() < 0.03
                self.figures["answers_lost"] += lost
                return OrderResult(Outcome.UNANSWERED if lost else Outcome.ACCEPTED)
            case ReadSchedule():
                return reported_schedule(socket, self.now)
            case ReadSettings() | ReadInventory():
                return OrderResult(Outcome.UNSUPPORTED)
            case _:
                pass
        return OrderResult(Outcome.ACCEPTED)

    def _repeat_reading(self, socket: Socket) -> None:
        """Asked once more where somebody waits for what it was told to give up."""
        with self.transactions.begin() as store:
            awaited = needs_reading(store, socket.evse.charger_id, socket.evse.number)
        if awaited and socket.linked:
            self.figures["rechecks"] += 1
            self.schedule(self.dice.uniform(0.1, 2.0), lambda: self._send_reading(socket))

    def _set_limit(self, socket: Socket, limit: SetLimit) -> None:
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
        self.schedule(socket.obeyed_at - self.now, change)
        if until < math.inf:
            self.schedule(until - self.now, lambda: None)
