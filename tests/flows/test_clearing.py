"""The processor's clearing file is matched with the ledger: every row once, and exactly the differences are found."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from forecourt.flows.desk import Staff
from forecourt.flows.paying import apply_dispute, clear, clearing_read_from, explain_finding, mark_clearing_read, reconcile, reread_clearing
from forecourt.kernel import BadInput, Conflict, DocumentId, Money, OperatorId, PaymentId
from forecourt.ledger import AT_PROCESSOR, BANK, CLEARING, FEES
from forecourt.payments import (
    Accepted,
    ClearingLine,
    DisputeRecord,
    Payer,
    Payment,
    RowKind,
    apply_answer,
    begin_charge,
    pending_order,
    refund,
)
from forecourt.settlement import FindingState, Mismatch
from forecourt.store import MemoryTransactions
from money_world import CARD_DRIVER, NOON, OPERATOR, MoneyWorld

LATER = NOON + timedelta(days=20)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


class Clearing(MoneyWorld):
    """Payments in the ledger, and their rows in the processor's clearing file."""

    def taken(self, number: int, minor: int, back: int = 0, of: OperatorId = OPERATOR, at: datetime = NOON) -> Payment:
        payer, yes = Payer(of, CARD_DRIVER, "pm_1"), Accepted(f"pay_{number}", at)
        asked = begin_charge(payer, PaymentId(UUID(int=9000 + number)), DocumentId(UUID(int=1)), None, eur(minor), at).payment
        moves = [apply_answer(asked, pending_order(asked), yes, at)]
        if back:
            returning = refund(moves[0].payment, eur(back), "wrong", at).payment
            moves.append(apply_answer(returning, pending_order(returning), yes, at))
        with self.transactions.begin() as store:
            store.payments.put(moves[-1].payment)
            store.ledger.post_all([txn for move in moves for txn in move.txns])
        return moves[-1].payment

    def reads(self, *lines: ClearingLine, at: datetime = LATER) -> set[tuple[Mismatch, str]]:
        """The file is read; what is open then."""
        with self.transactions.begin() as store:
            clear(store, lines, at, self.ids)
            reconcile(store, at)
            return {(one.doubt.kind, one.doubt.subject) for one in store.clearing.open_findings(OPERATOR)}

    def balance(self, account) -> int:  # type: ignore[no-untyped-def]
        with self.transactions.begin() as store:
            return store.ledger.balance(OPERATOR, account, "EUR")


@pytest.fixture
def world() -> Clearing:
    built = Clearing(MemoryTransactions())
    built.build()
    return built


def row(name: str, payment: Payment, minor: int, fee: int = 0, **more: object) -> ClearingLine:
    return ClearingLine(name, payment.id, eur(minor), eur(fee), NOON, **more)  # type: ignore[arg-type]


def other(name: str, kind: RowKind, minor: int, payout: str = "") -> ClearingLine:
    return ClearingLine(name, None, eur(minor), eur(0), NOON, kind, payout)


def planted(chance: random.Random, payment: Payment, name: str) -> tuple[list[ClearingLine], set[tuple[Mismatch, str]]]:
    """The rows of a payment with one fault or none, and what must be found."""
    rows, about = [row(name, payment, payment.taken.minor, 20)], str(payment.id)
    rows += [row(f"{name}-back", payment, -payment.returned.minor)] if payment.returned else []
    match chance.choice(["none", "none", "missing", "amount", "currency", "unbooked", "twice", "back"]):
        case "missing":
            return rows[1:], {(Mismatch.MISSING, f"{about}/in")}
        case "amount":
            return [replace(rows[0], gross=rows[0].gross + eur(1)), *rows[1:]], {(Mismatch.AMOUNT, f"{about}/in")}
        case "currency":
            foreign = {"gross": Money(rows[0].gross.minor, "CHF"), "fee": Money(20, "CHF")}
            return [replace(rows[0], **foreign), *rows[1:]], {(Mismatch.CURRENCY, name)}  # type: ignore[arg-type]
        case "unbooked":
            return [*rows, row(f"{name}-more", payment, 7)], {(Mismatch.UNBOOKED, f"{about}/in")}
        case "twice":
            return [*rows, replace(rows[0], gross=rows[0].gross + eur(5))], {(Mismatch.CHANGED, f"{name}/changed")}
        case "back" if payment.returned:
            return rows[:1], {(Mismatch.MISSING, f"{about}/out")}
    return [*rows, rows[0]], set()


@pytest.mark.parametrize("seed", range(30))
def test_exactly_the_planted_errors_are_found_in_any_order_of_the_rows(world: Clearing, seed: int) -> None:
    chance = random.Random(seed)
    lines: list[ClearingLine] = []
    faults: set[tuple[Mismatch, str]] = set()
    for number in range(12):
        minor = chance.randrange(100, 9_000)
        told, wrong = planted(chance, world.taken(number, minor, chance.choice([0, 0, minor, minor // 3])), f"r{number}")
        faults |= wrong
        lines += told if any(kind is Mismatch.CHANGED for kind, _ in wrong) else chance.sample(told, len(told))
    if seed % 2:
        lines += [ClearingLine("strange", PaymentId(UUID(int=5)), eur(500), eur(0), NOON), other("fee", RowKind.FEE, -300)]
        lines += [other("adjusted", RowKind.OTHER, -100)]
        faults |= {(Mismatch.UNKNOWN, "strange"), (Mismatch.UNKNOWN, "adjusted")}
    cut = chance.randrange(len(lines) + 1)
    world.reads(*lines[:cut])
    assert world.reads(*lines[max(0, cut - 5) :]) == faults == world.reads(*lines)
    left = sum(world.balance(account) for account in (CLEARING, AT_PROCESSOR, FEES))
    with world.transactions.begin() as store:
        assert left == sum(one.captured.minor for one in store.payments.of_driver(CARD_DRIVER))
        assert world.sum_is_zero(store)


def test_a_payout_equals_the_sum_of_its_rows(world: Clearing) -> None:
    """Of 1,000 less 20, and a fee of 80 of the processor's own: 900, which the bank has once it is paid out, and not before."""
    lines = [row("r1", world.taken(1, 1000), 1000, 20), other("f1", RowKind.FEE, -80)]
    world.reads(*lines)
    assert [world.balance(account) for account in (CLEARING, AT_PROCESSOR, BANK, FEES)] == [0, 900, 0, 100]
    within = [replace(one, payout="po_1") for one in lines]
    assert world.reads(*within, other("p1", RowKind.PAYOUT, -900, "po_1"), other("by-hand", RowKind.PAYOUT, -5)) == set()
    assert world.reads(other("p2", RowKind.PAYOUT, -1, "po_2")) == {(Mismatch.PAYOUT, "p2")}
    assert [world.balance(account) for account in (CLEARING, AT_PROCESSOR, BANK, FEES)] == [0, -6, 906, 100]


def test_a_payout_that_differs_from_its_rows_is_reported_after_six_hours(world: Clearing) -> None:
    odd = other("p1", RowKind.PAYOUT, -900, "po_1")
    assert world.reads(odd, at=NOON + timedelta(hours=6, seconds=-1)) == set()
    assert world.reads(odd, at=NOON + timedelta(hours=6)) == {(Mismatch.PAYOUT, "p1")}


def test_a_payouts_fee_is_booked_and_a_returned_payout_is_owed_by_the_processor_again(world: Clearing) -> None:
    quick = replace(other("p1", RowKind.PAYOUT, -900), fee=eur(9))
    world.reads(row("r1", world.taken(1, 1000), 1000, 20), quick)
    assert [world.balance(account) for account in (AT_PROCESSOR, BANK, FEES)] == [71, 900, 29]
    for _ in range(2):
        assert world.reads(other("p1-back", RowKind.RETURNED, 900)) == set()
        assert [world.balance(account) for account in (AT_PROCESSOR, BANK, FEES)] == [971, 0, 29]


def account_of(seed: int, world: Clearing) -> tuple[list[ClearingLine], int, int]:
    """Clearing rows of some weeks, with the processor's and the bank's final balance added up independently."""
    chance, told, kept, bank = random.Random(seed), [], 0, 0
    for number in range(25):
        what, minor = chance.choice(["taken", "taken", "back", "fee", "payout", "returned"]), chance.randrange(100, 9_000)
        if what in ("taken", "back"):
            payment = world.taken(number, minor, minor // 2 if what == "back" else 0)
            some = [
                row(f"r{number}", payment, minor, minor // 50),
                *([row(f"b{number}", payment, -(minor // 2))] if what == "back" else []),
            ]
        elif what == "fee":
            some = [other(f"f{number}", RowKind.FEE, -minor)]
        else:
            out = -kept if what == "payout" else minor  # a balance below zero is taken from the bank
            some = [other(f"p{number}", RowKind.PAYOUT if what == "payout" else RowKind.RETURNED, out, f"po_{number}" * (number % 2))]
            bank -= out
        told, kept = told + some, kept + sum(one.net.minor for one in some)
    return told, kept, bank


@pytest.mark.parametrize("seed", range(20))
def test_the_bank_balance_equals_the_payouts_in_any_order_of_repeated_rows(world: Clearing, seed: int) -> None:
    told, kept, bank = account_of(seed, world)
    chance = random.Random(seed)
    for _ in range(2):
        world.reads(*chance.sample(told, len(told) // 2))
    world.reads(*told)
    assert [world.balance(account) for account in (CLEARING, AT_PROCESSOR, BANK)] == [0, kept, bank]


def test_a_payout_shared_by_several_operators_is_posted_to_each_by_its_own_rows(world: Clearing) -> None:
    """Operators earn 1,000 and 500; the processor's own fee of 30 and a manual payout belong to neither."""
    with world.transactions.begin() as store:
        second = replace(store.stations.operator(OPERATOR), id=OperatorId(UUID(int=77)))
        store.stations.put_operator(second)
    mine, theirs = world.taken(1, 1000), world.taken(2, 500, of=second.id)
    lines = [row("r1", mine, 1000, 20), row("r2", theirs, 500), other("f1", RowKind.FEE, -30), other("p1", RowKind.PAYOUT, -1450)]
    assert (Mismatch.UNKNOWN, "p1") not in world.reads(*lines, at=NOON + timedelta(hours=1))
    world.reads(*(replace(one, payout="po_1") for one in (lines[0], lines[3])), at=NOON + timedelta(hours=2))
    assert world.balance(BANK) == 0
    found = world.reads(*(replace(one, payout="po_1") for one in lines), other("by-hand", RowKind.PAYOUT, -5))
    assert (Mismatch.UNKNOWN, "by-hand") in found and (Mismatch.UNKNOWN, "p1") not in found
    with world.transactions.begin() as store:
        banks = [store.ledger.balance(one, BANK, "EUR") for one in (OPERATOR, second.id)]
        assert banks == [980, 500] and store.ledger.balance(second.id, AT_PROCESSOR, "EUR") == 0


def test_a_late_row_is_awaited_and_leaves_no_open_difference(world: Clearing) -> None:
    payment = world.taken(1, 1000)
    days = [NOON + timedelta(days=day) for day in (4, 5)]
    assert [len(world.reads(at=at)) for at in days] == [0, 1]
    with world.transactions.begin() as store:
        mark_clearing_read(store, NOON, LATER)
        days = [LATER + timedelta(hours=1), LATER + timedelta(days=30)]
        assert [clearing_read_from(store, at) for at in days] == [LATER - timedelta(days=7), NOON - timedelta(days=1)]
    assert world.reads(row("r1", payment, 1000), at=LATER) == set()
    with world.transactions.begin() as store:
        (known,) = store.clearing.findings_of_payment(payment.id)
        assert (known.state, known.at) == (FindingState.GONE, LATER)


def test_an_unexplained_difference_stays_open_however_old_it_is(world: Clearing) -> None:
    world.taken(1, 1000)
    stranger = ClearingLine("strange", PaymentId(UUID(int=5)), eur(500), eur(0), NOON)
    lines = [stranger, other("p1", RowKind.PAYOUT, -1, "po_1")]
    found = world.reads(*lines)
    assert len(found) == 3 and world.reads(at=LATER + timedelta(days=400)) == found


def test_the_clearing_file_is_read_from_a_week_before_the_last_reading_or_from_a_chosen_day(world: Clearing) -> None:
    staff, week = Staff(OPERATOR, "ops", LATER, world.ids), timedelta(days=7)
    with world.transactions.begin() as store:
        assert clearing_read_from(store, NOON) == NOON - week
        mark_clearing_read(store, NOON - week, NOON)
        assert clearing_read_from(store, LATER) == NOON - week
        reread_clearing(store, staff, NOON - 9 * week)
        mark_clearing_read(store, NOON - week, LATER)
        assert clearing_read_from(store, LATER) == NOON - 9 * week
        mark_clearing_read(store, NOON - 9 * week, LATER)
        assert clearing_read_from(store, LATER) == LATER - week
        with pytest.raises(BadInput):
            reread_clearing(store, staff, LATER)


def test_an_explained_difference_stays_closed_only_while_its_amounts_are_the_same(world: Clearing) -> None:
    payment = world.taken(1, 1000)
    world.reads(row("r1", payment, 1001))
    staff = Staff(OPERATOR, "ops", LATER, world.ids)
    with world.transactions.begin() as store:
        (found,) = store.clearing.open_findings(OPERATOR)
        with pytest.raises(BadInput):
            explain_finding(store, staff, found.id, " ")
        explain_finding(store, staff, found.id, "Rounded by the processor.")
        with pytest.raises(Conflict):
            explain_finding(store, staff, found.id, "Again.")
    assert world.reads(row("r1", payment, 1001)) == set()
    assert world.reads(row("r2", payment, 5)) == {(Mismatch.AMOUNT, f"{payment.id}/in")}


def test_a_row_of_zero_is_skipped_without_a_posting_and_the_rest_is_read(world: Clearing) -> None:
    payment = world.taken(1, 1000)
    found = world.reads(row("r0", payment, 0), row("r1", payment, 1000), other("f0", RowKind.FEE, 0), other("p0", RowKind.PAYOUT, 0))
    assert found == {(Mismatch.UNKNOWN, "f0")} and world.balance(CLEARING) == 0 and world.balance(AT_PROCESSOR) == 1000


def test_a_row_with_another_amount_or_for_a_disputed_payment_makes_us_query_the_processor(world: Clearing) -> None:
    plain, more, back, disputed = (world.taken(number, 1000) for number in range(4))
    opened = DisputeRecord("dp_1", "NEEDS_ANSWER", eur(1000), eur(0), "fraudulent", NOON, NOON)
    with world.transactions.begin() as store:
        apply_dispute(store, disputed, opened, NOON, world.ids)
    told = [(plain, 1000), (more, 1001), (back, -1), (disputed, 1000)]
    world.reads(*(row(f"r{number}", payment, minor) for number, (payment, minor) in enumerate(told)))
    with world.transactions.begin() as store:
        looked = {item.work.payment_id for item in store.outbox.open_items("payment")}  # type: ignore[union-attr]
    assert looked == {more.id, back.id, disputed.id}
