"""A bill reissued to another buyer moves no money: no account, tax, host share or debt changes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from billing.test_notes_close import CHARGES, HOSTS, prices
from forecourt.billing import Invoice, check_sums
from forecourt.flows.billing import (
    CreditRequest,
    Recipient,
    buyer_refusal,
    check_bill,
    close_month,
    correct_buyer,
    issue_credit_note,
    rate_and_invoice,
)
from forecourt.flows.desk import Staff
from forecourt.flows.offers import hosts_fingerprint, save_partner, set_hosts, settle_site_shares
from forecourt.flows.paying import apply_dispute, collect_payment, outstanding
from forecourt.flows.ports import ShareInvoice, Transactions
from forecourt.kernel import Conflict, Money
from forecourt.ledger import receivable, verify_chain
from forecourt.offers import Partner
from forecourt.payments import DisputeRecord, DisputeState
from forecourt.store import MemoryTransactions
from money_world import CARD_DRIVER, NOON, OPERATOR, SITE, C, MoneyWorld, P
from stores import both_stores

from .test_month_closing import JULY_BEGINS, in_berlin

END, JULY = NOON + timedelta(hours=6), datetime(2026, 7, 3, 12, tzinfo=UTC)
HOST_IDS = [UUID(int=70 + number) for number in range(3)]


def by(world: MoneyWorld, at: datetime = END) -> Staff:
    return Staff(OPERATOR, "ops", at, world.ids)


def guests(transactions: Transactions, source: dict[str, Any] | None = None, percents: Sequence[Decimal] = ()) -> MoneyWorld:
    """A driver with a card who has no account; hosts of the site, by their percentages."""
    world = in_berlin(MoneyWorld(transactions, source))
    staff = by(world, NOON - timedelta(days=9))
    with transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(CARD_DRIVER), name="", guest=True))
        for number, host_id in enumerate(HOST_IDS[: len(percents)]):
            of = (host_id, OPERATOR, f"host{number}", "Host", "Weg 2", f"h{number}@x.example", (SITE,))
            save_partner(store, staff, Partner(*of, country="DE"))
        shares = [(f"host{number}", percent) for number, percent in enumerate(percents)]
        set_hosts(store, staff, SITE, shares, None, hosts_fingerprint(store.stations.site(SITE)))
    return world


def billed(world: MoneyWorld, used: tuple[int, int] = (10_000, 30)) -> Invoice:
    """What a charge of that many Wh, then parked for so many minutes, costs; paid by card."""
    record = world.ended((C, 60, used[0]), (P, used[1], 0))
    with world.transactions.begin() as store:
        made = rate_and_invoice(store, record.session_id, END, world.ids)
        assert made is not None
        collect_payment(store, made.id, END, world.ids)
    world.deliver(END)
    shares(world, END)
    return made


def shares(world: MoneyWorld, at: datetime) -> None:
    """What workers are to book of hosts' shares."""
    with world.transactions.begin() as store:
        for item in store.outbox.claim("task", at, 100, 60.0):
            if isinstance(item.work, ShareInvoice):
                settle_site_shares(store, item.work.document_id, at)
            store.outbox.done(item.id, at, "done")


def corrected(world: MoneyWorld, bill: Invoice, name: str = "Firma GmbH", at: datetime = END) -> Invoice:
    with world.transactions.begin() as store:
        return correct_buyer(store, by(world, at), bill.id, Recipient(name, "Weg 1"), "wrong name")


def money(world: MoneyWorld) -> tuple[object, ...]:
    """Every account; net and tax by rate, over all documents; what each host is to be paid."""
    taxes, owed = Counter[tuple[object, str]](), list[int]()
    with world.transactions.begin() as store:
        accounts = {(one.account, one.currency): one.minor for one in store.ledger.trial_balance(OPERATOR) if one.minor}
        for document in store.documents.recent(OPERATOR, 99):
            for tax in document.content.taxes:
                sign = -1 if document.content.corrects else 1
                taxes[tax.vat_percent, "net"] += sign * tax.net.minor
                taxes[tax.vat_percent, "tax"] += sign * tax.tax.minor
        for host_id in HOST_IDS:
            owed.append(sum(one.owed.minor for one in store.partners.awaiting_statement(host_id, JULY)))
        verify_chain(store.ledger.chain(OPERATOR))
    return accounts, dict(taxes), owed


@settings(max_examples=40)
@given(prices(), CHARGES, HOSTS, st.lists(st.booleans(), min_size=1, max_size=3))
def test_a_bill_reissued_to_another_buyer_has_the_same_lines_and_leaves_all_balances_unchanged(
    source: dict[str, Any], used: tuple[int, int], percents: list[Decimal], worked: list[bool]
) -> None:
    """worked: how often it is corrected, and after which times the workers book hosts' shares before the next."""
    world = guests(MemoryTransactions(), source, percents)
    first = current = billed(world, used)
    assume(first.due)
    before = money(world)
    for number, is_worked in enumerate(worked):
        current = corrected(world, current, f"Firm {number}", END + timedelta(minutes=number))
        if is_worked:
            shares(world, END + timedelta(minutes=number))
    shares(world, END + timedelta(minutes=9))
    assert money(world) == before
    content, was = current.content, first.content
    assert (content.lines, content.taxes, content.gross, content.delivery) == (was.lines, was.taxes, was.gross, was.delivery)
    with world.transactions.begin() as store:
        assert not outstanding(store, current) and not store.ledger.balance(OPERATOR, receivable(CARD_DRIVER), first.currency)
        for document in store.documents.recent(OPERATOR, 99):
            check_sums(document)
            assert check_bill(store, document).check.agrees


@both_stores
def test_a_buyer_correction_changes_no_closed_month_and_sums_to_zero_in_its_own(any_transactions: Transactions) -> None:
    world = guests(any_transactions, percents=[Decimal(10)])
    bill = billed(world)
    with world.transactions.begin() as store:
        close_month(store, by(world, JULY), date(2026, 6, 1))
    was, before = entries(world), money(world)
    new = corrected(world, bill, at=JULY)
    shares(world, JULY)
    later = entries(world)[len(was) :]
    assert entries(world)[: len(was)] == was and all(at >= JULY_BEGINS for at, _ in later) and money(world) == before
    moved = Counter[object]()
    for _, parts in later:
        for account, currency, minor in parts:
            moved[account, currency] += minor
    assert len(later) == 4 and not any(moved.values()) and new.issued_at == JULY


def entries(world: MoneyWorld) -> list[tuple[datetime, list[tuple[object, str, int]]]]:
    """What is posted, by when it is dated."""
    with world.transactions.begin() as store:
        txns = [one.txn for one in store.ledger.chain(OPERATOR)]
    return [(txn.at, [(one.account, one.currency, one.minor) for one in txn.entries]) for txn in txns]


def disputed(world: MoneyWorld, bill: Invoice, *states: DisputeState) -> None:
    """The states that the cardholder's bank reports for the payment of the bill, hour by hour."""
    for hour, state in enumerate(states, 1):
        at = END + timedelta(hours=hour)
        with world.transactions.begin() as store:
            (payment,) = store.payments.of_document(bill.id)
            record = DisputeRecord("dp_1", state, payment.captured, Money(1500, "EUR"), "fraudulent", END, at, END + timedelta(days=9))
            apply_dispute(store, payment, record, at, world.ids)


@pytest.mark.parametrize("then", [(), (DisputeState.LOST,)])
def test_the_buyer_cannot_be_corrected_while_the_payment_is_disputed_or_after_it_is_lost(then: tuple[DisputeState, ...]) -> None:
    world = guests(MemoryTransactions())
    bill = billed(world)
    disputed(world, bill, DisputeState.NEEDS_ANSWER, *then)
    with pytest.raises(Conflict) as refusal:
        corrected(world, bill)
    assert refusal.value.code == "correction_returned"


def test_once_a_dispute_is_won_the_buyer_can_be_corrected() -> None:
    world = guests(MemoryTransactions())
    bill = billed(world)
    disputed(world, bill, DisputeState.NEEDS_ANSWER, DisputeState.WON)
    assert corrected(world, bill).due == bill.due


@both_stores
@pytest.mark.parametrize("state", [DisputeState.LOST, DisputeState.WON])
def test_a_dispute_after_a_buyer_correction_ends_as_it_would_have_on_the_first_bill(
    any_transactions: Transactions, state: DisputeState
) -> None:
    once, anew = guests(MemoryTransactions()), guests(any_transactions)
    first = billed(once)
    new = corrected(anew, billed(anew))
    for world, bill in ((once, first), (anew, new)):
        disputed(world, bill, DisputeState.NEEDS_ANSWER, state)
    assert money(anew) == money(once)
    with anew.transactions.begin() as store:
        assert buyer_refusal(store, new, END) is not None or state is DisputeState.WON
        if state is DisputeState.WON:
            issue_credit_note(store, by(anew, JULY), CreditRequest(new.id, 0, "slow"))
