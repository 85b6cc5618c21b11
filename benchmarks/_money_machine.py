"""One small world of money and what can happen in it, chosen by a seed."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random
from uuid import UUID

from _counting import CountingIds
from _guest_steps import GuestSteps
from _money_checks import check
from _money_place import BEGIN, OPERATOR, build_place, charge_of, evse_of
from _money_provider import Provider
from _terminal_steps import TerminalSteps
from _wallet_steps import WalletSteps

from forecourt.billing import DocumentKind, Invoice
from forecourt.flows.answers import paid, payment_answered
from forecourt.flows.billing import credit_invoice, rate_and_invoice, state_account
from forecourt.flows.charging import start_charge
from forecourt.flows.desk import Staff
from forecourt.flows.offers import settle_site_shares
from forecourt.flows.paying import ask_after_disputes, ask_payment, clear, collect, keep_holds, pay_now, refund, take_transfer, write_off
from forecourt.flows.ports import AskPayment, OutboxItem, PageAsked, ShareInvoice, Store, Transactions
from forecourt.jobs.runs import Runs
from forecourt.kernel import DriverId, EvseId, Money, Refused, SessionId, Span
from forecourt.payments import WRITTEN_OFF, Answer, Captured, Look, ProcessorRecord, Unanswered
from forecourt.store import MemoryTransactions

CURRENCIES = ("EUR", "JPY", "KWD")


class Killed(BaseException):
    """The process died: nothing of its unit of work was kept."""


class Machine:
    def __init__(self, seed: int, faults: bool, transactions: Transactions | None = None) -> None:
        self.random, self.faults = Random(seed), faults
        self.currency = self.random.choice(CURRENCIES)
        self.at, self.ids, self.transactions = BEGIN, CountingIds(), transactions or MemoryTransactions()
        self.provider = Provider(self.now, self.currency)
        self.events, self.bank = self.provider.events, self.provider.bank
        self.answers: dict[str, Answer | ProcessorRecord] = {}
        self.late: list[tuple[OutboxItem, Answer | ProcessorRecord]] = []
        self.records: list[SessionId] = []
        self.counted: Counter[str] = Counter()
        self.drivers = [DriverId(UUID(int=10 + number)) for number in range(7)]
        self.wallet = WalletSteps(self)
        self.guests = GuestSteps(self)
        self.terminals = TerminalSteps(self)
        with self.transactions.begin() as store:
            build_place(store, self.drivers, self.currency)
            self.wallet.build(store)
            self.guests.build(store)
            self.terminals.build(store)

    # What can happen.

    def play(self, count: int) -> None:
        steps: tuple[Callable[[], None], ...] = (
            self.start, self.charge, self.charge, self.deliver, self.deliver, self.deliver, self.hear_again, self.do_task, self.do_task,
            self.webhook, self.webhook, self.give_back, self.credit, self.gather, self.pay, self.transfer, self.transfer_late, self.lose,
            self.close, self.tick, self.day, self.month, self.clearing, self.pay_out, *self.wallet.steps, *self.guests.steps,
            *self.terminals.steps,
        )  # fmt: skip
        for done in range(count):
            self.at += timedelta(seconds=self.random.randrange(1, 4000))
            step = self.random.choice(steps)
            try:
                step()
            except Refused:
                self.counted["_refused"] += 1
            except Killed:
                self.counted["_crashes"] += 1
            self.counted[step.__name__] += 1
            if done % 8 == 0:
                self.wallet.check_now()

    def start(self) -> None:
        driver_id = self.random.choice(self.drivers)
        self.within(lambda store: start_charge(store, driver_id, store.stations.evse(self._evse(driver_id)), self.at, self.ids))

    def charge(self) -> None:
        """A charge ends and is billed, perhaps by two workers, perhaps by one that dies."""
        driver_id, wh = self.random.choice(self.drivers), self.random.randrange(0, 60_000)
        session_id = SessionId(self.ids.new(self.at))
        record = charge_of(self.drivers.index(driver_id), driver_id, session_id, self.at, wh)
        with self.transactions.begin() as store:
            store.sessions.end(record)
        self.records.append(session_id)
        for _ in range(1 + self.random.randrange(2)):
            self.within(partial(self._billed, session_id))

    def _billed(self, session_id: SessionId, store: Store) -> None:
        rate_and_invoice(store, session_id, self.at, self.ids)

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
        payment_answered(store, item, answer, self.at, self.ids)

    def do_task(self) -> None:
        with self.transactions.begin() as store:
            items = store.outbox.claim("task", self.at, 3, 60.0)
        for item in items:
            self.within(partial(self._done, item))

    def webhook(self) -> None:
        """In any order, now and then twice, now and then never."""
        if self.events:
            index = self.random.randrange(len(self.events)) if self.faults else 0
            event = self.events[index] if self.unlucky(0.3) else self.events.pop(index)
            if not self.unlucky(0.2):
                self.within(lambda store: paid(store, event, self.at, self.ids))

    def give_back(self) -> None:
        """A refund, of more than there is as often as not; two operators at once."""
        with self.transactions.begin() as store:
            taken = [one for driver in self.drivers for one in store.payments.of_driver(driver) if isinstance(one.state, Captured)]
        if taken:
            payment = self.random.choice(taken)
            amount = Money(self.random.randrange(1, payment.taken.minor * 2 + 1), self.currency)
            for _ in range(1 + self.random.randrange(2)):
                self.within(lambda store: refund(store, payment.id, amount, "asked", self.at, self.ids))

    def credit(self) -> None:
        if invoice := self.some_invoice():
            self.within(lambda store: credit_invoice(store, invoice.id, "wrong", self.at, self.ids))

    def gather(self) -> None:
        again = self.random.random() < 0.5
        self.within(lambda store: collect(store, OPERATOR, self.at, self.ids, again))

    def pay(self) -> None:
        if invoice := self.some_invoice():
            self.within(lambda store: pay_now(store, invoice.driver_id, invoice.id, self.at, self.ids))

    def transfer(self) -> None:
        if invoice := self.some_invoice():
            self.within(lambda store: take_transfer(store, self.staff(), invoice.id, "transfer"))

    def transfer_late(self) -> None:
        """Of a debt that was given up something comes after all; of more than that nothing is taken."""
        with self.transactions.begin() as store:
            lost = [one for one in store.dunning.page(OPERATOR, PageAsked(limit=100_000)).rows if one.outcome == WRITTEN_OFF]
        if lost:
            case = self.random.choice(lost)
            part = Money(self.random.randrange(1, (case.amount + case.fees).minor + 1), self.currency)
            self.within(lambda store: take_transfer(store, self.staff(), case.document_id, "late", part))

    def close(self) -> None:
        """A month that is over is closed, or opened again: the books of these worlds may be closed up to some days ago."""
        until = self.at - timedelta(days=self.random.randrange(1, 9))
        opens = self.random.random() < 0.2
        self.within(lambda store: (store.ledger.reopen if opens else store.ledger.close)(OPERATOR, until))

    def lose(self) -> None:
        if invoice := self.some_invoice():
            self.within(lambda store: write_off(store, self.staff(), invoice.id, "lost"))

    def tick(self) -> None:
        self.at += timedelta(days=self.random.randrange(9))
        self.bank.expire_due()
        self.within(self._keep)

    def day(self) -> None:
        Runs(self.transactions, self, self.ids).look()  # type: ignore[arg-type]

    def month(self) -> None:
        driver_id = self.random.choice(self.drivers)
        span = Span(self.at - timedelta(days=30), self.at)
        self.within(lambda store: state_account(store, driver_id, span, self.at, self.ids))

    def clearing(self) -> None:
        """The whole file, again and again."""
        lines = self.provider.file()
        self.within(lambda store: clear(store, lines, self.at, self.ids))

    def pay_out(self) -> None:
        self.bank.pay_out()

    # In the end.

    def settle_and_check(self) -> Counter[str]:
        """Everything that waits is delivered and heard, then the books are read."""
        self.faults = False
        self.events += self.wallet.news
        for session_id in self.records:
            self.within(partial(self._billed, session_id))
        self._rest()
        self.at += timedelta(days=1)  # what a night finds
        self.clearing()
        self.tick_short()
        self._rest()
        self.clearing()
        with self.transactions.begin() as store:
            check(self, store)
            self._tell(store)
        return self.counted

    def _rest(self) -> None:
        for _ in range(1500):
            self.at += timedelta(minutes=16)
            self.deliver()
            self.do_task()
            self.webhook()
            self.tick_short()
            if self._quiet():
                return
        raise AssertionError("it never comes to rest")

    def _tell(self, store: Store) -> None:
        """What came about, so that nobody takes an idle run for a good one."""
        for driver_id in self.drivers:
            for payment in store.payments.of_driver(driver_id, 100_000):
                self.counted[f"_payments {payment.state_name.lower()}"] += 1
                self.counted["_payments refunded"] += bool(payment.returned)
        self.counted["_invoices"] += len(self.records)
        self.counted["_statements"] += len(store.statements.page(OPERATOR, PageAsked(limit=100_000)).rows)
        self.counted["_debts"] += len(store.dunning.page(OPERATOR, PageAsked(limit=100_000)).rows)
        for txn in (one.txn for one in store.ledger.chain(OPERATOR)):
            self.counted["_transactions"] += 1
            self.counted["_dated to the first open day"] += txn.about is not None
            self.counted["_revived"] += txn.key.startswith("revived/")
            self.counted["_tax of disputes"] += "/tax/" in txn.key
            self.counted["_set off"] += "/credited/" in txn.key

    def _quiet(self) -> bool:
        with self.transactions.begin() as store:
            waiting = any(store.outbox.open_items(lane, 1) for lane in ("payment", "task"))
            return not (waiting or self.events or store.payments.pending(self.at, 1))

    def tick_short(self) -> None:
        self.bank.expire_due()
        self.within(self._keep)

    def _keep(self, store: Store) -> None:
        keep_holds(store, OPERATOR, self.at, self.ids)
        ask_after_disputes(store, OPERATOR, self.at, self.ids)

    @property
    def everybody(self) -> list[DriverId]:
        return [*self.drivers, *self.guests.drivers]

    def now(self) -> datetime:
        return self.at

    # Helpers.

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

    def _done(self, item: OutboxItem, store: Store) -> None:
        self._task(store, item)

    def _task(self, store: Store, item: OutboxItem) -> None:
        match item.work:
            case AskPayment(document_id=document_id):
                ask_payment(store, document_id, self.at, self.ids)
            case ShareInvoice(document_id=document_id):
                settle_site_shares(store, document_id, self.at)
        store.outbox.done(item.id, self.at, "done")

    def _carried_out(self, item: OutboxItem) -> Answer | ProcessorRecord:
        """As the client does it: a repeated order is sent under its key again, and done once."""
        order = item.work
        if self.unlucky(0.08):
            self.counted["_timeouts before"] += 1
            return Unanswered("timeout")
        if isinstance(order, Look):
            return self.provider.record(str(order.payment_id)) or Unanswered("no record")
        answer = self.answers.get(order.key)  # type: ignore[union-attr]
        if answer is None:
            answer = self.answers[order.key] = self.provider.does(order)  # type: ignore[union-attr]
        if self.unlucky(0.08):
            self.counted["_timeouts after"] += 1
            return Unanswered("timeout")
        return answer

    def some_invoice(self) -> Invoice | None:
        with self.transactions.begin() as store:
            invoices = [one for one in store.documents.recent(OPERATOR, 40) if one.kind is DocumentKind.INVOICE]
        return self.random.choice(invoices) if invoices else None

    def staff(self) -> Staff:
        return Staff(OPERATOR, "ops", self.at, self.ids)

    def _evse(self, driver_id: DriverId) -> EvseId:
        return evse_of(self.drivers.index(driver_id))

    def unlucky(self, chance: float) -> bool:
        return self.faults and self.random.random() < chance
