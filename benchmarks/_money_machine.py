"""One small world of money and what can happen in it, chosen by a seed."""

import itertools
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from uuid import UUID

from _accountant import ties
from _guest_steps import GuestSteps
from _wallet_steps import WalletSteps

from forecourt.billing import AccountStatement, DocumentKind, Invoice
from forecourt.drivers import Driver, PayBy, Token, TokenKind
from forecourt.flows.billing import credit_invoice, rate_and_invoice, state_account
from forecourt.flows.charging import paid, payment_answered, start_charge
from forecourt.flows.desk import Staff
from forecourt.flows.offers import settle_site_shares
from forecourt.flows.paying import ask_after_disputes, ask_payment, clear, collect, keep_holds, pay_now, refund, take_transfer, write_off
from forecourt.flows.ports import AskPayment, OutboxItem, PageAsked, ShareInvoice, Store, Transactions
from forecourt.jobs.runs import Runs
from forecourt.kernel import (
    ChargerId,
    DriverId,
    EvseId,
    Money,
    OperatorId,
    PaymentId,
    PriceEntryId,
    Refused,
    SessionId,
    SiteId,
    Span,
    TariffVersionId,
    TokenUid,
    uuid7,
)
from forecourt.ledger import AT_PROCESSOR, BANK, CLEARING, WRITE_OFF, AccountKind, held_on_card, receivable, revenue, verify
from forecourt.payments import (
    TRANSFER,
    WALLET,
    WRITTEN_OFF,
    Accepted,
    Answer,
    Capture,
    Captured,
    Charge,
    ClearingLine,
    DisputeRecord,
    GivenCard,
    Held,
    Look,
    OpenCharge,
    Opened,
    OpenHold,
    PlaceHold,
    ProcessorEvent,
    ProcessorRecord,
    Refund,
    Rejected,
    Release,
    RowKind,
    Unanswered,
    lost_of,
)
from forecourt.sessions import ChargeRecord
from forecourt.simulation.provider import Asking, Bank, Faults, Intent, Refusal
from forecourt.stations import Approval, Charger, ConnectorState, Evse, Operator, Site, Socket, StopReason
from forecourt.store import MemoryTransactions
from forecourt.tariffs import Phase, PhaseState, PriceEntry, tariff_version

BEGIN = datetime(2026, 6, 1, 8, tzinfo=UTC)
OPERATOR, SITE, VERSION = OperatorId(UUID(int=1)), SiteId(UUID(int=2)), TariffVersionId(UUID(int=7))
CURRENCIES = ("EUR", "JPY", "KWD")


class Killed(BaseException):
    """The process died: nothing of its unit of work was kept."""


class Ids:
    def __init__(self) -> None:
        self._count = itertools.count(1)

    def new(self, at: datetime) -> UUID:
        return uuid7(at, next(self._count).to_bytes(10, "big"))


class Machine:
    def __init__(self, seed: int, faults: bool, transactions: Transactions | None = None) -> None:
        self.random, self.faults = Random(seed), faults
        self.currency = self.random.choice(CURRENCIES)
        self.at, self.ids, self.transactions = BEGIN, Ids(), transactions or MemoryTransactions()
        self.events: list[ProcessorEvent] = []
        self.bank = Bank(self._seconds, Faults(), self._told)
        self.answers: dict[str, Answer | ProcessorRecord] = {}
        self.late: list[tuple[OutboxItem, Answer | ProcessorRecord]] = []
        self.records: list[SessionId] = []
        self.counted: Counter[str] = Counter()
        self.drivers = [DriverId(UUID(int=10 + number)) for number in range(7)]
        self.wallet = WalletSteps(self)
        self.guests = GuestSteps(self)
        with self.transactions.begin() as store:
            self._build(store)

    # What can happen.

    def play(self, count: int) -> None:
        steps: tuple[Callable[[], None], ...] = (
            self.start, self.charge, self.charge, self.deliver, self.deliver, self.deliver, self.hear_again, self.do_task, self.do_task,
            self.webhook, self.webhook, self.give_back, self.credit, self.gather, self.pay, self.transfer, self.transfer_late, self.lose,
            self.close, self.tick, self.day, self.month, self.clearing, self.pay_out, *self.wallet.steps, *self.guests.steps,
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
        phase = Phase(PhaseState.CHARGING, self.at - timedelta(hours=1), self.at, wh)
        record = ChargeRecord(
            session_id=session_id,
            operator_id=OPERATOR,
            site_id=SITE,
            evse_id=self._evse(driver_id),
            charger_id=ChargerId(f"CP{self.drivers.index(driver_id)}"),
            transaction=str(session_id),
            started_at=self.at - timedelta(hours=1),
            ended_at=self.at,
            token=TokenUid("CARD"),
            driver_id=driver_id,
            tariff_version_id=VERSION,
            booking_id=None,
            meter_start_wh=0,
            meter_stop_wh=wh,
            energy_wh=wh,
            phases=(phase,),
            reason=StopReason.DRIVER,
        )
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
        lines = self.file()
        self.within(lambda store: clear(store, lines, self.at, self.ids))

    def file(self) -> list[ClearingLine]:
        return [
            ClearingLine(row.id, PaymentId(UUID(row.reference)) if row.reference else None,
                         Money(row.gross, row.currency), Money(row.fee, row.currency), self.at, RowKind(row.kind.upper()), row.payout)
            for row in self.bank.clearing(0)
        ]  # fmt: skip

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
            self._check_documents(store)
            self._check_payments(store)
            self._check_ledger(store)
            ties(store, OPERATOR, self.at)
            self.wallet.check(store)
            self.guests.check(store)
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

    def _seconds(self) -> float:
        return self.at.timestamp()

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

    def _check_documents(self, store: Store) -> None:
        documents = store.documents.recent(OPERATOR, 100_000)
        billed = Counter(one.session_id for one in documents if one.kind is DocumentKind.INVOICE and one.session_id)
        assert billed == Counter(self.records), "a charge is not on exactly one invoice"
        credited: Counter[object] = Counter()
        for one in documents:
            credited[one.content.corrects] += one.due.minor if one.content.corrects else 0
        assert all(credited[one.id] <= one.due.minor for one in documents), "more was credited than invoiced"
        statements = store.statements.page(OPERATOR, PageAsked(limit=100_000)).rows
        stated = Counter(line.document_id for one in statements for line in one.lines)
        assert not stated or max(stated.values()) == 1, "a document stands on two statements"
        numbers: dict[tuple[str, int], list[int]] = {}
        for one in documents:
            numbers.setdefault((one.series, one.year), []).append(one.sequence)
        for statement in statements:
            numbers.setdefault(("ACC", statement.year), []).append(statement.sequence)
        assert all(sorted(found) == list(range(1, len(found) + 1)) for found in numbers.values()), "a gap in the numbers"

    def _check_payments(self, store: Store) -> None:
        for driver_id in self.everybody:
            for payment in store.payments.of_driver(driver_id, 100_000):
                if payment.method in (TRANSFER, WALLET):
                    continue
                found = self._intent(str(payment.id))
                got = (found.captured, found.refunded, found.held) if found else (0, 0, 0)
                held = payment.state.amount.minor if isinstance(payment.state, Held) else 0
                assert got == (payment.taken.minor, payment.returned.minor, held), f"{payment} is {got} at the provider"
                assert payment.returned <= payment.taken
        statements = store.statements.page(OPERATOR, PageAsked(limit=100_000)).rows
        payables: list[Invoice | AccountStatement] = [*store.documents.recent(OPERATOR, 100_000), *statements]
        for one in payables:
            case, taken = store.dunning.case(one.id), sum(pay.taken.minor for pay in store.payments.of_document(one.id))
            fees = case.fees.minor if case else 0
            assert taken <= one.due.minor + fees, f"{one.number}: {taken} taken of {one.due} and {fees} fees"

    def _check_ledger(self, store: Store) -> None:
        assert store.ledger.sum_minor(self.currency) == 0
        verify(store.ledger.chain(OPERATOR))
        balances = {one.account: one.minor for one in store.ledger.trial_balance(OPERATOR)}
        assert all(minor >= 0 for account, minor in balances.items() if account.kind is AccountKind.HOLD), "a hold below zero"
        totals = self.bank.totals()
        held = sum(minor for account, minor in balances.items() if account.kind is AccountKind.HOLD)
        assert held == totals.held.get(self.currency, 0), "the memo of holds differs from the provider's"
        assert balances.get(CLEARING, 0) == 0, "cleared and captured differ"
        assert balances.get(AT_PROCESSOR, 0) == sum(one.net.minor for one in self.file() if not one.payout), (
            "the processor's balance differs"
        )
        payments = [one for driver_id in self.everybody for one in store.payments.of_driver(driver_id, 100_000) if one.method == TRANSFER]
        transferred = sum(one.taken.minor for one in payments)
        paid_out = -sum(one.net.minor for one in self.file() if one.kind is RowKind.PAYOUT)
        assert balances.get(BANK, 0) == paid_out + transferred, "the bank has not what was paid out and transferred"
        assert self._referee(store) == sum(balances.get(receivable(one), 0) for one in self.everybody), "receivables differ from the papers"
        assert all(balances.get(held_on_card(one), 0) >= 0 for one in self.everybody)
        self._check_losses(store)

    def _check_losses(self, store: Store) -> None:
        """No document has more tax corrected than it has, to a unit of rounding for each of its two rates and corrections; what is
        written off is what its debtor has not paid; and what is not written off has nothing lost."""
        documents = {one.id: one for one in store.documents.recent(OPERATOR, 100_000)}
        for one in documents.values():
            if one.kind is DocumentKind.CREDIT_NOTE or store.statements.of_document(one.id):
                continue
            notes, payments = store.documents.correcting(one.id), store.payments.of_document(one.id)
            subjects = [one.id, *(note.id for note in notes), *(pay.id for pay in payments)]
            txns = [kept.txn for subject in subjects for kept in store.ledger.of_subject(subject)]
            taxes = [entry.minor for txn in txns for entry in txn.entries if entry.account.kind is AccountKind.VAT]
            assert sum(taxes) <= len(taxes), f"{one.number}: {sum(taxes)} of tax too much taken back"
        for case in store.dunning.page(OPERATOR, PageAsked(limit=100_000)).rows:
            lost = lost_of(case.driver_id, self.currency, [kept.txn for kept in store.ledger.of_subject(case.document_id)])
            paid = sum(pay.taken.minor for pay in store.payments.of_document(case.document_id))
            due = documents[case.document_id].due if case.document_id in documents else case.amount
            whole = due.minor + case.fees.minor - paid if case.document_id in documents else lost.minor
            assert lost.minor == (whole if case.outcome == WRITTEN_OFF else 0), f"{case.number}: {lost} lost, {case.outcome}"

    def _referee(self, store: Store) -> int:
        """What all drivers owe, from the papers alone."""
        owed = 0
        for one in store.documents.recent(OPERATOR, 100_000):
            owed += -one.due.minor if one.kind is DocumentKind.CREDIT_NOTE else one.due.minor
        for driver_id in self.everybody:
            owed -= sum(pay.captured.minor for pay in store.payments.of_driver(driver_id, 100_000) if not pay.top_up)
        owed += -store.ledger.balance(OPERATOR, revenue("dunning"), self.currency)
        lost = store.ledger.balance(OPERATOR, WRITE_OFF, self.currency) + self._tax_of_lost(store)
        return owed - lost + self.guests.lost(store)

    def _tax_of_lost(self, store: Store) -> int:
        """What of the debts given up was tax: by the papers all tax that was asked for, less what the ledger still owes of it."""
        taxes = 0
        for one in store.documents.recent(OPERATOR, 100_000):
            tax = sum(line.tax.minor for line in one.content.taxes)
            taxes += -tax if one.kind is DocumentKind.CREDIT_NOTE else tax
        balances = store.ledger.trial_balance(OPERATOR)
        return taxes + sum(one.minor for one in balances if one.account.kind is AccountKind.VAT and one.currency == self.currency)

    # Helpers.

    def _build(self, store: Store) -> None:
        self._build_place(store)
        self.wallet.build(store)
        self.guests.build(store)

    def _build_place(self, store: Store) -> None:
        store.stations.put_operator(Operator(OPERATOR, "Test", "Test GmbH", "DE", "DE123456789", "Weg 1", self.currency))
        where = (Decimal("52.5"), Decimal("13.4"))
        store.stations.put_site(Site(SITE, OPERATOR, "test", "Test", "Weg 1", "DE", "Europe/Berlin", self.currency, *where))
        for number, driver_id in enumerate(self.drivers):
            charger = ChargerId(f"CP{number}")
            store.stations.put_charger(Charger(charger, Approval.APPROVED, OPERATOR, SITE, connected=True))
            evse = Evse(self._evse(driver_id), OPERATOR, SITE, charger, 1, f"B{number}", "IEC_62196_T2", "T2", ("L1",), 230, 32)
            store.stations.put_evse(evse)
            store.stations.put_socket(Socket(evse.id, ConnectorState.AVAILABLE, at=BEGIN))
            method = ("pm_card", "pm_account", "pm_broke", "pm_declined", "pm_purse", "pm_lean", "")[number]
            pay_by = PayBy.ACCOUNT if number == 1 else PayBy.CARD if number < 4 else PayBy.WALLET
            store.drivers.put_driver(Driver(driver_id, OPERATOR, f"D{number}", f"d{number}@x.example", "en", pay_by, method))
            store.drivers.put_token(Token(TokenUid(f"APP{number}"), OPERATOR, driver_id, TokenKind.APP))
        parts = [{"type": "FLAT", "price": 0.5, "vat": 19, "step_size": 1}, {"type": "ENERGY", "price": 0.4321, "vat": 7, "step_size": 1}]
        unused = {"price_components": [{"type": "FLAT", "price": 2, "vat": 19, "step_size": 1}]}
        elements = [{**unused, "restrictions": {"reservation": "RESERVATION_EXPIRES"}}, {"price_components": parts}]
        head = {"country_code": "DE", "party_id": "FCT", "id": "T", "currency": self.currency, "tax_included": "NO"}
        source = {**head, "elements": elements}
        version = tariff_version(source, VERSION, OPERATOR, SITE, BEGIN - timedelta(days=30))
        store.prices.put_version(version)
        store.prices.put_entry(PriceEntry(PriceEntryId(version.id), OPERATOR, SITE, version.key, "Price", version.valid_from))

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
            return self._record(str(order.payment_id)) or Unanswered("no record")
        answer = self.answers.get(order.key)  # type: ignore[union-attr]
        if answer is None:
            answer = self.answers[order.key] = self._act(order)  # type: ignore[union-attr]
        if self.unlucky(0.08):
            self.counted["_timeouts after"] += 1
            return Unanswered("timeout")
        return answer

    def _act(self, order: object) -> Answer | ProcessorRecord:
        try:
            match order:
                case OpenHold() | OpenCharge():
                    how = Asking(True, order.keep_card) if isinstance(order, OpenCharge) else None
                    asked = self.bank.ask(str(order.payment_id), order.amount.minor, self.currency, how=how)
                    return Opened(asked.id, self.at, f"https://provider.example/pay/{asked.id}")
                case PlaceHold() | Charge():
                    later = isinstance(order, PlaceHold)
                    made = self.bank.create(str(order.payment_id), order.amount.minor, self.currency, order.method, later)
                case Capture():
                    made = self.bank.capture(order.reference, order.amount.minor)
                case Release():
                    made = self.bank.release(order.reference)
                case Refund():
                    made = self.bank.refund(order.reference, order.amount.minor)
                case _:
                    raise TypeError(f"{order!r} is no order")
        except Refusal as refusal:
            found = self._record(str(order.payment_id)) if isinstance(order, Release) else None
            return found if found and found.status == "captured" else Rejected(refusal.code)
        expires = datetime.fromtimestamp(made.expires_at, UTC) if made.expires_at else None
        return Accepted(made.id, self.at, expires)

    def _record(self, reference: str) -> ProcessorRecord | None:
        found = self._intent(reference)
        if found is None:
            return None
        held, captured, refunded = (Money(minor, self.currency) for minor in (found.held, found.captured, found.refunded))
        expires = datetime.fromtimestamp(found.expires_at, UTC) if found.expires_at else None
        disputes: tuple[DisputeRecord, ...] = ()
        if (claim := found.claim) is not None:
            sums = Money(claim.amount, self.currency), Money(claim.fee, self.currency)
            instants = claim.opened_at, claim.changed_at, claim.answer_by
            opened_at, changed_at, answer_by = (datetime.fromtimestamp(at, UTC) for at in instants)
            disputes = (DisputeRecord(claim.id, claim.status, *sums, claim.reason, opened_at, changed_at, answer_by),)
        card = GivenCard(found.method, found.brand, found.last4, 2034, 12) if found.card else None
        payment_id, status = PaymentId(UUID(reference)), found.told_status
        return ProcessorRecord(payment_id, status, found.id, held, captured, refunded, self.at, expires, found.code, disputes, card)

    def _intent(self, reference: str) -> Intent | None:
        try:
            return self.bank.find(reference)
        except Refusal:
            return None

    def _told(self, name: str, intent: Intent) -> None:
        payment_id = PaymentId(UUID(intent.reference))
        self.events.append(ProcessorEvent(f"evt{len(self.events)}_{intent.id}_{name}_{self.at}", name, payment_id, self.at))

    def some_invoice(self) -> Invoice | None:
        with self.transactions.begin() as store:
            invoices = [one for one in store.documents.recent(OPERATOR, 40) if one.kind is DocumentKind.INVOICE]
        return self.random.choice(invoices) if invoices else None

    def staff(self) -> Staff:
        return Staff(OPERATOR, "ops", self.at, self.ids)

    def _evse(self, driver_id: DriverId) -> EvseId:
        return EvseId(UUID(int=100 + self.drivers.index(driver_id)))

    def unlucky(self, chance: float) -> bool:
        return self.faults and self.random.random() < chance
