"""The events of direct debits in a small world of money in euro, and the checks of them and of the bank statement at the end."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from uuid import UUID, uuid5

from _money_place import HOST, OPERATOR
from _money_world import World

from forecourt.billing import AccountStatement
from forecourt.flows.billing import (
    CollectionRequest,
    collectables,
    download_collection,
    import_bank_statements,
    issue_account_statements,
    make_collection_file,
    pay_with_line,
    record_refused_debit,
    withdraw_collection_file,
)
from forecourt.flows.paying import BY_DRIVER, accepts_overpayment, pay_now, record_transfer, revoke_mandate, take_mandate, unpaid, write_off
from forecourt.flows.ports import PageRequest, Store
from forecourt.kernel import DocumentId, Money, PaymentId, Span
from forecourt.ledger import BANK_FEES, apportion
from forecourt.payments import DEBIT, WRITTEN_OFF, parse_debtor_account
from forecourt.settlement import BankLine, BankStatement, CollectionFile, LineKind, payable

OURS, THEIRS = "DE02120300000000202051", ("NL91ABNA0417164300", "FR1420041010050500013M02606")
_THANKS = "THANKS"
ALL = PageRequest(limit=100_000)


@dataclass
class Debit:
    """What the bank has of one: "asked" of it, "collected", "back" after that, or "refused" without a line."""

    payment_id: PaymentId
    name: str
    number: str
    minor: int
    state: str = "asked"


class DebitSteps:
    """One driver on account gives mandates and takes them back; an operator makes files; a bank does with them what it likes."""

    def __init__(self, world: World, charge: Callable[[int], None]) -> None:
        self._world, self._charge, self._debits = world, charge, list[Debit]()
        self._lines, self._kept_fees = list[BankLine](), 0
        self.steps: tuple[Callable[[], None], ...] = (
            self.whole_month, self.whole_month, self.charge_on_account, self.month_of_account, self.give_mandate,
            self.give_mandate, self.revoke, self.make_files, self.make_files, self.hand_out, self.hand_out, self.withdraw,
            self.bank_collects, self.bank_collects, self.bank_takes_back, self.bank_refuses, self.statement_told, self.statement_told,
            self.pay_statement, self.transfer_statement, self.transfer_statement, self.say_what_is_paid,
        ) if world.currency == "EUR" else ()  # fmt: skip

    def build(self, store: Store) -> None:
        store.stations.put_operator(replace(store.stations.operator(OPERATOR), bank=OURS, creditor_id="DE98ZZZ09999999999"))

    def whole_month(self) -> None:
        """As most months go: charged, stated, collected, and now and then taken back."""
        steps = (self.charge_on_account, self.give_mandate, self.month_of_account, self.make_files, self.hand_out, self.bank_collects)
        for step in (*steps, self.statement_told):
            step()
        if self._world.random.random() < 0.5:
            self.bank_takes_back()

    def charge_on_account(self) -> None:
        self._charge(1)

    def month_of_account(self) -> None:
        world, span = self._world, Span(self._world.at - timedelta(days=30), self._world.at)
        world.within(lambda store: issue_account_statements(store, world.drivers[1], span, world.at, world.ids))

    def give_mandate(self) -> None:
        world, account = self._world, parse_debtor_account("D1", self._world.random.choice(THEIRS))
        world.within(lambda store: take_mandate(store, world.drivers[1], account, world.at, world.ids))

    def revoke(self) -> None:
        world = self._world
        world.within(lambda store: revoke_mandate(store, world.drivers[1], BY_DRIVER, world.at, world.ids))

    def make_files(self) -> None:
        """Two people at one form as often as not."""
        world = self._world
        with world.transactions.begin() as store:
            found = [one for one in collectables(store, OPERATOR, world.at) if world.random.random() < 0.8]
        if found:
            day = _working(max(world.at.date() + timedelta(days=1), *(one.due for one in found)))
            for _ in range(1 + world.random.randrange(2)):
                wish = CollectionRequest(UUID(int=world.random.getrandbits(64)), day, {one.statement.id: one.fingerprint for one in found})
                world.within(partial(self._made, wish))

    def _made(self, wish: CollectionRequest, store: Store) -> None:
        make_collection_file(store, self._world.staff(), wish)

    def hand_out(self) -> None:
        """It is taken, and given to the bank."""
        if file := self._unsent():
            self._world.within(lambda store: download_collection(store, self._world.staff(), file.number))
            named = ((one, file.end_to_end(one)) for one in file.collected)
            self._debits += [Debit(one.payment_id, name, one.number, one.amount.minor) for one, name in named]

    def withdraw(self) -> None:
        if file := self._unsent():
            self._world.within(lambda store: withdraw_collection_file(store, self._world.staff(), file.number, "not sent"))

    def bank_collects(self) -> None:
        """One by one, or a file as one line."""
        asked = [one for one in self._debits if one.state == "asked"]
        if asked:
            one = self._world.random.choice(asked)
            file = one.name[:-4]
            whole = [each for each in self._debits if each.name.startswith(file)]
            if self._world.random.random() < 0.3 and all(each.state == "asked" for each in whole):
                self._line(sum(each.minor for each in whole), f"SAMMLER {file}")
            else:
                whole = [one]
                self._line(one.minor, f"EREF+{one.name} {one.number}")
            for each in whole:
                each.state = "collected"

    def bank_takes_back(self) -> None:
        """For weeks after it came, with a fee or without."""
        collected = [one for one in self._debits if one.state == "collected"]
        if collected:
            one, fee = self._world.random.choice(collected), self._world.random.choice((0, 350))
            if self._world.random.random() < 0.3:  # a person reads of it at the bank
                self.statement_told()
                self._world.within(lambda store: record_refused_debit(store, self._world.staff(), one.name[:-4], one.number, "AM04"))
            reason = self._world.random.choice(("AM04", "MD06", "AC04", "MS02"))
            self._line(-one.minor - fee, f"RETOURE {one.name} {one.number} {reason}", LineKind.RETURNED)
            self._kept_fees += fee
            one.state = "back"

    def bank_refuses(self) -> None:
        """Before anything moved; a person says so."""
        asked = [one for one in self._debits if one.state == "asked"]
        if asked:
            one, code = self._world.random.choice(asked), self._world.random.choice(("AC01", "AM04"))
            self._world.within(lambda store: record_refused_debit(store, self._world.staff(), one.name[:-4], one.number, code))
            one.state = "refused"

    def statement_told(self) -> None:
        """All lines so far, those that were told before among them."""
        world, lines = self._world, self._lines
        if lines:
            opening, closing = (Money(minor, "EUR") for minor in (0, sum(one.amount.minor for one in lines)))
            told = BankStatement(OURS, str(len(lines)), lines[0].day, lines[-1].day, opening, closing, tuple(lines))
            world.within(lambda store: import_bank_statements(store, world.staff(), [told]))

    def pay_statement(self) -> None:
        """By card or transfer, or given up."""
        world = self._world
        with world.transactions.begin() as store:
            stated = store.statements.page(OPERATOR, ALL).rows
        if stated:
            one, way = world.random.choice(stated), world.random.randrange(3)
            steps: tuple[Callable[[Store], object], ...] = (
                lambda store: pay_now(store, one.driver_id, one.id, world.at, world.ids),
                lambda store: record_transfer(store, world.staff(), one.id, "typed"),
                lambda store: write_off(store, world.staff(), one.id, "lost"),
            )
            world.within(steps[way])

    def transfer_statement(self) -> None:
        """Its payer transfers what it is over, be it collected or paid already."""
        world = self._world
        with world.transactions.begin() as store:
            stated = [one for one in store.statements.page(OPERATOR, ALL).rows if self._takes(store, one)]
        if stated:
            one = world.random.choice(stated)
            self._line(one.due.minor, f"{_THANKS} {one.number}")
            self.statement_told()

    def _takes(self, store: Store, one: AccountStatement) -> bool:
        missing = unpaid(store, one)
        return accepts_overpayment(store, one) and (missing == one.due or missing.minor <= 0)

    def finish(self) -> None:
        """What was made is sent and collected, and the bank's last statement is read."""
        for _ in range(200):
            self.hand_out()
            self.bank_collects()
        self.statement_told()
        self.say_what_is_paid()

    def say_what_is_paid(self) -> None:
        """Of lines that came when it was not clear, as while a card was asked."""
        world = self._world
        with world.transactions.begin() as store:
            waiting = [one.line for one in store.bank.open(OPERATOR) if one.line.text.startswith(_THANKS)]
        for one in waiting:
            world.within(partial(self._says, one))

    def _says(self, line: BankLine, store: Store) -> None:
        pay_with_line(store, self._world.staff(), line.id, line.numbers[0])

    def check(self, store: Store) -> None:
        """Each is paid as the bank has it, and no other way as well; every line is in the book; hosts earn by what is paid alone."""
        states = {"collected": "Captured", "back": "Declined", "refused": "Declined"}
        for one in self._debits:
            payment = store.payments.payment(one.payment_id)
            assert payment is not None and payment.state_name == states[one.state], f"{one} is {payment}"
        taken = sum(pay.taken.minor for pay in store.payments.of_driver(self._world.drivers[1], 100_000) if pay.method == DEBIT)
        assert taken == sum(one.minor for one in self._debits if one.state == "collected"), "what was collected differs"
        waiting = [one.note for one in store.bank.open(OPERATOR) if not one.line.text.startswith(_THANKS)]
        assert not waiting, f"lines wait: {waiting}"
        assert store.ledger.balance(OPERATOR, BANK_FEES, "EUR") == self._kept_fees, "what the bank kept differs"
        for statement in store.statements.page(OPERATOR, ALL).rows:
            self._shares(store, statement)
            self._world.counted["_notes off a statement since"] += len(store.statements.applied_credits(statement))
        for one in self._debits:
            self._world.counted[f"_debits {one.state}"] += 1

    @property
    def moved(self) -> int:
        """What all lines come to, but for transfers of payers."""
        return sum(one.amount.minor for one in self._lines if not one.text.startswith(_THANKS))

    def _shares(self, store: Store, statement: AccountStatement) -> None:
        case, taken = store.dunning.case(statement.id), sum(one.taken.minor for one in store.payments.of_document(statement.id))
        asked = statement.due.minor - sum(note.amount.minor for note in store.statements.applied_credits(statement))
        paid = taken >= asked and (case is None or case.outcome != WRITTEN_OFF)
        for document in filter(None, (store.documents.document(line.document_id) for line in statement.lines)):
            notes = store.documents.credit_notes_of(document.id)
            if document.content.corrects or not document.due.minor:
                continue
            left = document.net.minor - sum(one.net.minor for one in notes)
            wanted = apportion(left, [Decimal(10), Decimal(90)])[0] if paid else 0
            txns = (one.txn for about in (document, *notes) for one in store.ledger.of_subject(about.id))
            got = -sum(entry.minor for txn in txns for entry in txn.entries if entry.account == payable(HOST))
            assert got == wanted, f"{document.number} of {statement.number}: the host has {got}, not {wanted}"

    def _line(self, minor: int, text: str, kind: LineKind = LineKind.MOVE) -> None:
        line_id = uuid5(DocumentId(UUID(int=OPERATOR.int)), f"line/{len(self._lines)}")
        self._lines.append(BankLine(line_id, OURS, self._world.at.date(), Money(minor, "EUR"), text, kind))

    def _unsent(self) -> CollectionFile | None:
        """A file that the bank has not."""
        sent = {one.name[:-4] for one in self._debits}
        with self._world.transactions.begin() as store:
            found = [one for one in store.direct_debits.files(OPERATOR, ALL).rows if not one.withdrawn and one.number not in sent]
        return self._world.random.choice(found) if found else None


def _working(day: date) -> date:
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))
