"""The small world of money itself: its clock and random choices, units of work that may crash, and the couriers to its provider."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from random import Random
from uuid import UUID

from _money_place import BEGIN, OPERATOR, build_place, evse_of
from _money_provider import Provider
from _sequential_ids import SequentialIds

from forecourt.billing import DocumentKind, Invoice
from forecourt.flows.answers import apply_payment_answer, receive_payment_event
from forecourt.flows.charging import start_charge
from forecourt.flows.desk import Staff
from forecourt.flows.offers import settle_site_shares
from forecourt.flows.paying import collect_payment
from forecourt.flows.ports import CollectPayment, OutboxItem, ShareInvoice, Store, Transactions
from forecourt.kernel import DriverId, EvseId, Refused, SessionId
from forecourt.payments import Answer, ProcessorRecord, QueryPayment, Unanswered
from forecourt.store import MemoryTransactions

CURRENCIES = ("EUR", "JPY", "KWD")


class Killed(BaseException):
    """The process died: nothing of its unit of work was kept."""


class World:
    """faults: orders and answers get lost, come late and come twice, and processes die."""

    def __init__(self, seed: int, faults: bool, transactions: Transactions | None = None) -> None:
        self.random, self.faults = Random(seed), faults
        self.currency = self.random.choice(CURRENCIES)
        self.at, self.ids, self.transactions = BEGIN, SequentialIds(), transactions or MemoryTransactions()
        self.provider = Provider(self.now, self.currency)
        self.events, self.bank = self.provider.events, self.provider.bank
        self.answers: dict[str, Answer | ProcessorRecord] = {}
        self.late: list[tuple[OutboxItem, Answer | ProcessorRecord]] = []
        self.records: list[SessionId] = []
        self.counted: Counter[str] = Counter()
        self.drivers = [DriverId(UUID(int=10 + number)) for number in range(7)]
        self.guest_drivers: list[DriverId] = []
        with self.transactions.begin() as store:
            build_place(store, self.drivers, self.currency)

    @property
    def everybody(self) -> list[DriverId]:
        return [*self.drivers, *self.guest_drivers]

    def now(self) -> datetime:
        return self.at

    def staff(self) -> Staff:
        return Staff(OPERATOR, "ops", self.at, self.ids)

    def some_invoice(self) -> Invoice | None:
        with self.transactions.begin() as store:
            invoices = [one for one in store.documents.recent(OPERATOR, 40) if one.kind is DocumentKind.INVOICE]
        return self.random.choice(invoices) if invoices else None

    def _evse(self, driver_id: DriverId) -> EvseId:
        return evse_of(self.drivers.index(driver_id))

    def unlucky(self, chance: float) -> bool:
        return self.faults and self.random.random() < chance

    def within(self, work: Callable[[Store], object]) -> None:
        """A unit of work; the process may die before it is kept. A refusal changes nothing."""
        dies = self.unlucky(0.05)
        try:
            with self.transactions.begin() as store:
                work(store)
                if dies:
                    raise Killed
        except Refused:
            self.counted["_refused"] += 1

    def start(self) -> None:
        driver_id = self.random.choice(self.drivers)
        self.within(lambda store: start_charge(store, driver_id, store.stations.evse(self._evse(driver_id)), self.at, self.ids))

    def deliver(self) -> None:
        """Orders go to the provider; answers get lost, come late, come twice."""
        with self.transactions.begin() as store:
            items = store.outbox.claim("payment", self.at, 1 + self.random.randrange(4), 60.0)
        for item in self.random.sample(list(items), len(items)):
            answer = self._carried_out(item)
            if self.unlucky(0.1):
                self.late.append((item, answer))
                continue
            self.within(partial(self._heard, item, answer))
            if self.unlucky(0.2):
                self.late.append((item, answer))

    def hear_again(self) -> None:
        if self.late:
            item, answer = self.late[self.random.randrange(len(self.late))]
            self.within(partial(self._heard, item, answer))

    def _heard(self, item: OutboxItem, answer: Answer | ProcessorRecord, store: Store) -> None:
        apply_payment_answer(store, item, answer, self.at, self.ids)

    def do_task(self) -> None:
        with self.transactions.begin() as store:
            items = store.outbox.claim("task", self.at, 3, 60.0)
        for item in items:
            self.within(partial(self._done, item))

    def _done(self, item: OutboxItem, store: Store) -> None:
        self._task(store, item)

    def _task(self, store: Store, item: OutboxItem) -> None:
        match item.work:
            case CollectPayment(document_id=document_id):
                collect_payment(store, document_id, self.at, self.ids)
            case ShareInvoice(document_id=document_id):
                settle_site_shares(store, document_id, self.at)
        store.outbox.done(item.id, self.at, "done")

    def webhook(self) -> None:
        """In any order, now and then twice, now and then never."""
        if self.events:
            index = self.random.randrange(len(self.events)) if self.faults else 0
            event = self.events[index] if self.unlucky(0.3) else self.events.pop(index)
            if not self.unlucky(0.2):
                self.within(lambda store: receive_payment_event(store, event, self.at, self.ids))

    def _carried_out(self, item: OutboxItem) -> Answer | ProcessorRecord:
        """As the client does it: a repeated order is sent under its key again, and done once."""
        order = item.work
        if self.unlucky(0.08):
            self.counted["_timeouts before"] += 1
            return Unanswered("timeout")
        if isinstance(order, QueryPayment):
            return self.provider.record(str(order.payment_id)) or Unanswered("no record")
        answer = self.answers.get(order.key)  # type: ignore[union-attr]
        if answer is None:
            answer = self.answers[order.key] = self.provider.does(order)  # type: ignore[union-attr]
        if self.unlucky(0.08):
            self.counted["_timeouts after"] += 1
            return Unanswered("timeout")
        return answer
