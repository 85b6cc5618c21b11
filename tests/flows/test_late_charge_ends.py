"""An end reported after its charge was sealed and billed: the difference is billed once, by a person, or credited."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forecourt.billing import Invoice, correction_reasons, creditable_amount, supplemented_number
from forecourt.drivers import PayBy
from forecourt.flows.billing import (
    CreditRequest,
    bill_late_end,
    close_month,
    credited_part,
    issue_account_statements,
    issue_credit_note,
    late_amount,
    process_late_ends,
    unbilled_amount_text,
)
from forecourt.flows.desk import Staff
from forecourt.flows.paying import apply_dispute, collect_payment, record_transfer, refund
from forecourt.flows.ports import LateEnd, QuarantineEntry
from forecourt.kernel import ChargerId, Conflict, Money, NotFound, Span
from forecourt.ledger import receivable
from forecourt.offers import DiscountRule
from forecourt.payments import DisputeState
from forecourt.sessions import ChargeRecord, MeterPoint
from forecourt.store.memory import MemoryTransactions
from money_world import ACCOUNT_DRIVER, CARD_DRIVER, EVSE, NOON, OPERATOR, SITE, C, MoneyWorld, P, tariff
from offer_world import ENERGY, PARKING, OfferWorld, eur

from .test_disputes import told as dispute
from .test_month_closing import in_berlin

LATER, ENTRY = NOON + timedelta(hours=5), UUID(int=4000)
INSIDE = tariff(tax_included="YES", min_price={"excl_vat": 3, "incl_vat": 3})


def by(world: MoneyWorld) -> Staff:
    return Staff(OPERATOR, "ada", LATER, world.ids)


def told(world: MoneyWorld, record: ChargeRecord, more_wh: int, minutes: float = 10, entry_id: UUID = ENTRY) -> QuarantineEntry:
    """The charger reports late how much more energy the charge had, and how much longer it took."""
    late = LateEnd(record.ended_at + timedelta(minutes=minutes), (record.meter_stop_wh or 0) + more_wh)
    entry = QuarantineEntry(entry_id, OPERATOR, SITE, ChargerId("CP1"), LATER, "late_end", "told late", str(record.session_id), late=late)
    with world.transactions.begin() as store:
        store.stations.put_evse(replace(store.stations.evse(EVSE), phases=("L1", "L2", "L3"), max_a=300))
        store.inbox.quarantine(entry)
    return entry


def comes_to(world: MoneyWorld, entry: QuarantineEntry) -> Money:
    with world.transactions.begin() as store:
        return late_amount(store, entry)


def billed(world: MoneyWorld, entry: QuarantineEntry) -> Invoice:
    shown = comes_to(world, entry)
    with world.transactions.begin() as store:
        return bill_late_end(store, by(world), entry.id, shown)


def charged(world: MoneyWorld, *parts: tuple[object, float, int], number: int = 1, **more: object) -> tuple[ChargeRecord, Invoice]:
    record = world.ended(*parts, number=number, **more)  # type: ignore[arg-type]
    invoice = world.billed(record, NOON + timedelta(hours=3))
    assert invoice is not None
    return record, invoice


@settings(max_examples=8, deadline=None)
@given(st.sampled_from([None, INSIDE]), st.integers(1, 30_000), st.integers(1, 30_000), st.sampled_from([C, P]), st.integers(0, 90))
@example(INSIDE, 18_554, 59, P, 0)
def test_the_first_and_the_additional_bill_together_equal_one_bill_of_the_whole_charge(source, before_wh, more_wh, last, minutes) -> None:  # type: ignore[no-untyped-def]
    world = MoneyWorld(MemoryTransactions(), source).build()
    record, first = charged(world, (C, 30, before_wh), (last, 7, 0))
    parts = ((C, 30, before_wh), (last, 7, 0), (C, minutes, more_wh)) if minutes else ((C, 30, before_wh), (last, 7, more_wh))
    _, whole = charged(world, *parts, number=2)
    entry = told(world, record, more_wh, minutes)
    if whole.gross == first.gross:
        with pytest.raises(Conflict, match="total is the same"):
            comes_to(world, entry)
        return
    second = billed(world, entry)
    asked, other = ("gross", "net") if source else ("net", "gross")
    assert getattr(first, asked) + getattr(second, asked) == getattr(whole, asked), "to the cent, by how prices are told"
    off = abs((getattr(first, other) + getattr(second, other) - getattr(whole, other)).minor)
    assert 2 * off <= sum(len(bill.content.lines) for bill in (first, second, whole)), "each line is rounded by half a cent at most"
    assert supplemented_number(second.content.reason) == first.number and second.content.delivery.energy_wh == more_wh  # type: ignore[union-attr]
    with world.transactions.begin() as store:
        owed = store.ledger.balance(OPERATOR, receivable(CARD_DRIVER), "EUR")
        assert owed == (first.due + second.due + whole.due).minor and world.sum_is_zero(store)


def test_additional_energy_is_billed_once_at_the_amount_shown_and_charged_to_the_card() -> None:
    world = MoneyWorld(MemoryTransactions()).build()
    record, _ = charged(world, (C, 60, 10_000))
    entry = told(world, record, 5_000)
    with pytest.raises(Conflict, match=r"not 1\.00"), world.transactions.begin() as store:
        bill_late_end(store, by(world), ENTRY, eur(100))
    made = billed(world, entry)
    assert made.gross == eur(238), "5 kWh at 0.40 and 19 %"
    with world.transactions.begin() as store:
        with pytest.raises(NotFound):
            bill_late_end(store, by(world), ENTRY, made.gross)
        (asked,) = collect_payment(store, made.id, LATER, world.ids)
        assert asked.pending_amount == made.due and store.inbox.quarantined() == []


def test_the_additional_bill_of_a_monthly_payer_is_on_the_statement() -> None:
    world = MoneyWorld(MemoryTransactions()).build()
    record, first = charged(world, (C, 60, 10_000), driver=ACCOUNT_DRIVER)
    second = billed(world, told(world, record, 5_000))
    with world.transactions.begin() as store:
        (statement,) = issue_account_statements(store, ACCOUNT_DRIVER, Span(NOON, LATER + timedelta(1)), LATER + timedelta(2), world.ids)
        assert statement.due == first.due + second.due


@pytest.mark.parametrize("why", ["credited", "guest", "signed", "on the next bill", "no more"])
def test_a_late_end_for_which_no_amount_can_be_determined_can_only_be_set_aside(why: str) -> None:
    world = MoneyWorld(MemoryTransactions()).build()
    record, first = charged(world, (C, 60, 10_000))
    with world.transactions.begin() as store:
        if why == "credited":
            record_transfer(store, by(world), first.id, "SEPA 1")
            issue_credit_note(store, by(world), CreditRequest(first.id, 0, "wrong"))
        elif why == "guest":
            store.drivers.put_driver(replace(store.drivers.driver(CARD_DRIVER), guest=True, email="", pay_by=PayBy.CARD))
        elif why == "signed":
            store.sessions.end(replace(record, signed=("a signed value",)))
    if why == "on the next bill":
        world.ended((C, 10, 100), number=2, begin=record.ended_at + timedelta(minutes=20), meter_start_wh=record.meter_stop_wh + 400)
    entry = told(world, record, 0 if why == "no more" else 500, minutes=0)
    with pytest.raises(Conflict) as refused:
        comes_to(world, entry)
    assert "et it aside" in refused.value.remedy
    assert ("0.23 EUR more" in refused.value.text) is (why in ("guest", "signed")), "the operator sees what is given up"


OFF = [
    DiscountRule(percent=Decimal(10), dimensions=ENERGY),
    DiscountRule(per_kwh=Decimal("0.07")),
    DiscountRule(percent=Decimal(100)),
    DiscountRule(amount=eur(100)),
]


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([None, INSIDE]), st.sampled_from(OFF), st.booleans(), st.integers(1, 30_000), st.integers(1, 30_000))
def test_discounts_apply_to_the_additional_bill_as_they_would_to_one_bill(source, cut, member, before_wh, more_wh) -> None:  # type: ignore[no-untyped-def]
    offers = OfferWorld(MemoryTransactions(), source)
    world = offers.world
    if member and cut.amount is None:
        offers.join(offers.plan(cut))
    elif cut.per_kwh is None:
        coupon = offers.coupon(cut, per_driver=2)
        for _ in range(2):
            offers.take(coupon.code)
        before_wh += 2_000  # else nothing is taken off the bill, and the coupon is for the next one
    record, first = charged(world, (C, 30, before_wh))
    _, whole = charged(world, (C, 30, before_wh + more_wh), number=2)
    entry = told(world, record, more_wh, minutes=0)
    asked, other = ("gross", "net") if source else ("net", "gross")
    if getattr(first, asked) >= getattr(whole, asked):  # more is taken off at a least price that stays
        with pytest.raises(Conflict):
            comes_to(world, entry)
        return
    second = billed(world, entry)
    assert getattr(first, asked) + getattr(second, asked) == getattr(whole, asked), "to the cent, by how prices are told"
    assert abs((getattr(first, other) + getattr(second, other) - getattr(whole, other)).minor) <= 2, "tax is rounded on each document"
    assert sum((line.net for line in second.content.lines), eur(0)) == second.net


def limited(kind: str, source: dict[str, object] | None) -> OfferWorld:
    """A driver with 6 kWh free in a month, or with 60 % off as long as 3.00 last."""
    offers = OfferWorld(MemoryTransactions(), source)
    if kind == "free energy":
        offers.join(offers.plan(DiscountRule(energy_wh=6_000)))
    else:
        offers.take(offers.coupon(DiscountRule(percent=Decimal(60)), budget=eur(300)).code)
    return offers


def used(world: MoneyWorld, *invoices: Invoice) -> tuple[int, int]:
    with world.transactions.begin() as store:
        uses = [one for each in invoices for one in store.entitlements.uses_on(each.id) if one.returned_at is None]
        return sum(one.energy_wh for one in uses), sum(one.amount.minor for one in uses)


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(["free energy", "a budget"]), st.sampled_from([None, INSIDE]), st.integers(2_500, 12_000), st.integers(1, 12_000))
def test_an_additional_bill_gets_the_free_energy_and_budget_that_the_first_bill_left(kind, source, before_wh, more_wh) -> None:  # type: ignore[no-untyped-def]
    """The referee: one bill of all of it, of another who has the same."""
    other, world = limited(kind, source).world, limited(kind, source).world
    _, whole = charged(other, (C, 30, before_wh + more_wh))
    record, first = charged(world, (C, 30, before_wh))
    entry, asked = told(world, record, more_wh, minutes=0), "gross" if source else "net"
    if getattr(first, asked) >= getattr(whole, asked):  # all of the rest is free, or below a least price
        with pytest.raises(Conflict):
            comes_to(world, entry)
        return
    second = billed(world, entry)
    assert getattr(first, asked) + getattr(second, asked) == getattr(whole, asked) and used(world, first, second) == used(other, whole)
    with world.transactions.begin() as store:
        record_transfer(store, by(world), second.id, "SEPA 1")
        issue_credit_note(store, by(world), CreditRequest(second.id, 0, "wrong"))
        claims = [one for one in store.coupons.claims_of(CARD_DRIVER) if one.used_by is None]
    assert used(world, first, second) == used(world, first) and claims == [], "its part alone comes back"


def test_free_energy_used_by_another_charge_since_is_not_granted_to_the_additional_bill() -> None:
    world = limited("free energy", None).world
    record, first = charged(world, (C, 30, 4_000))
    _, second = charged(world, (C, 30, 4_000), number=2)
    third = billed(world, told(world, record, 5_000, minutes=0))
    assert used(world, first, second) == used(world, first, second, third) and third.net == eur(200), "5 kWh at 0.40"


def test_a_late_end_of_a_bill_paid_in_part_by_a_partner_cannot_be_billed_and_is_set_aside() -> None:
    offers = OfferWorld(MemoryTransactions())
    offers.cafe()
    offers.take(offers.voucher(offers.parking_offer()))
    record, _ = charged(offers.world, (C, 60, 10_000), (P, 60, 0))
    with pytest.raises(Conflict, match=r"used up|A partner paid") as refused:
        comes_to(offers.world, told(offers.world, record, 500))
    assert "set it aside" in refused.value.remedy


def test_a_late_end_of_a_partly_credited_bill_can_be_billed_with_the_credit_note_shown() -> None:
    world = MoneyWorld(MemoryTransactions()).build()
    record, first = charged(world, (C, 60, 10_000))
    with world.transactions.begin() as store:
        record_transfer(store, by(world), first.id, "SEPA 1")
        note = issue_credit_note(store, by(world), CreditRequest(first.id, 0, "display broken", amount=eur(100))).note
    entry = told(world, record, 5_000)
    with world.transactions.begin() as store:
        assert note.number in credited_part(store, entry)
    assert billed(world, entry).gross == eur(238)


@settings(max_examples=6, deadline=None)
@given(st.sampled_from([None, INSIDE]), st.lists(st.integers(0, 20_000), min_size=2, max_size=4))
def test_several_late_ends_together_are_billed_like_one_bill_of_the_last(source, told_wh) -> None:  # type: ignore[no-untyped-def]
    world = MoneyWorld(MemoryTransactions(), source).build()
    record, first = charged(world, (C, 30, 10_000))
    _, whole = charged(world, (C, 30, 10_000 + max(told_wh)), number=2)
    bills = [first]
    for number, more_wh in enumerate(told_wh):
        entry = told(world, record, more_wh, 0, UUID(int=4000 + number))
        try:
            bills.append(billed(world, entry))
        except Conflict as refused:
            assert refused.code in ("late_nothing", "late_less")
    asked = "gross" if source else "net"
    assert sum(getattr(one, asked).minor for one in bills) == getattr(whole, asked).minor


@pytest.mark.parametrize(
    ("more_wh", "minutes", "why"),
    [
        (40_000_000, 10, "no more than"),  # a register in mWh, or a lie
        (500, 60 * 24 * 365, "still to come"),
        (-500, 10, "only grows"),
        (500, -50, "still flowed"),
    ],
)
def test_an_implausible_late_end_is_not_billed(more_wh: int, minutes: float, why: str) -> None:
    world = MoneyWorld(MemoryTransactions()).build()
    record, _ = charged(world, (C, 60, 10_000))
    read = (MeterPoint(record.session_id, NOON + timedelta(minutes=at), wh, C) for at, wh in ((0, 0), (60, 10_000)))
    with world.transactions.begin() as store:
        store.sessions.add_points(tuple(read))
    with pytest.raises(Conflict, match=why):
        comes_to(world, told(world, record, more_wh, minutes))


def test_a_late_end_after_the_next_charge_began_is_not_billed() -> None:
    world = MoneyWorld(MemoryTransactions()).build()
    record, _ = charged(world, (C, 60, 10_000))
    world.ended((C, 10, 100), number=2, begin=record.ended_at + timedelta(minutes=20), meter_start_wh=record.meter_stop_wh + 600)
    assert comes_to(world, told(world, record, 500, minutes=20)) == eur(24)
    with pytest.raises(Conflict, match="began"):
        comes_to(world, told(world, record, 500, minutes=30))


def parked_on(world: MoneyWorld, who: str) -> tuple[ChargeRecord, Invoice]:
    """No end was reported, so the last message of the socket counts as the end; the bill is paid or not."""
    driver = ACCOUNT_DRIVER if who == "on a statement" else CARD_DRIVER
    record, first = charged(world, (C, 30, 10_000), (P, 60, 0), driver=driver, notes=("end_not_reported",))
    with world.transactions.begin() as store:
        if who == "paid":
            collect_payment(store, first.id, LATER, world.ids)
        elif who == "on a statement":
            issue_account_statements(store, ACCOUNT_DRIVER, Span(NOON, LATER + timedelta(1)), LATER + timedelta(2), world.ids)
    world.deliver(LATER)
    return record, first


@settings(max_examples=12, deadline=None)
@given(st.sampled_from([None, INSIDE]), st.sampled_from(["paid", "owed", "on a statement"]), st.integers(0, 3_000), st.integers(1, 60))
def test_an_earlier_end_reported_late_lowers_the_bill_to_that_of_the_shorter_charge(source, who: str, more_wh: int, earlier: int) -> None:  # type: ignore[no-untyped-def]
    world = MoneyWorld(MemoryTransactions(), source).build()
    record, first = parked_on(world, who)
    _, whole = charged(world, (C, 30, 10_000 + more_wh), (P, 60 - earlier, 0), number=2)
    entry = told(world, record, more_wh, -earlier)
    if whole.gross >= first.gross:
        assert whole.gross == first.gross or comes_to(world, entry).minor > 0
        return
    for _ in range(2):
        with world.transactions.begin() as store:
            process_late_ends(store, record.session_id, LATER, world.ids)
    with world.transactions.begin() as store:
        notes = store.documents.credit_notes_of(first.id)
        made = store.documents.with_reasons(first.driver_id, correction_reasons(first.number))
        left = sum((one.gross for one in made), first.gross) - sum((one.gross for one in notes), Money(0, "EUR"))
        assert left == whole.gross and len(notes) == 1 and len(made) == (who == "owed") and store.inbox.quarantined() == []
        assert creditable_amount(first, notes) == (whole.gross if who != "owed" else Money(0, "EUR"))
        assert world.sum_is_zero(store)
    world.deliver(LATER)
    with world.transactions.begin() as store:
        back = sum(one.returned.minor for one in store.payments.of_document(first.id))
        assert back == (first.gross - whole.gross).minor * (who == "paid")


@pytest.mark.parametrize("why", ["owed by a guest", "credited", "refunded by hand", "disputed"])
def test_an_earlier_end_of_a_bill_that_cannot_be_refunded_waits_for_a_person(why: str) -> None:
    world = MoneyWorld(MemoryTransactions()).build()
    record, first = parked_on(world, "owed" if why == "owed by a guest" else "paid")
    with world.transactions.begin() as store:
        store.drivers.put_driver(replace(store.drivers.driver(CARD_DRIVER), guest=True))
        if why == "credited":
            issue_credit_note(store, by(world), CreditRequest(first.id, 0, "display broken", amount=eur(100)))
        for payment in store.payments.of_document(first.id):
            if why == "refunded by hand":
                refund(store, payment.id, first.due - eur(300), "asked for", LATER, world.ids)
            elif why == "disputed":
                apply_dispute(store, payment, dispute(payment, DisputeState.NEEDS_ANSWER), LATER, world.ids)
    world.deliver(LATER)
    entry = told_earlier(world, record)
    with world.transactions.begin() as store:
        before = len(store.documents.credit_notes_of(first.id))
        process_late_ends(store, record.session_id, LATER, world.ids)
        assert entry in store.inbox.quarantined() and len(store.documents.credit_notes_of(first.id)) == before
        if why != "disputed":
            assert "too much was billed" in unbilled_amount_text(store, entry)


def told_earlier(world: MoneyWorld, record: ChargeRecord, entry_id: UUID = ENTRY) -> QuarantineEntry:
    return told(world, record, 0, -30, entry_id)


def test_an_earlier_end_reported_twice_is_credited_once_even_after_its_month_was_closed() -> None:
    world = in_berlin(MoneyWorld(MemoryTransactions()))
    record, first = parked_on(world, "paid")
    july = NOON + timedelta(days=31)
    with world.transactions.begin() as store:
        close_month(store, Staff(OPERATOR, "ops", july, world.ids), date(2026, 6, 1))
    for number in range(2):
        told_earlier(world, record, UUID(int=4000 + number))
        with world.transactions.begin() as store:
            process_late_ends(store, record.session_id, july, world.ids)
    with world.transactions.begin() as store:
        (note,) = store.documents.credit_notes_of(first.id)
        assert note.gross == eur(357) and store.inbox.quarantined() == [], "the second changes nothing"


def test_an_earlier_end_is_processed_again_later_while_the_bills_payment_is_pending() -> None:
    world = MoneyWorld(MemoryTransactions()).build()
    record, first = charged(world, (C, 30, 10_000), (P, 60, 0), notes=("end_not_reported",))
    with world.transactions.begin() as store:
        collect_payment(store, first.id, LATER, world.ids)
    told_earlier(world, record)
    with pytest.raises(Conflict, match="is in progress"), world.transactions.begin() as store:
        process_late_ends(store, record.session_id, LATER, world.ids)


PARKED = [
    DiscountRule(percent=Decimal(60)),
    DiscountRule(energy_wh=9_000),
    DiscountRule(seconds=1800, dimensions=PARKING),
    DiscountRule(amount=eur(700)),
]


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from([None, INSIDE]), st.sampled_from(["paid", "owed"]), st.sampled_from(PARKED), st.integers(0, 2_000), st.integers(1, 60)
)
def test_an_earlier_end_restores_free_energy_and_budget_that_the_longer_charge_had_used(
    source, who: str, cut: DiscountRule, more_wh: int, earlier: int
) -> None:  # type: ignore[no-untyped-def]
    """The referee: one bill of that end, of another who has the same."""
    worlds = []
    for _ in range(2):
        offers = OfferWorld(MemoryTransactions(), source)
        if cut.energy_wh or cut.seconds:
            offers.join(offers.plan(cut))
        else:
            offers.take(offers.coupon(cut, budget=eur(600)).code)
        worlds.append(offers.world)
    world, other = worlds
    record, first = parked_on(world, who)
    _, whole = charged(other, (C, 30, 10_000 + more_wh), (P, 60 - earlier, 0))
    told(world, record, more_wh, -earlier)
    with world.transactions.begin() as store:
        process_late_ends(store, record.session_id, LATER, world.ids)
        notes, made = (
            store.documents.credit_notes_of(first.id),
            store.documents.with_reasons(first.driver_id, correction_reasons(first.number)),
        )
    if whole.gross < first.gross:
        left = sum((one.gross for one in made), first.gross) - sum((one.gross for one in notes), eur(0))
        assert left == whole.gross and used(world, first, *made) == used(other, whole)
        assert spent_of(world) == spent_of(other)
    else:
        assert not notes and not made


def spent_of(world: MoneyWorld) -> list[tuple[Money | None, int]]:
    """Of coupons: how much money, and how often."""
    with world.transactions.begin() as store:
        return [(one.spent, one.used) for one in store.coupons.coupons(OPERATOR)]


@pytest.mark.parametrize(("changes", "is_joined"), [({}, True), ({"driver": None}, False), ({"held": True}, False)])
def test_a_late_end_received_before_billing_is_joined_to_a_charge_that_has_a_payer(changes: dict[str, object], is_joined: bool) -> None:
    world = MoneyWorld(MemoryTransactions()).build()
    record = world.ended((C, 30, 3_000), (P, 60, 0), notes=("end_not_reported",), **changes)  # type: ignore[arg-type]
    entry = told(world, record, 500, -20)
    with world.transactions.begin() as store:
        process_late_ends(store, record.session_id, LATER, world.ids)
        assert store.inbox.quarantined() == ([] if is_joined else [entry])
    made = world.billed(record, LATER)
    assert (made is not None and made.net == eur(590)) is is_joined, "0.50, 3.5 kWh at 0.40 and 40 minutes at 0.10"
