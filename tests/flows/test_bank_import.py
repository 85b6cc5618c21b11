"""Bank statements matched with the ledger: posted where a line names what it pays, else left to a person; the balances agree once
no line is left."""

import random
from datetime import date, timedelta
from functools import partial
from types import SimpleNamespace
from uuid import UUID

import psycopg
import pytest

from camt_file import Line, camt
from forecourt.billing import Invoice, creditor_reference, printed_reference
from forecourt.flows.billing import (
    CreditRequest,
    bank_moves,
    book_line,
    import_bank_statements,
    issue_credit_note,
    match_bank_lines,
    match_line,
    reverse_manual_entry,
)
from forecourt.flows.desk import Staff
from forecourt.flows.paying import clear, outstanding, record_transfer
from forecourt.flows.ports import MatchBankLines, Store, StoreUnavailable, Transactions
from forecourt.jobs import WorkerPorts
from forecourt.jobs.tasks import Tasks
from forecourt.kernel import BadInput, Conflict, Money
from forecourt.ledger import BANK, BANK_FEES, OPENING_BALANCE, OTHER_BOOKS, Posting, Txn, verify_chain
from forecourt.payments import ClearingLine, RowKind
from forecourt.settlement import StoredLine, parse_camt
from forecourt.store import PostgresTransactions
from money_world import ACCOUNT_DRIVER, NOON, OPERATOR, C, MoneyWorld
from stores import both_stores

from .test_money_races import all_at_once
from .test_month_closing import in_berlin

DAY = date(2026, 6, 1)
LATER = NOON + timedelta(days=40)


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return in_berlin(MoneyWorld(any_transactions))


def by(world: MoneyWorld) -> Staff:
    return Staff(OPERATOR, "ada", LATER, world.ids)


def invoiced(world: MoneyWorld, number: int, wh: int = 10_000) -> Invoice:
    made = world.billed(world.ended((C, 60, wh), driver=ACCOUNT_DRIVER, number=number), NOON)
    assert made is not None
    return made


def paid_out(world: MoneyWorld, name: str, minor: int, day: int = 0) -> None:
    row = ClearingLine(name, None, Money(-minor, "EUR"), Money(0, "EUR"), NOON + timedelta(days=day), RowKind.PAYOUT, f"po_{name}")
    with world.transactions.begin() as store:
        clear(store, [row], NOON, world.ids)


def sent(world: MoneyWorld, *lines: Line, opening: int = 0, closes: date = DAY, version: str = "08") -> int:
    with world.transactions.begin() as store:
        return import_bank_statements(store, by(world), parse_camt(camt(opening, list(lines), closes, version)))


def waiting(world: MoneyWorld) -> list[StoredLine]:
    with world.transactions.begin() as store:
        return list(store.bank.open(OPERATOR))


def at_bank(store: Store) -> int:
    return store.ledger.balance(OPERATOR, BANK, "EUR")


def is_even(world: MoneyWorld) -> bool:
    """Ledger and bank are the same, and nothing waits on either side."""
    with world.transactions.begin() as store:
        assert world.sum_is_zero(store) and verify_chain(store.ledger.chain(OPERATOR)) > 0
        (account,) = store.bank.accounts(OPERATOR)
        assert store.bank.sum_minor(OPERATOR, account.account) == account.closing.minor
        alone = bank_moves(store, OPERATOR, "EUR")
        return at_bank(store) == account.closing.minor and not alone and not store.bank.open(OPERATOR)


def test_a_payout_is_matched_by_amount_and_one_of_two_with_equal_amounts_by_its_id(world: MoneyWorld) -> None:
    paid_out(world, "early", 5_00)
    paid_out(world, "late", 5_00, day=1)
    sent(world, Line(DAY, 5_00, "STRIPE po_late"), Line(DAY + timedelta(days=2), 5_00, "STRIPE"), closes=DAY + timedelta(days=2))
    assert is_even(world)
    with world.transactions.begin() as store:
        assert [one.positions for one in store.bank.page(OPERATOR).rows] == [(1,), (2,)]


def test_a_transfer_pays_the_invoices_it_names_only_if_the_amount_is_exact(world: MoneyWorld) -> None:
    one, two, three = (invoiced(world, number) for number in (1, 2, 3))
    whole = one.due.minor + two.due.minor
    spaced = one.number.replace("-", " ").lower()
    sent(world, Line(DAY, whole, f"Rechnungen {spaced} und {two.number}"), Line(DAY, three.due.minor - 1, three.number))
    with world.transactions.begin() as store:
        assert [outstanding(store, made).minor for made in (one, two, three)] == [0, 0, three.due.minor] and at_bank(store) == whole
    (left,) = waiting(world)
    assert f"{three.due} is owed" in left.note


def test_a_transfer_pays_what_its_structured_references_name_only_if_the_amount_is_exact(world: MoneyWorld) -> None:
    one, two, three = (invoiced(world, number) for number in (1, 2, 3))
    wrong = creditor_reference(three.number)[:-1] + "9"
    lines = [Line(DAY, one.due.minor, f"<![CDATA[EREF+{printed_reference(one.number)}SVWZ]]>"), Line(DAY, three.due.minor, wrong)]
    structured = f"<RmtInf><Strd><CdtrRefInf><Ref>{creditor_reference(two.number)}</Ref></CdtrRefInf></Strd></RmtInf>"
    content = camt(0, [*lines, Line(DAY, two.due.minor, "HERE")], DAY).replace(b"<RmtInf><Ustrd>HERE</Ustrd></RmtInf>", structured.encode())
    with world.transactions.begin() as store:
        import_bank_statements(store, by(world), parse_camt(content))
        assert [outstanding(store, made).minor for made in (one, two, three)] == [0, 0, three.due.minor]
    assert [kept.line.text for kept in waiting(world)] == [wrong]


def test_a_transfer_that_is_a_cent_off_or_names_a_paid_invoice_too_is_left_for_manual_matching(world: MoneyWorld) -> None:
    one, two = (invoiced(world, number) for number in (1, 2))
    sent(world, Line(DAY, two.due.minor, two.number, "1"))
    lines = [
        Line(DAY, one.due.minor + 1, one.number, "2"),
        Line(DAY, one.due.minor, f"{one.number} {two.number}", "4"),
    ]
    sent(world, *lines, opening=two.due.minor)
    assert len(waiting(world)) == 2
    with world.transactions.begin() as store:
        assert outstanding(store, one) == one.due and at_bank(store) == two.due.minor


def test_a_bank_line_of_the_same_amount_in_another_currency_pays_nothing(world: MoneyWorld) -> None:
    made = invoiced(world, 1)
    with world.transactions.begin() as store:
        import_bank_statements(store, by(world), parse_camt(camt(0, [Line(DAY, made.due.minor, made.number)], DAY, currency="USD")))
        assert outstanding(store, made) == made.due and store.ledger.balance(OPERATOR, BANK, "USD") == at_bank(store) == 0
    (left,) = waiting(world)
    assert "another currency is owed" in left.note


def test_a_refund_transfer_of_another_amount_than_is_owed_waits_for_manual_matching(world: MoneyWorld) -> None:
    made = invoiced(world, 1)
    sent(world, Line(DAY, made.due.minor, made.number, "1"))
    with world.transactions.begin() as store:
        note = issue_credit_note(store, Staff(OPERATOR, "ops", NOON, world.ids), CreditRequest(made.id, 0, "broken display")).note
    lines = [Line(DAY, -made.due.minor - 1, note.number, "2"), Line(DAY, 1 - made.due.minor, note.number, "3")]
    sent(world, *lines, opening=made.due.minor)
    with world.transactions.begin() as store:
        (payback,) = store.paybacks.of_note(note.id)
        assert payback.open and len(store.bank.open(OPERATOR)) == 2


def test_a_transfer_recorded_by_hand_before_is_matched_by_its_reference_or_invoice_number(world: MoneyWorld) -> None:
    one, two = (invoiced(world, number) for number in (1, 2))
    with world.transactions.begin() as store:
        record_transfer(store, Staff(OPERATOR, "ops", NOON, world.ids), one.id, "SEPA 4711")
        record_transfer(store, Staff(OPERATOR, "ops", LATER, world.ids), two.id, "by phone")
    sent(world, Line(DAY, one.due.minor, "ref sepa-4711"), Line(DAY, two.due.minor, two.number))
    assert is_even(world)


def test_only_a_recent_payout_is_matched_by_amount_alone(world: MoneyWorld) -> None:
    made = invoiced(world, 1)
    with world.transactions.begin() as store:
        record_transfer(store, Staff(OPERATOR, "ops", NOON, world.ids), made.id, "by phone")
    paid_out(world, "old", 9_00, day=-11)
    paid_out(world, "new", 7_00)
    sent(world, Line(DAY, made.due.minor, "Ben"), Line(DAY, 9_00, "STRIPE"), Line(DAY, 7_00, "STRIPE for INV-2026-999999"), opening=0)
    assert len(waiting(world)) == 3


def test_a_refund_transfer_is_settled_by_its_bank_line_and_owed_again_when_the_bank_returns_it(world: MoneyWorld) -> None:
    made = invoiced(world, 1)
    sent(world, Line(DAY, made.due.minor, made.number, "1"))
    with world.transactions.begin() as store:
        note = issue_credit_note(store, Staff(OPERATOR, "ops", NOON, world.ids), CreditRequest(made.id, 0, "broken display")).note
    gone = Line(DAY, -made.due.minor, f"back {note.number}", "2")
    sent(world, gone, opening=made.due.minor)
    assert is_even(world)
    sent(world, gone, Line(DAY, made.due.minor, f"back {note.number}", "3", came_back=True), opening=made.due.minor)
    assert is_even(world)
    with world.transactions.begin() as store:
        (payback,) = store.paybacks.of_note(note.id)
        assert payback.open and payback.returns == 1


def test_a_bank_line_coded_as_a_fee_is_booked_on_its_day_and_uncoded_ones_wait(world: MoneyWorld) -> None:
    sent(world, Line(DAY, -9_90, "Account fee", code="CHRG"), Line(DAY, -800_00, "Rent"))
    (rent,) = waiting(world)
    assert rent.missing == Money(-800_00, "EUR") and not is_even(world)
    with world.transactions.begin() as store:
        assert store.ledger.balance(OPERATOR, BANK_FEES, "EUR") == 9_90
        made = book_line(store, by(world), rent.line.id, OTHER_BOOKS, DAY, "Rent of June")
    assert is_even(world)
    with pytest.raises(Conflict), world.transactions.begin() as store:
        book_line(store, by(world), rent.line.id, OTHER_BOOKS, DAY, "Rent of June")
    with world.transactions.begin() as store:
        reverse_manual_entry(store, by(world), made.number, DAY, "It was of May")
    (again,) = waiting(world)
    assert again.missing == rent.missing and made.number in again.note
    with world.transactions.begin() as store:
        assert bank_moves(store, OPERATOR, "EUR") == []


def test_a_person_can_match_a_bank_line_with_ledger_entries_of_the_same_sum(world: MoneyWorld) -> None:
    one, two = (invoiced(world, number) for number in (1, 2))
    with world.transactions.begin() as store:
        for made in (one, two):
            record_transfer(store, Staff(OPERATOR, "ops", NOON, world.ids), made.id, "by phone")
        first, second = (move.position for move in bank_moves(store, OPERATOR, "EUR"))
    sent(world, Line(DAY, one.due.minor + two.due.minor, "Ben, both"))
    (both,) = waiting(world)
    with pytest.raises(BadInput, match="too little"), world.transactions.begin() as store:
        match_line(store, by(world), both.line.id, [first])
    with pytest.raises(Conflict), world.transactions.begin() as store:
        match_line(store, by(world), both.line.id, [first, second, 9_999])
    with world.transactions.begin() as store:
        match_line(store, by(world), both.line.id, [first, second])
    assert is_even(world)


def test_statements_imported_again_or_overlapping_are_stored_and_booked_once(world: MoneyWorld) -> None:
    made = invoiced(world, 1)
    lines = [
        Line(DAY, made.due.minor, made.number),
        Line(DAY + timedelta(days=1), -100, "Fee", code="CHRG"),
        Line(DAY, 300, "?"),
        Line(DAY, 300, "?"),
    ]
    assert [sent(world, *lines, closes=DAY + timedelta(days=1), version=version) for version in ("02", "08")] == [4, 0]
    more = Line(DAY + timedelta(days=2), 50, "?")
    assert sent(world, lines[1], more, opening=made.due.minor + 600, closes=more.day) == 1
    with world.transactions.begin() as store:
        assert at_bank(store) == made.due.minor - 100 and store.bank.accounts(OPERATOR)[0].closing.minor == made.due.minor + 550
    with pytest.raises(Conflict, match="begin"):
        sent(world, Line(DAY - timedelta(days=1), 5, "earlier"), closes=DAY)


def test_an_opening_balance_that_differs_from_the_ledger_waits_to_be_posted_by_a_person(world: MoneyWorld) -> None:
    with world.transactions.begin() as store:
        before = Txn(
            "old", OPERATOR, NOON - timedelta(days=30), "An old transfer", UUID(int=7), (Posting(OTHER_BOOKS, BANK, Money(400, "EUR")),)
        )
        store.ledger.post(before)
    sent(world, Line(DAY, -100, "Fee", code="CHRG"), opening=1000)
    (opening,) = waiting(world)
    assert opening.missing == Money(600, "EUR")
    with world.transactions.begin() as store:
        book_line(store, by(world), opening.line.id, OPENING_BALANCE, DAY - timedelta(days=1), "Balance at the start")
    assert is_even(world)


@both_stores
@pytest.mark.parametrize("seed", range(6))
def test_after_a_month_of_overlapping_statements_the_ledger_agrees_with_the_bank(world: MoneyWorld, seed: int) -> None:
    """Payouts, invoices paid one by one or together, fees and strangers, in statements that overlap: what is left for a person is just
    the strangers, and once they are posted the banks are equal."""
    chance, opening = random.Random(seed), 1_000
    lines, strangers = [], 0
    for number in range(1, 25):
        day, what = DAY + timedelta(days=chance.randrange(28)), chance.choice(["payout", "invoice", "pair", "fee", "stranger"])
        minor = chance.choice([500, 700, chance.randrange(1_000, 90_000)])
        if what == "payout":
            paid_out(world, f"n{number}", minor, (day - DAY).days)
            lines.append(Line(day + timedelta(days=chance.randrange(4)), minor, chance.choice(["STRIPE", f"STRIPE po_n{number}"])))
        elif what in ("invoice", "pair"):
            bills = [invoiced(world, 100 * number + part, chance.randrange(1_000, 30_000)) for part in range(1 + (what == "pair"))]
            lines.append(Line(day, sum(one.due.minor for one in bills), " ".join(one.number for one in bills)))
        else:
            lines.append(
                Line(day, -minor if what == "fee" else chance.choice([-minor, minor + 77]), what, code="CHRG" if what == "fee" else "ESCT")
            )
            strangers += what == "stranger"
    lines = [one._replace(ref=f"B{place}") for place, one in enumerate(sorted(lines))]
    cuts = sorted(chance.sample(range(len(lines)), 3))
    for begin, end in [(0, cuts[0]), (max(0, cuts[0] - 4), cuts[2]), (cuts[1], len(lines)), (0, len(lines))]:
        some, start = lines[begin:end], opening + sum(one.minor for one in lines[:begin])
        if some and some[0].day >= lines[0].day:
            sent(world, *some, opening=start, closes=max(one.day for one in some))
    left = waiting(world)
    assert len(left) == strangers + 1
    with world.transactions.begin() as store:
        for one in left:
            book_line(store, by(world), one.line.id, OTHER_BOOKS, one.line.day, "Looked into")
    assert is_even(world)
    with world.transactions.begin() as store:
        assert at_bank(store) == opening + sum(one.minor for one in lines)


def test_a_statement_file_imported_many_times_at_once_is_booked_once(transactions: PostgresTransactions) -> None:
    world = in_berlin(MoneyWorld(transactions))
    bills = [invoiced(world, number) for number in range(1, 5)]
    lines = [Line(DAY, one.due.minor, one.number) for one in bills]
    all_at_once([partial(sent, world, *lines), partial(sent, world, *lines, version="02"), partial(sent, world, *lines[:2])], seed=3)
    assert is_even(world)


def test_after_a_worker_dies_between_bank_lines_each_line_is_matched_exactly_once(
    transactions: PostgresTransactions, database_url: str
) -> None:
    """Of a long file the first lines are looked at with it, the others by tasks; one loses its connection before its commit."""
    world = in_berlin(MoneyWorld(transactions))
    bills = [invoiced(world, number) for number in range(1, 9)]
    lines = [Line(DAY, one.due.minor, one.number, f"B{place}") for place, one in enumerate(bills)] + [
        Line(DAY, -1, "Fee", code="CHRG")
    ] * 100
    sent(world, *lines, opening=7)
    with transactions.begin() as store:
        left, whole = store.bank.review_progress(OPERATOR)
        assert (left, whole) == (9, 109)
    with pytest.raises(StoreUnavailable), transactions.begin() as store:
        match_bank_lines(store, by(world), limit=5)
        assert store.bank.review_progress(OPERATOR) == (4, 109)
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'")
    with transactions.begin() as store:
        assert store.bank.review_progress(OPERATOR) == (9, 109)
    do_tasks(world)
    (opening,) = waiting(world)
    assert opening.missing.minor == 7 and sent(world, *lines, opening=7) == 0
    with transactions.begin() as store:
        assert [outstanding(store, one).minor for one in bills] == [0] * 8 and bank_moves(store, OPERATOR, "EUR") == []
        assert at_bank(store) == sum(one.due.minor for one in bills) - 100 and store.bank.review_progress(OPERATOR) == (0, 0)


def do_tasks(world: MoneyWorld) -> None:
    """All that is due, as a worker does it; what an earlier one had begun was not done."""
    tasks = Tasks(WorkerPorts(world.transactions, SimpleNamespace(now=lambda: LATER), world.ids, None, None, None))  # type: ignore[arg-type]
    while True:
        with world.transactions.begin() as store:
            due = store.outbox.claim("task", LATER, 20, 20.0)
        if not due:
            return
        tasks.run_all([one for one in due if isinstance(one.work, MatchBankLines)])
