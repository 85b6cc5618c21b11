"""Payouts by transfer files for the bank, each in one file; the bank statement settles them, and reopens returned ones."""

import random
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import pytest

from camt_file import Line, camt
from forecourt.flows.billing import (
    CreditRequest,
    TransferRequest,
    bank_moves,
    import_bank_statements,
    issue_credit_note,
    issue_statement_now,
    make_transfer_file,
    payee_changed,
    payee_fingerprint,
    pending_transfers,
    set_payee,
    settle_manually,
    settle_statement,
    withdraw_transfers,
)
from forecourt.flows.desk import Staff
from forecourt.flows.ports import Transactions
from forecourt.flows.privacy import driver_data
from forecourt.kernel import BadInput, Conflict, Money, NotFound
from forecourt.ledger import BANK, verify_chain
from forecourt.offers import OfferKind, Partner, Redemption
from forecourt.settlement import DueTransfer, TransferFile, TransferKind, finding_id, gift_txn, parse_camt, payable
from forecourt.store import PostgresTransactions
from money_world import ACCOUNT_DRIVER, NOON, OPERATOR, C, MoneyWorld
from stores import both_stores

from .test_money_races import all_at_once
from .test_month_closing import in_berlin

LATER = NOON + timedelta(days=40)
DAY = LATER.date()
OURS, CAFE, BENS = "DE02120300000000202051", "FR1420041010050500013M02606", "NL91ABNA0417164300"


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return paying(MoneyWorld(any_transactions))


def paying(world: MoneyWorld) -> MoneyWorld:
    with in_berlin(world).transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(OPERATOR), bank=OURS))
    return world


def by(world: MoneyWorld) -> Staff:
    return Staff(OPERATOR, "ada", LATER, world.ids)


def stated(world: MoneyWorld, minor: int, number: int = 1, bank: str = CAFE) -> UUID:
    """A partner's statement over what its gifts came to; negative: what the partner owes."""
    with world.transactions.begin() as store:
        partner = Partner(UUID(int=900 + number), OPERATOR, f"cafe-{number}", f"Café {number}", "", "", (), bank=bank)
        store.partners.put_partner(partner)
        kind = OfferKind.EARNED if minor > 0 else OfferKind.PURCHASE
        ids = (UUID(int=910 + number), OPERATOR, partner.id, UUID(int=1), UUID(int=920 + number))
        used = Redemption(*ids, kind, LATER - timedelta(hours=1), "Coffee", Money(minor, "EUR"))
        store.partners.put_redemption(used)
        if minor > 0 and (txn := gift_txn(used, partner.handle)):
            store.ledger.post(txn)
        (made,) = issue_statement_now(store, by(world), partner.id)
        return made.id


def owed_back(world: MoneyWorld, number: int = 1) -> tuple[UUID, int]:
    """An invoice that came by transfer and is credited. The payback, and its amount."""
    made = world.billed(world.ended((C, 60, 10_000), driver=ACCOUNT_DRIVER, number=number), NOON)
    assert made is not None
    payer = f"<RltdPties><DbtrAcct><Id><IBAN>{BENS}</IBAN></Id></DbtrAcct></RltdPties><RmtInf>".encode()
    content = camt(0, [Line(DAY, made.due.minor, made.number, f"in{number}")], DAY).replace(b"<RmtInf>", payer)
    with world.transactions.begin() as store:
        import_bank_statements(store, by(world), parse_camt(content))
        note = issue_credit_note(store, by(world), CreditRequest(made.id, 0, "broken display")).note
        (payback,) = store.paybacks.of_note(note.id)
        return payback.id, payback.amount.minor


def seen(world: MoneyWorld) -> dict[UUID, str]:
    """As the page shows it now."""
    with world.transactions.begin() as store:
        return {due.about: due.fingerprint for due, _ in pending_transfers(store, OPERATOR)}


def made(world: MoneyWorld, *abouts: UUID, key: int = 1, day: date = DAY, **ibans: str) -> TransferFile:
    shown, typed = seen(world), {UUID(one): iban for one, iban in ibans.items()}
    return sent(world, TransferRequest(UUID(int=key), day, {about: shown.get(about, "") for about in abouts}, typed))


def sent(world: MoneyWorld, wish: TransferRequest) -> TransferFile:
    with world.transactions.begin() as store:
        return make_transfer_file(store, by(world), wish)


def pay_to(world: MoneyWorld, bank: str, number: int = 1) -> None:
    """A colleague says where the partner is paid."""
    with world.transactions.begin() as store:
        cafe = store.partners.partner(UUID(int=900 + number))
        assert cafe is not None
        set_payee(store, replace(by(world), actor="leo"), cafe.id, bank, payee_fingerprint(cafe))


def told(world: MoneyWorld, *lines: Line, opening: int = 0) -> list[str]:
    """What the lines still wait for."""
    with world.transactions.begin() as store:
        import_bank_statements(store, by(world), parse_camt(camt(opening, list(lines), DAY)))
        return [one.note for one in store.bank.open(OPERATOR)]


def waits(world: MoneyWorld) -> set[UUID]:
    with world.transactions.begin() as store:
        assert world.sum_is_zero(store) and verify_chain(store.ledger.chain(OPERATOR)) > 0
        return {due.about for due, _ in pending_transfers(store, OPERATOR)}


def in_file(world: MoneyWorld) -> set[UUID]:
    with world.transactions.begin() as store:
        return {due.about for due, file in pending_transfers(store, OPERATOR) if file}


@both_stores
def test_payouts_and_refunds_are_paid_by_one_file_and_settled_by_the_bank_statement(world: MoneyWorld) -> None:
    statement, (payback, minor) = stated(world, 12_34), owed_back(world)
    stated(world, -5_00, 2)
    assert waits(world) == {statement, payback}
    file = made(world, statement, payback)
    assert [(one.iban, one.amount.minor, one.name) for one in file.dues] == [(CAFE, 12_34, "Café 1"), (BENS, minor, "Ben")]
    assert (file.number, file.account, in_file(world)) == ("PAY-2026-000001", OURS, {statement, payback})
    lines = [Line(DAY, -12_34, "EREF+PAY-2026-000001-001 SVWZ+", "o1"), Line(DAY, -minor, "PAY-2026-000001-002", "o2")]
    assert told(world, *lines, opening=minor) == [] and waits(world) == set()
    with world.transactions.begin() as store:
        assert store.ledger.balance(OPERATOR, BANK, "EUR") == -12_34 and bank_moves(store, OPERATOR, "EUR") == []
        assert store.ledger.balance(OPERATOR, payable("cafe-1"), "EUR") == 0
        assert [one.iban for one in driver_data(store, ACCOUNT_DRIVER).transfers] == [BENS]


@both_stores
def test_a_payout_is_in_one_transfer_file_until_that_is_withdrawn_or_the_transfer_returned(world: MoneyWorld) -> None:
    statement = stated(world, 12_34)
    first = made(world, statement)
    assert made(world, statement) == first, "the form sent twice"
    with pytest.raises(Conflict, match="no longer need to be paid"):
        made(world, statement, key=2)
    with world.transactions.begin() as store:
        withdraw_transfers(store, by(world), first.number, "wrong day")
    second = made(world, statement, key=3)
    assert second.number == "PAY-2026-000002" and in_file(world) == {statement}
    out, back = Line(DAY, -12_34, f"{second.number}-001", "o"), Line(DAY, 12_34, f"{second.number}-001", "r", came_back=True)
    assert told(world, out, back) == [] and waits(world) == {statement} and in_file(world) == set()
    third = made(world, statement, key=4)
    assert told(world, out, back, Line(DAY, -12_34, f"{third.number}-001", "o2")) == [] and waits(world) == set()
    with world.transactions.begin() as store:
        assert store.ledger.balance(OPERATOR, BANK, "EUR") == -12_34


def test_a_bank_line_with_another_amount_than_the_file_is_left_to_staff(world: MoneyWorld) -> None:
    statement, (payback, minor) = stated(world, 12_34), owed_back(world)
    file = made(world, statement, payback)
    wrong = [Line(DAY, -12_35, f"{file.number}-001", "o1"), Line(DAY, 1 - minor, f"{file.number}-002", "o2")]
    assert all("which is for" in one for one in told(world, *wrong, opening=minor)) and waits(world) == {statement, payback}
    right = [Line(DAY, -12_34, f"{file.number}-001", "o3"), Line(DAY, -minor, f"{file.number}-002", "o4")]
    less = [Line(DAY, 12_29, f"{file.number}-001", "r1", came_back=True), Line(DAY, minor - 5, f"{file.number}-002", "r2", came_back=True)]
    assert len(told(world, *wrong, *right, *less, opening=minor)) == 4 and waits(world) == set()


def test_an_incoming_payment_of_equal_amount_that_is_no_return_reopens_no_payout(world: MoneyWorld) -> None:
    statement = stated(world, 12_34)
    file = made(world, statement)
    out = Line(DAY, -12_34, f"{file.number}-001", "o")
    assert told(world, out) == [] and len(told(world, out, Line(DAY, 12_34, f"{file.number}-001", "r"))) == 1 and waits(world) == set()


def test_a_batch_booking_of_the_whole_file_settles_all_its_payouts_and_another_amount_none(world: MoneyWorld) -> None:
    one, two = stated(world, 12_34), stated(world, 5_00, 2)
    file = made(world, one, two)
    batch = f"<NtryDtls><Btch><PmtInfId>{file.number}</PmtInfId></Btch></NtryDtls>".encode()
    lines = [Line(DAY, -17_33, "SAMMLER", "b1"), Line(DAY, -17_34, "SAMMLER", "b2")]
    content = camt(0, lines, DAY)
    begin, end = content.index(b"<NtryDtls>"), content.index(b"</NtryDtls>") + len(b"</NtryDtls>")
    content = content.replace(content[begin:end], batch)
    with world.transactions.begin() as store:
        import_bank_statements(store, by(world), parse_camt(content))
        assert [left.line.amount.minor for left in store.bank.open(OPERATOR)] == [-17_33]
        assert store.ledger.balance(OPERATOR, BANK, "EUR") == -17_34
    assert waits(world) == set()


def test_the_bank_line_of_a_payout_settled_by_hand_is_not_posted_again(world: MoneyWorld) -> None:
    statement = stated(world, 12_34)
    file = made(world, statement)
    with world.transactions.begin() as store:
        settle_statement(store, by(world), statement, "told by phone")
    assert told(world, Line(DAY, -12_34, f"{file.number}-001 STM-2026-000001")) == []
    with pytest.raises(Conflict, match="already partly paid"), world.transactions.begin() as store:
        withdraw_transfers(store, by(world), file.number, "too late")
    with pytest.raises(NotFound), world.transactions.begin() as store:
        withdraw_transfers(store, by(world), "PAY-2026-000009", "none")


def test_a_transfer_file_needs_both_accounts_a_valid_day_and_a_payee(world: MoneyWorld) -> None:
    statement, other = stated(world, 12_34, bank=""), stated(world, 1, 2)
    refused = [((statement,), DAY), ((other,), DAY - timedelta(days=1)), ((other,), DAY + timedelta(days=31)), ((), DAY)]
    for abouts, day in refused:
        with pytest.raises(BadInput):
            made(world, *abouts, day=day)
    with world.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(OPERATOR), bank="Sort code 12-34-56"))
    with pytest.raises(BadInput, match="no IBAN to pay from"):
        made(world, other)
    paying(world)
    assert made(world, other, key=9).number == "PAY-2026-000001", "a refusal takes no number"


def test_the_account_can_be_entered_for_a_driver_refund_but_not_for_a_partner_payout(world: MoneyWorld) -> None:
    statement, (payback, _) = stated(world, 12_34), owed_back(world)
    file = made(world, statement, payback, **{str(statement): BENS, str(payback): " fr14 2004 1010 0505 0001 3m02 606"})
    assert [one.iban for one in file.dues] == [CAFE, CAFE]


def test_concurrent_transfer_files_contain_each_payout_once_and_have_gapless_numbers(transactions: PostgresTransactions) -> None:
    world = paying(MoneyWorld(transactions))
    statements, files = [stated(world, 100 + number, number) for number in range(1, 6)], dict[UUID, TransferFile]()

    def ask(key: int) -> None:
        try:
            file = made(world, *random.Random(key).sample(statements, 2), key=key)
            files[file.id] = file
        except Conflict:
            pass

    all_at_once([partial(ask, key) for key in range(1, 9)], seed=4)
    paid = [due.about for file in files.values() for due in file.dues]
    assert len(paid) == len(set(paid)) >= 2
    assert sorted(file.number for file in files.values()) == [f"PAY-2026-{number:06d}" for number in range(1, len(files) + 1)]


def test_a_transfer_file_is_refused_if_a_payee_account_changed_since_it_was_shown(world: MoneyWorld) -> None:
    statement = stated(world, 12_34)
    form = TransferRequest(UUID(int=1), DAY, seen(world), {})
    pay_to(world, BENS)
    with pytest.raises(Conflict, match=f"STM-2026-000001, Café 1: 12.34 EUR to {BENS} has changed since it was shown"):
        sent(world, form)
    assert in_file(world) == set() and made(world, statement).dues[0].iban == BENS, "looked at again"


def test_a_transfer_file_made_during_account_changes_pays_only_the_accounts_shown(transactions: PostgresTransactions) -> None:
    world = paying(MoneyWorld(transactions))
    for number in range(1, 7):
        stated(world, 12_34, number)
    shown, files = seen(world), list[TransferFile]()

    def send(about: UUID) -> None:
        files.append(sent(world, TransferRequest(about, DAY, {about: shown[about]}, {})))

    changes = [partial(pay_to, world, BENS, number) for number in range(1, 7)]
    all_at_once([*changes, *(partial(send, about) for about in shown)], seed=7)
    assert {due.iban for file in files for due in file.dues} <= {CAFE}


@both_stores
def test_a_changed_payee_account_is_flagged_for_thirty_days_and_until_the_first_payout_to_it(world: MoneyWorld) -> None:
    statement = stated(world, 12_34)

    def changed_by(days: int, paid_after: int | None = None) -> str:
        with world.transactions.begin() as store:
            if paid_after is not None:
                settle_statement(store, replace(by(world), at=LATER + timedelta(days=paid_after)), statement, "by hand")
            due = DueTransfer(TransferKind.STATEMENT, statement, "", "", "", Money(12_34, "EUR"))
            found = payee_changed(store, due, LATER + timedelta(days=days))
            return found.actor if found else ""

    assert changed_by(0) == "", "nobody has changed it"

    def change(days: int, actor: str, bank: str) -> None:
        with world.transactions.begin() as store:
            (cafe,) = store.partners.partners(OPERATOR)
            set_payee(store, replace(by(world), actor=actor, at=LATER + timedelta(days=days)), cafe.id, bank, payee_fingerprint(cafe))

    change(0, "mia", BENS)
    assert changed_by(1) == changed_by(29) == changed_by(400) == "mia", "it was never paid there"
    assert changed_by(29, paid_after=2) == "mia" and changed_by(31) == "", "paid there once, and thirty days ago"
    change(50, "leo", CAFE)
    assert changed_by(400) == "leo", "what was paid before went elsewhere"


def test_an_unpaid_payout_can_be_settled_by_hand_only_after_its_file_was_partly_paid(world: MoneyWorld) -> None:
    first, second = stated(world, 12_34), stated(world, 5_00, 2)
    file = made(world, first, second)
    with pytest.raises(Conflict, match="in file PAY-2026-000001"), world.transactions.begin() as store:
        settle_manually(store, by(world), second, "at the counter")
    assert told(world, Line(DAY, -12_34, f"{file.number}-001")) == []
    with world.transactions.begin() as store:
        settle_manually(store, by(world), second, "the bank paid it from another account")
    assert waits(world) == set()


@pytest.mark.parametrize("together", [True, False])
def test_a_payout_transferred_twice_by_the_bank_is_posted_and_reported_until_returned(world: MoneyWorld, together: bool) -> None:
    cafe = stated(world, 8_00)
    made(world, cafe)
    name = "PAY-2026-000001-001"

    def books() -> tuple[int, int, int]:
        """What the partner owes, the bank has, and the finding says is too much."""
        with world.transactions.begin() as store:
            found = store.clearing.lock_finding(finding_id(f"{cafe}/twice"))
            doubt = found.doubt if found and found.open else None
            too_much = (doubt.reported - doubt.booked).minor if doubt and doubt.reported and doubt.booked else 0
            return store.ledger.balance(OPERATOR, payable("cafe-1"), "EUR"), store.ledger.balance(OPERATOR, BANK, "EUR"), too_much

    lines = Line(DAY, -8_00, name, "o1"), Line(DAY, -8_00, f"{name} again", "o2")
    if together:
        assert told(world, *lines) == []
    else:
        assert told(world, lines[0]) == [] and books() == (0, -8_00, 0) and told(world, lines[1], opening=-8_00) == []
    assert books() == (8_00, -16_00, 8_00)
    assert told(world, Line(DAY, 8_00, name, "r1", came_back=True), opening=-16_00) == [] and books() == (0, -8_00, 0)
    assert waits(world) == set(), "it is settled by the other one"
    assert told(world, Line(DAY, 8_00, name, "r2", came_back=True), opening=-8_00) == [] and books() == (-8_00, 0, 0)
    assert waits(world) == {cafe}
