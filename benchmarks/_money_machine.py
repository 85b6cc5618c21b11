"""Plays events in a small world of money, chosen by a seed, until nothing is pending; then its ledger is checked."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from _debit_steps import DebitSteps
from _guest_steps import GuestSteps
from _money_checks import Beside, check
from _money_place import OPERATOR, charge_of
from _money_world import Killed, World
from _refund_steps import RefundSteps
from _terminal_steps import TerminalSteps
from _wallet_steps import WalletSteps

from forecourt.flows.billing import credit_invoice, issue_account_statements, rate_and_invoice
from forecourt.flows.paying import clear, collect, maintain_holds, pay_now, poll_disputes, record_transfer, refund, write_off
from forecourt.flows.ports import PageRequest, Store, Transactions
from forecourt.jobs.calendar_jobs import CalendarRuns
from forecourt.kernel import Money, Refused, SessionId, Span
from forecourt.payments import WRITTEN_OFF, Captured


class Machine(World):
    def __init__(self, seed: int, faults: bool, transactions: Transactions | None = None) -> None:
        super().__init__(seed, faults, transactions)
        self.wallet = WalletSteps(self)
        self.guests = GuestSteps(self)
        self.terminals = TerminalSteps(self, self.guests)
        self.refunds = RefundSteps(self)
        self.debits = DebitSteps(self, self._charged)
        with self.transactions.begin() as store:
            self.wallet.build(store)
            self.guests.build(store)
            self.terminals.build(store)
            self.debits.build(store)

    # What can happen.

    def play(self, count: int) -> None:
        steps: tuple[Callable[[], None], ...] = (
            self.start, self.charge, self.charge, self.deliver, self.deliver, self.deliver, self.hear_again, self.do_task, self.do_task,
            self.webhook, self.webhook, self.give_back, self.credit, self.gather, self.pay, self.transfer, self.transfer_late, self.lose,
            self.close, self.tick, self.day, self.month, self.clearing, self.pay_out, *self.wallet.steps, *self.guests.steps,
            *self.terminals.steps, *self.refunds.steps, *self.debits.steps,
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

    def charge(self) -> None:
        """A charge ends and is billed, perhaps by two workers, perhaps by one that dies."""
        self._charged(self.random.randrange(len(self.drivers)))

    def _charged(self, number: int) -> None:
        driver_id, wh = self.drivers[number], self.random.randrange(0, 60_000)
        session_id = SessionId(self.ids.new(self.at))
        record = charge_of(number, driver_id, session_id, self.at, wh)
        with self.transactions.begin() as store:
            store.sessions.end(record)
        self.records.append(session_id)
        for _ in range(1 + self.random.randrange(2)):
            self.within(partial(self._billed, session_id))

    def _billed(self, session_id: SessionId, store: Store) -> None:
        rate_and_invoice(store, session_id, self.at, self.ids)

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
            self.within(lambda store: record_transfer(store, self.staff(), invoice.id, "transfer"))

    def transfer_late(self) -> None:
        """Of a debt that was given up something comes after all; of more than that nothing is taken."""
        with self.transactions.begin() as store:
            lost = [one for one in store.dunning.page(OPERATOR, PageRequest(limit=100_000)).rows if one.outcome == WRITTEN_OFF]
        if lost:
            case = self.random.choice(lost)
            part = Money(self.random.randrange(1, (case.amount + case.fees).minor + 1), self.currency)
            self.within(lambda store: record_transfer(store, self.staff(), case.document_id, "late", part))

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
        CalendarRuns(self.transactions, self, self.ids).run_due_batches()  # type: ignore[arg-type]

    def month(self) -> None:
        driver_id = self.random.choice(self.drivers)
        span = Span(self.at - timedelta(days=30), self.at)
        self.within(lambda store: issue_account_statements(store, driver_id, span, self.at, self.ids))

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
        self.debits.finish()
        self._rest()
        self.at += timedelta(days=1)  # what a night finds
        self.clearing()
        self.tick_short()
        self._rest()
        self.clearing()
        with self.transactions.begin() as store:
            check(self, store, Beside(self.guests, self.terminals, self.refunds, self.debits))
            self.wallet.check(store)
            self.guests.check(store)
            self.refunds.check(store)
            self.debits.check(store)
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
        self.counted["_statements"] += len(store.statements.page(OPERATOR, PageRequest(limit=100_000)).rows)
        self.counted["_debts"] += len(store.dunning.page(OPERATOR, PageRequest(limit=100_000)).rows)
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
        maintain_holds(store, OPERATOR, self.at, self.ids)
        poll_disputes(store, OPERATOR, self.at, self.ids)
