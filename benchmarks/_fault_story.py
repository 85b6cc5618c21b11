"""Money stories, played by people, chargers, a bank and a worker through one plan of faults; then the ledger is checked.

A person whose request failed sends it again, a charger repeats what was not acknowledged, the provider repeats its events until they are
accepted, and the worker restarts after a crash: so every story reaches its end, whatever happens at one point.
"""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from _fault_points import Act, Down, FaultyTransactions, Points
from _money_machine import Machine
from _money_place import OPERATOR, SITE

from forecourt.flows.answers import apply_order_result, apply_payment_answer, receive_payment_event
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.charging import accept, apply_facts
from forecourt.flows.paying import clear, maintain_holds, top_up
from forecourt.flows.ports import ChargerOrder, InvoiceSession, OutboxItem, Store, StoreUnavailable, Transactions
from forecourt.kernel import ChargerId, DriverId, Money, Refused
from forecourt.payments import Answer, Captured, Payment, ProcessorRecord, QueryPayment, TopUp, Unanswered
from forecourt.stations import (
    Fact,
    Message,
    MeterSample,
    OrderResult,
    Outcome,
    StartCharge,
    StopCharge,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)

EUR_SEED = 1  # of a world in euros
PATIENCE = 25  # turns of the worker that people wait for something
LAPSE = 100  # turns; a hold that no charge follows goes back within them
TURN = timedelta(seconds=12)
POWER_W = 7000  # the sockets give a little more
CHALLENGED = "4000002500003155"


class GaveUp(Exception):
    """What a person waited for did not come; the story ends here, and the books are read all the same."""


class Story(Machine):
    """One socket's charger that charges when told to, and everything of the world of money."""

    def __init__(self, points: Points, transactions: Transactions) -> None:
        super().__init__(EUR_SEED, False, transactions)
        assert self.currency == "EUR"
        self.points, self.plain = points, self.transactions
        self.transactions = FaultyTransactions(self.plain, points)
        self.overdue: list[object] = []  # news told a day late
        self.running: tuple[ChargerId, str, int] | None = None  # charger, transaction, reading at its end
        self.asked_to_start: dict[ChargerId, str] = {}  # token by charger
        self.metered_wh = 0
        self.wished: list[Money] = []  # what people asked once to have loaded
        self._said = 0

    # Others, who go on whatever happens to us.

    def asks(self, work: Callable[[Store], object]) -> None:
        """A person presses a button, and again where no answer came. A refusal is an answer."""
        for _ in range(3):
            try:
                with self.transactions.begin() as store:
                    work(store)
                return
            except (StoreUnavailable, Down):
                self.at += TURN
            except Refused as refusal:
                raise GaveUp(refusal.code) from refusal
        raise GaveUp("no answer")

    def says(self, charger_id: ChargerId, fact: Fact) -> str | None:
        """A charger tells something until it is acknowledged; the transaction it is given."""
        self._said += 1
        message = Message(charger_id, OPERATOR, SITE, fact.at, type(fact).__name__, fact, f"m{self._said}", "{}")
        for _ in range(3):
            try:
                with self.transactions.begin() as store:
                    (ack,) = accept(store, [message])
                return ack.transaction
            except (StoreUnavailable, Down):
                self.at += TURN
        raise AssertionError("a message was never acknowledged")

    # The worker, a turn of each of its wheels; what kills one begins the next.

    def turn(self) -> None:
        self.at += TURN
        for wheel in (self.apply, self.deliver_orders, self.deliver, self.do_task, self.webhook, self.tick_now):
            try:
                wheel()
            except (StoreUnavailable, Down):
                self.counted["_worker fell"] += 1
                self.at += timedelta(seconds=61)  # its leases lapse
        self.points.on, was = False, self.points.on
        self.wallet.check_now()
        self.points.on = was

    def apply(self) -> None:
        with self.transactions.begin() as store:
            apply_facts(store, SITE, self.at, self.ids)

    def tick_now(self) -> None:
        self.bank.expire_due()
        with self.transactions.begin() as store:
            maintain_holds(store, OPERATOR, self.at, self.ids)

    def deliver(self) -> None:
        with self.transactions.begin() as store:
            items = store.outbox.claim("payment", self.at, 20, 60.0)
        for item in items:
            answer = self._carried_out(item)
            with self.transactions.begin() as store:
                apply_payment_answer(store, item, answer, self.at, self.ids)

    def _carried_out(self, item: OutboxItem) -> Answer | ProcessorRecord:
        order = item.work
        act = self.points.next("provider", type(order).__name__)
        if act is Act.KILLED_BEFORE:
            raise Down
        if act is Act.NOT_DONE:
            return Unanswered("timeout")
        answer = super()._carried_out(item)
        if act is Act.TWICE and not isinstance(order, QueryPayment):
            answer = super()._carried_out(item)
        if act is Act.KILLED_AFTER:
            raise Down
        return Unanswered("timeout") if act is Act.UNKNOWN else answer

    def do_task(self) -> None:
        with self.transactions.begin() as store:
            items = store.outbox.claim("task", self.at, 20, 60.0)
        for item in items:
            with self.transactions.begin() as store:
                self._task(store, item)

    def _task(self, store: Store, item: OutboxItem) -> None:
        if isinstance(item.work, InvoiceSession):
            rate_and_invoice(store, item.work.session_id, self.at, self.ids)
        super()._task(store, item)

    def webhook(self) -> None:
        while self.events:
            event = self.events[0]
            act = self.points.next("webhook", event.name)
            if act in (Act.LOST, Act.LATE):
                self.overdue += [event] if act is Act.LATE else []
                self.events.pop(0)
                continue
            for _ in range(2 if act is Act.TWICE else 1):
                with self.transactions.begin() as store:
                    receive_payment_event(store, event, self.at, self.ids)
            self.events.pop(0)

    def deliver_orders(self) -> None:
        with self.transactions.begin() as store:
            items = store.outbox.claim("charger", self.at, 20, 60.0)
        for item in items:
            assert isinstance(item.work, ChargerOrder)
            result = self._asked_charger(item.work)
            with self.transactions.begin() as store:
                apply_order_result(store, item, item.work, result, self.at, self.ids)
                store.outbox.done(item.id, self.at, result.outcome.value)

    def _asked_charger(self, work: ChargerOrder) -> OrderResult:
        act = self.points.next("charger", type(work.order).__name__)
        if act is Act.KILLED_BEFORE:
            raise Down
        if act is Act.NOT_DONE:
            return OrderResult(Outcome.UNREACHABLE)
        if isinstance(work.order, StartCharge):
            self.asked_to_start[work.charger_id] = work.order.token
        elif isinstance(work.order, StopCharge):
            self.counted["_stops asked"] += 1
        if act is Act.KILLED_AFTER:
            raise Down
        return OrderResult(Outcome.UNANSWERED if act is Act.UNKNOWN else Outcome.ACCEPTED)

    # What people do while it turns.

    def until(self, true: Callable[[], bool], turns: int = PATIENCE) -> None:
        for _ in range(turns):
            if true():
                return
            self.turn()
        raise GaveUp("waited in vain")

    def payments(self, driver_id: DriverId) -> list[Payment]:
        with self.plain.begin() as store:
            return list(reversed(store.payments.of_driver(driver_id, 100)))

    def last_state(self, driver_id: DriverId) -> object:
        return self.payments(driver_id)[-1].state

    def charges(self, charger_id: ChargerId, wh: int, token: str | None = None) -> None:
        """The charger was told to start, or a card is shown at it: energy flows, is metered, and the charge ends."""
        if token is None:
            self.until(lambda: charger_id in self.asked_to_start)
            token = self.asked_to_start.pop(charger_id)
        begin_wh = 1000 + self.metered_wh
        sample = (MeterSample(self.at, begin_wh),)
        transaction = self.says(charger_id, TransactionStarted(self.at, 1, "", token, samples=sample))
        assert transaction
        self.turn()
        self.at += self.takes(wh // 2)
        half = (MeterSample(self.at, begin_wh + wh // 2),)
        self.says(charger_id, TransactionUpdated(self.at, 1, transaction, samples=half))
        self.turn()
        self.at += self.takes(wh - wh // 2)
        self.metered_wh += wh
        self.running = (charger_id, transaction, begin_wh + wh)

    @staticmethod
    def takes(wh: int) -> timedelta:
        return timedelta(hours=wh / POWER_W)

    def ends(self) -> None:
        assert self.running is not None
        (charger_id, transaction, stop_wh), self.running = self.running, None
        sample = (MeterSample(self.at, stop_wh),)
        self.says(charger_id, TransactionEnded(self.at, transaction, None, None, sample, StopReason.DRIVER))
        self.turn()

    def clearing(self) -> None:
        """The nightly look at the processor's own report."""
        lines = self.provider.file()
        with self.transactions.begin() as store:
            clear(store, lines, self.at, self.ids)

    def nightly(self) -> None:
        self.turn()
        self.at += timedelta(hours=12)
        try:
            self.clearing()
        except (StoreUnavailable, Down):
            self.clearing()
        self.turn()

    # The story, and what must hold after it.

    def tell(self) -> None:
        raise NotImplementedError

    def play_and_check(self) -> bool:
        """True where people got what they came for. Raises AssertionError where the books are not whole."""
        came_through = True
        try:
            self.tell()
        except GaveUp as why:
            came_through = False
            self.counted[f"_gave up: {why}"] += 1
            if self.running:  # the car drives off in the end
                self.ends()
        self.points.on = False
        self.transactions = self.plain
        for _ in range(4):
            self.turn()
        self.at += timedelta(days=1)
        self.events += self.overdue  # type: ignore[arg-type]
        with self.plain.begin() as store:
            ended = [one for driver in self.everybody for one in store.sessions.records_of(driver, 100)]
            self.records = [one.session_id for one in ended if not one.held]
        self.settle_and_check()
        self._check_energy()
        self._check_wishes()
        return came_through

    def _check_wishes(self) -> None:
        """What was asked for once was taken once, however often it was pressed."""
        with self.plain.begin() as store:
            loads = [one for driver in self.drivers for one in store.payments.top_ups(driver) if one.top_up is TopUp.DRIVER]
        taken = sorted(one.taken.minor for one in loads if one.taken)
        assert taken == sorted(one.minor for one in self.wished), f"{self.wished} were asked for, {taken} were loaded"

    def loads(self, driver_id: DriverId, amount: Money, wish: int) -> None:
        self.wished.append(amount)
        self.asks(lambda store: top_up(store, driver_id, amount, UUID(int=wish), self.at, self.ids))
        self.until(lambda: isinstance(self.last_state(driver_id), Captured))

    def _check_energy(self) -> None:
        """K: every metered watt-hour is billed once or set aside for a person."""
        with self.plain.begin() as store:
            documents = store.documents.recent(OPERATOR, 1000)
            billed = sum(one.content.delivery.energy_wh for one in documents if one.content.delivery and not one.content.corrects)
            aside = store.inbox.quarantine_count()
        assert billed == self.metered_wh or aside, f"{self.metered_wh} Wh metered, {billed} billed, nothing set aside"
