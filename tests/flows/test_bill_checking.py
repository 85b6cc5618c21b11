"""A bill is calculated again from the stored records, and any alteration is found."""

from dataclasses import replace

import pytest

from forecourt.billing import Draft, Invoice, InvoiceLine, bill
from forecourt.flows.billing import CheckedBill, check_bill, credit_invoice, invoice_no_show
from forecourt.flows.ports import Transactions
from forecourt.kernel import Money
from forecourt.reservations import Quote
from money_world import NOON, C, MoneyWorld, P, W, missed, tariff, version
from stores import both_stores


@pytest.fixture
def world(any_transactions: Transactions) -> MoneyWorld:
    return MoneyWorld(any_transactions).build()


def billed(world: MoneyWorld) -> Invoice:
    made = world.billed(world.ended((C, 61, 10_123), (W, 9, 0), (P, 31, 0)), NOON)
    assert made is not None
    return made


def checked(world: MoneyWorld, invoice: Invoice) -> CheckedBill:
    with world.transactions.begin() as store:
        return check_bill(store, invoice)


def test_an_unaltered_bill_is_confirmed_line_by_line(world: MoneyWorld) -> None:
    found = checked(world, billed(world))
    assert found.check.agrees and found.check.recomputed and len(found.check.lines) == 3
    assert found.record is not None and found.record.energy_wh == 10_123


def test_a_credit_note_agrees_with_its_bill(world: MoneyWorld) -> None:
    made = billed(world)
    with world.transactions.begin() as store:
        note = credit_invoice(store, made.id, "asked for", NOON, world.ids)
    assert checked(world, note).check.agrees


def test_a_no_show_fee_agrees_with_its_booking(world: MoneyWorld) -> None:
    kept = missed(quote=Quote(version().id, 10_000, Money(595, "EUR")))
    with world.transactions.begin() as store:
        store.bookings.put(kept)
        made = invoice_no_show(store, kept.id, NOON, world.ids)
    assert made is not None and checked(world, made).check.agrees


def test_a_bill_line_that_differs_from_the_charge_record_is_named(world: MoneyWorld) -> None:
    made = billed(world)
    lines = made.content.lines
    wrong = replace(lines[1], quantity=lines[1].quantity + 1)
    found = checked(world, replace(made, content=replace(made.content, lines=(lines[0], wrong, lines[2]))))
    assert [one.text for one in found.check.findings] == ["line 2 has a different quantity"]


def test_a_reading_changed_on_the_bill_is_found(world: MoneyWorld) -> None:
    made = billed(world)
    assert made.content.delivery is not None
    tampered = replace(made.content, delivery=replace(made.content.delivery, meter_stop_wh=99_999))
    assert not checked(world, replace(made, content=tampered)).check.agrees


@both_stores
def test_a_tariff_changed_after_billing_is_found(world: MoneyWorld) -> None:
    made = billed(world)
    found = checked(world, replace(made, content=replace(made.content, tariff_hash="0" * 64)))
    assert [one.rule for one in found.check.findings] == ["tariff"]


PRICES = [{"type": kind, "price": amount, "vat": 19, "step_size": 1} for kind, amount in (("ENERGY", "0.5"), ("FLAT", "1.23"))]
FIRST = {
    "prices with tax": (tariff(elements=[{"price_components": PRICES[:1]}], tax_included="YES"), 17_249, [725]),
    "under a limit": (
        tariff(elements=[{"price_components": PRICES}], tax_included="YES", max_price={"after_taxes": 4}),
        5_603,
        [103, 236, -3],
    ),
}


@pytest.mark.parametrize("kind", FIRST)
def test_a_bill_by_the_former_rounding_rule_is_confirmed_and_one_by_no_known_rule_is_not(any_transactions: Transactions, kind: str) -> None:
    """8.6249 came to 8.62 and 7.25 without tax (decision 159)."""
    source, energy_wh, nets = FIRST[kind]
    world = MoneyWorld(any_transactions, source).build()
    charge = world.ended((C, 60, energy_wh))
    made = world.billed(charge, NOON)
    assert made is not None and checked(world, made).check.agrees
    first = bill(charge, version(source), made.content.place, made.content.parties, legacy_rounding=True)
    assert [line.net.minor for line in first.lines] == nets != [line.net.minor for line in made.content.lines]
    then = replace(made, content=replace(made.content, lines=first.lines, taxes=first.taxes, net=first.net, tax=first.tax))
    assert first.gross == made.gross and checked(world, then).check.agrees
    moved = replace(first.lines[-1], net=first.lines[-1].net + Money(2, "EUR"))
    assert not checked(world, replace(then, content=replace_lines(then, (*first.lines[:-1], moved)))).check.agrees


def replace_lines(invoice: Invoice, lines: tuple[InvoiceLine, ...]) -> Draft:
    """As a hand in the database would: nothing is worked out again."""
    content = replace(invoice.content)
    object.__setattr__(content, "lines", lines)
    return content
