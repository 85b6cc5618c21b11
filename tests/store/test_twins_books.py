"""Both stores answer alike: the ledger and its sums, bank statements and files, and charges of roaming partners."""

from dataclasses import replace
from datetime import timedelta

from forecourt.flows.ports import AccountEntries, ChangedSince, DebtQuery, RoamingCdr, RoamingCharge, RoamingCommand
from forecourt.kernel import BookingId, DocumentId, DriverId, EvseId, Money, OperatorId, PaymentId, SessionId, SiteId, TokenUid
from forecourt.ledger import (
    AT_PROCESSOR,
    BANK,
    CLEARING,
    FEES,
    MANUAL_ACCOUNTS,
    AccountKind,
    Entry,
    ManualEntry,
    Posting,
    Txn,
    receivable,
    revenue,
    vat,
    wallet,
)
from forecourt.ocpi import Cdr, CdrToken
from forecourt.payments import Payment
from forecourt.settlement import BankAccount, CollectedStatement, CollectionFile, DueTransfer, StoredLine, TransferFile
from forecourt.tariffs import PhaseState
from money_world import record, tariff, version
from ocpi.charges import TOKEN_TOLD, cdr
from twin_money import MoneyWorld
from twins import Twins, any_order, seeds, walked

KEYS = ("document", "payment", "cleared", "dunning", "statement")


class Books(MoneyWorld):
    """Documents on statements, payments, and a ledger about them."""

    def __init__(self, twins: Twins, seed: int) -> None:
        super().__init__(twins, seed, documents=12)
        for _ in range(4):
            self.state(self.random.sample(self.documents, 1))
        payments = self.put(lambda store: store.payments.put, Payment, 6, "operator_id id driver_id")
        self.subjects = [one.id for one in (*self.documents, *self.statements, *payments)]
        of_drivers = [kind(one) for one in self.pools[DriverId] for kind in (receivable, wallet)]
        self.accounts = [BANK, CLEARING, AT_PROCESSOR, FEES, revenue("energy"), vat(None), *of_drivers]
        for _ in range(30):
            txn = self.txn()
            twins.do(lambda store, txn=txn: store.ledger.post(txn))

    def txn(self) -> Txn:
        source, destination = self.random.sample(self.accounts, 2)
        postings = (Posting(source, destination, Money(self.random.randrange(1, 4) * 100, self.random.choice(("EUR", "EUR", "USD")))),)
        key = f"{self.random.choice(KEYS)}/{self.random.randrange(30)}"
        about = self.random.choice((None, self.at()))
        return Txn(key, self.pick(OperatorId), self.at(), "text", self.random.choice(self.subjects), postings, about)


@seeds
def test_both_stores_agree_on_the_ledger(twins: Twins, seed: int) -> None:
    world = Books(twins, seed)
    later = [world.txn() for _ in range(3)]
    closed, opened = world.at(), world.at()
    twins.do(lambda store: store.ledger.close(world.operators[0].id, closed))
    twins.do(lambda store: store.ledger.reopen(world.operators[0].id, opened))

    def queries():
        operator_id, account, currency = world.pick(OperatorId), world.random.choice(world.accounts), world.random.choice(("EUR", "USD"))
        position, at, span, limit = world.random.randrange(1, 25), world.at(), world.span(), world.random.randrange(1, 9)
        kind = world.random.choice((AccountKind.VAT, AccountKind.DRIVER_RECEIVABLE, AccountKind.WALLET, AccountKind.REVENUE))
        name = world.random.choice((account.name, "WALLET", "DRIVER_RECEIVABLE"))
        wanted, subjects = AccountEntries(name, currency, world.random.choice((None, span))), world.random.sample(world.subjects, 3)
        return (
            lambda store: store.ledger.post_all(later),
            lambda store: store.ledger.head(operator_id),
            lambda store: store.ledger.open_from(operator_id),
            lambda store: store.ledger.balance(operator_id, account, currency),
            lambda store: store.ledger.balance(operator_id, account, currency, position),
            lambda store: walked(lambda request: store.ledger.account_page(operator_id, account, currency, request)),
            lambda store: store.ledger.entries(operator_id, wanted, limit),
            lambda store: store.ledger.entries(operator_id, wanted, limit, position),
            lambda store: store.ledger.sum_of(operator_id, wanted),
            lambda store: store.ledger.entry(operator_id, position),
            lambda store: store.ledger.trial_balance(operator_id),
            lambda store: store.ledger.trial_balance(operator_id, kind),
            lambda store: store.ledger.unsettled(operator_id, kind),
            lambda store: store.ledger.summary(operator_id),
            lambda store: store.ledger.wrong_balances(),
            lambda store: store.ledger.prefetch_of_subjects(subjects),
            lambda store: [store.ledger.of_subject(one) for one in subjects],
            lambda store: any_order(store.ledger.uncleared(operator_id, at)),
            lambda store: list(store.ledger.chain(operator_id, position)),
            lambda store: store.ledger.posted(operator_id, store.ledger.positions(operator_id, span)),
            lambda store: store.ledger.positions(operator_id, span),
            lambda store: store.ledger.sum_minor(currency),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_sums_of_documents_and_debts(twins: Twins, seed: int) -> None:
    world = Books(twins, seed)

    def queries():
        operator_id, site_id, driver_id = world.pick(OperatorId), world.pick(SiteId), world.pick(DriverId)
        at, until, span, currency = world.at(), world.at(), world.span(), world.random.choice(("EUR", "USD"))
        zone, due = world.random.choice(("UTC", "Asia/Tokyo")), timedelta(hours=world.random.randrange(3))
        debts = DebtQuery(world.at() + timedelta(days=world.random.choice((0, 31, 61, 91))), due, world.random.choice(("", "", "B", "1@")))
        debts = replace(debts, until=world.random.choice((None, world.at())))
        return (
            lambda store: store.billing_totals.fleet_usage(driver_id, span),
            lambda store: store.billing_totals.fleet_usage_by_month(driver_id, span, zone),
            lambda store: store.billing_totals.spent_by(driver_id, span, currency),
            lambda store: any_order(store.billing_totals.by_tariff_version(operator_id, at)),
            lambda store: any_order(store.billing_totals.by_tariff_version(operator_id, at, until)),
            lambda store: any_order(store.billing_totals.earnings(operator_id, span)),
            lambda store: store.billing_totals.by_line(operator_id, site_id, at),
            lambda store: store.billing_totals.by_delivery_time(operator_id, site_id, at),
            lambda store: walked(lambda request: store.debts.page(operator_id, debts, request)),
            lambda store: store.debts.totals(operator_id, debts),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_bank_statements_and_manual_entries(twins: Twins, seed: int) -> None:
    world = Books(twins, seed)
    free = {operator.id: list(range(1, 20)) for operator in world.operators}  # an entry is matched with one line

    def line() -> StoredLine:
        operator_id = world.pick(OperatorId)
        positions = tuple(free[operator_id].pop(0) for _ in range(world.random.choice((0, 0, 1, 2))) if free[operator_id])
        return world.make(StoredLine, operator_id=operator_id, positions=positions, booked_minor=world.random.randrange(3) * 100)

    lines = [one for one in (line() for _ in range(20)) if twins.do(lambda store, one=one: store.bank.put(one))]
    world.put(lambda store: store.bank.put_account, BankAccount, 6, "operator_id account")
    side = world.random.choice
    by_hand = [(Entry(one, "EUR", 100), Entry(other, "EUR", -100)) for one in MANUAL_ACCOUNTS[:2] for other in MANUAL_ACCOUNTS[2:4]]
    number = iter(range(99))
    given = {"lines": lambda: side(by_hand), "reason": "why", "number": lambda: f"M-{next(number):02}"}
    entries = world.put(lambda store: store.manual_entries.put, ManualEntry, 12, **given)

    def queries():
        operator_id, some, account, limit = (
            world.pick(OperatorId),
            world.random.choice(lines),
            world.pick("account"),
            world.random.randrange(1, 9),
        )
        moved, currency, position = world.random.choice(world.accounts), side(("EUR", "USD")), world.random.randrange(20)
        ids, entry = [one.line.id for one in lines[::2]] + world.ids(1), world.random.choice(entries)
        return (
            lambda store: store.bank.lock(operator_id),
            lambda store: store.bank.accounts(operator_id),
            lambda store: store.bank.known(operator_id, ids),
            lambda store: store.bank.line(operator_id, some.line.id),
            lambda store: store.bank.open(operator_id),
            lambda store: store.bank.to_review(operator_id, limit),
            lambda store: store.bank.review_progress(operator_id),
            lambda store: walked(lambda request: store.bank.page(operator_id, request)),
            lambda store: store.bank.line_of(operator_id, position),
            lambda store: store.bank.lines_of_account(operator_id, moved),
            lambda store: store.bank.sum_minor(operator_id, account),
            lambda store: store.bank.unmatched(operator_id, currency),
            lambda store: store.manual_entries.entry(entry.id),
            lambda store: store.manual_entries.by_number(operator_id, entry.number),
            lambda store: walked(lambda request: store.manual_entries.page(operator_id, request)),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_files_for_the_bank(twins: Twins, seed: int) -> None:
    world = MoneyWorld(twins, seed)
    abouts = world.ids(5)
    world.pools |= {"about": abouts, "number": [f"N-{n}" for n in range(12)]}

    def some(kind: type, key: str, pool: object) -> tuple[object, ...]:
        chosen = world.random.sample(world.pools[pool], world.random.randrange(1, 3))
        return tuple(world.make(kind, amount=Money(100, "EUR"), **{key: one}) for one in chosen)

    given = {"dues": lambda: some(DueTransfer, "about", "about")}
    world.put(lambda store: store.payments.put, Payment, 8, id=lambda: world.pick(PaymentId), operator_id=world.operators[0].id)
    transfers = world.put(lambda store: store.bank.put_file, TransferFile, 12, "operator_id id number", **given)
    given = {"collected": lambda: some(CollectedStatement, "payment_id", PaymentId)}
    collections = world.put(lambda store: store.direct_debits.put_file, CollectionFile, 12, "operator_id id number", **given)

    def queries():
        operator_id, paid, asked = world.pick(OperatorId), world.some("about"), world.some(PaymentId)
        transfer, collection = world.random.choice(transfers), world.random.choice(collections)
        return (
            lambda store: store.bank.file(operator_id, transfer.number),
            lambda store: store.bank.file_of(operator_id, transfer.id),
            lambda store: store.bank.files_paying(operator_id, paid),
            lambda store: walked(lambda request: store.bank.files(operator_id, request)),
            lambda store: store.direct_debits.file(operator_id, collection.number),
            lambda store: store.direct_debits.file_of(operator_id, collection.id),
            lambda store: store.direct_debits.files_with(operator_id, asked),
            lambda store: store.direct_debits.collected_of(operator_id, asked),
            lambda store: walked(lambda request: store.direct_debits.files(operator_id, request)),
            lambda store: store.direct_debits.open_debit_counts(store.direct_debits.files_with(operator_id, asked)),
        )

    world.ask(queries)


@seeds
def test_both_stores_agree_on_roaming_charges(twins: Twins, seed: int) -> None:
    world = MoneyWorld(twins, seed, documents=8)
    partners = world.ids(2)
    world.pools |= {"partner_id": partners, "reservation_id": ["r1", "R1", "r2"], TokenUid: ["04A1", "04B2"]}
    world.pools |= {CdrToken: [TOKEN_TOLD], Cdr: [cdr(record((PhaseState.CHARGING, 60, 100)), version(tariff()))]}
    charges = world.put(lambda store: store.roaming_charges.put_charge, RoamingCharge, 20, "operator_id id")
    commands = world.put(lambda store: store.roaming_charges.put_command, RoamingCommand, 12, "operator_id id")
    for document in world.documents:
        given = {"document_id": document.id, "session_id": world.random.choice(charges).id}
        world.put(lambda store: store.roaming_charges.put_cdr, RoamingCdr, 1, "operator_id document_id", **given)

    def queries():
        partner_id, evse_id, site_id, at, span = world.pick("partner_id"), world.pick(EvseId), world.pick(SiteId), world.at(), world.span()
        since, until = world.random.choice((None, world.at())), world.random.choice((None, world.at()))
        page = ChangedSince(since, until, world.random.randrange(3), world.random.randrange(1, 5))
        charge, command, sessions = world.random.choice(charges), world.random.choice(commands), world.some(SessionId)
        reservation_id, uid = world.pick("reservation_id"), world.pick(TokenUid)
        document_id, booking_id = world.pick(DocumentId), world.pick(BookingId)
        return (
            lambda store: store.roaming_charges.charge(charge.id),
            lambda store: any_order(store.roaming_charges.charges(sessions)),
            lambda store: [store.roaming_charges.charge_of(one) for one in sessions],
            lambda store: store.roaming_charges.charge_of_booking(booking_id),
            lambda store: store.roaming_charges.charges_of(partner_id, page),
            lambda store: walked(lambda request: store.roaming_charges.page(partner_id, request)),
            lambda store: store.roaming_charges.reservation(partner_id, reservation_id),
            lambda store: store.roaming_charges.reserved_at(site_id),
            lambda store: store.roaming_charges.command(command.id),
            lambda store: store.roaming_charges.requested_start(evse_id, uid, at),
            lambda store: store.roaming_charges.cdr(document_id),
            lambda store: store.roaming_charges.cdrs_of_charge(charge.id),
            lambda store: store.roaming_charges.cdrs_of(partner_id, page),
            lambda store: store.roaming_charges.undelivered_cdrs(partner_id, span),
        )

    world.ask(queries)
