"""Bills calculated by hand from the tariff alone: the amounts on the document, and the ledger once it is paid.

No expected amount is taken from the code. Halves are rounded up to the cent, once for each rate of tax.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

import pytest

from forecourt.billing import Invoice
from forecourt.drivers import PartnerTax
from forecourt.flows.billing import CreditRequest, invoice_no_show, issue_account_statements, issue_credit_note, rate_and_invoice
from forecourt.flows.desk import Staff
from forecourt.flows.paying import collect_payment
from forecourt.flows.ports import ChangedSince
from forecourt.kernel import DriverId, Span, TariffVersionId
from forecourt.ledger import BANK, CLEARING, partner_receivable, receivable, revenue, vat, wallet
from forecourt.offers import DiscountRule
from forecourt.payments import WALLET
from forecourt.reservations import Quote
from forecourt.store.memory import MemoryTransactions
from forecourt.tariffs import Phase
from money_world import CARD_DRIVER, NOON, OPERATOR, C, MoneyWorld, P, W, missed, tariff, version
from offer_world import ENERGY, PARKING, OfferWorld
from roaming_world import PARTNER, let_in, registered

from .conftest import Forecourt, at
from .test_wallet import WalletWorld, eur

KINDS = {"kwh": "ENERGY", "charging_hour": "TIME", "parked_hour": "PARKING_TIME", "start": "FLAT"}


def priced(*elements, **more):
    """Each element: ({what: price}, its restrictions). Prices exclude 19 % tax unless stated otherwise."""
    steps = more.pop("steps", {})
    made = [
        {
            "price_components": [
                {"type": KINDS[what], "price": Decimal(price), "vat": 19, "step_size": steps.get(what, 1)} for what, price in prices.items()
            ],
            "restrictions": rules,
        }
        for prices, rules in elements
    ]
    return tariff(elements=made, **more)


def cents(amount):
    return int((Decimal(amount) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def on_top(net):
    """(net, tax, gross) in cents, of an exact amount without tax."""
    net = cents(net)
    tax = cents(Decimal(net) / 100 * Decimal("0.19"))
    return net, tax, net + tax


def inside(gross):
    """The same, of an exact amount with tax."""
    gross = cents(gross)
    net = cents(Decimal(gross) / 100 / Decimal("1.19"))
    return net, gross - net, gross


def told(document):
    return document.net.minor, document.tax.minor, document.gross.minor


def books(world, *accounts):
    with world.transactions.begin() as store:
        assert store.ledger.sum_minor("EUR") == 0
        return tuple(store.ledger.balance(OPERATOR, account, "EUR") for account in accounts)


def paid(source, *parts, begin=NOON, **changes):
    """A charge from its end to its card payment, through the store; the ledger has the amounts of the document and no others."""
    world = MoneyWorld(MemoryTransactions(), source).build()
    made = world.ended(*parts, begin=begin, **changes)
    invoice = world.billed(made, made.ended_at)
    assert isinstance(invoice, Invoice)
    with world.transactions.begin() as store:
        collect_payment(store, invoice.id, made.ended_at, world.ids)
    world.deliver(made.ended_at)
    net, tax, gross = told(invoice)
    kinds = {line.what.value.lower() for line in invoice.content.lines}
    assert books(world, receivable(CARD_DRIVER), CLEARING, vat(Decimal(19))) == (0, gross, -tax)
    assert sum(books(world, *map(revenue, kinds))) == -net
    return world, invoice


def test_a_charge_over_midnight_is_billed_at_the_day_price_before_and_the_night_price_after():
    night = ({"kwh": "0.39"}, {"start_time": "22:00", "end_time": "06:00"})
    source = priced(night, ({"kwh": "0.59"}, {}), tax_included="YES")
    _, invoice = paid(source, (C, 180, 18_000), begin=datetime(2026, 6, 1, 19, 30, tzinfo=UTC))  # 21:30 to 00:30 in Berlin
    assert told(invoice) == inside(3 * Decimal("0.59") + 15 * Decimal("0.39")) == (640, 122, 762)


def test_when_summer_time_ends_the_price_from_one_to_three_applies_for_three_hours():
    dear = ({"charging_hour": "1.20"}, {"start_time": "01:00", "end_time": "03:00"})
    source = priced(dear, ({"kwh": "0.40"}, {}))
    _, invoice = paid(source, (C, 300, 20_000), begin=datetime(2026, 10, 24, 22, 30, tzinfo=UTC))  # 00:30 CEST to 04:30 CET
    assert told(invoice) == on_top(20 * Decimal("0.40") + 3 * Decimal("1.20")) == (1160, 220, 1380)


def test_when_summer_time_begins_the_price_from_one_to_three_applies_for_one_hour():
    dear = ({"charging_hour": "1.20"}, {"start_time": "01:00", "end_time": "03:00"})
    world = MoneyWorld(MemoryTransactions(), priced(dear, ({"kwh": "0.40"}, {}))).build()
    begin = datetime(2027, 3, 27, 23, 30, tzinfo=UTC)  # 00:30 CET to 04:30 CEST
    made = world.ended((C, 180, 20_000), begin=begin)
    assert told(world.billed(made, made.ended_at)) == on_top(8 + 1 * Decimal("1.20")) == (920, 175, 1095)


def test_step_sizes_round_up_energy_and_only_the_last_billed_time_component():
    prices = {"start": "0.35", "kwh": "0.52", "charging_hour": "1.80", "parked_hour": "3.00"}
    source = priced((prices, {}), steps={"kwh": 1000, "charging_hour": 900, "parked_hour": 600})
    _, invoice = paid(source, (C, 47, 10_300), (P, 11, 0))
    kwh, hours_charging, hours_parked = 11, Decimal(47) / 60, Decimal(20) / 60
    net = Decimal("0.35") + kwh * Decimal("0.52") + hours_charging * Decimal("1.80") + hours_parked * Decimal("3.00")
    assert told(invoice) == on_top(net) == (848, 161, 1009)


def test_energy_is_priced_by_the_power_at_which_it_was_delivered():
    fast, slow = ({"kwh": "0.69"}, {"min_power": 22}), ({"kwh": "0.49"}, {"max_power": 22})
    begun, halfway, end = NOON, NOON + timedelta(minutes=30), NOON + timedelta(minutes=90)
    phases = (Phase(C, begun, halfway, 25_000, 50_000), Phase(C, halfway, end, 11_000, 11_000))
    _, invoice = paid(priced(fast, slow), (C, 90, 36_000), phases=phases)
    assert told(invoice) == on_top(25 * Decimal("0.69") + 11 * Decimal("0.49")) == (2264, 430, 2694)


def test_parking_is_billed_after_three_hours_at_the_socket_including_time_with_power_withheld():
    source = priced(({"parked_hour": "6.00"}, {"min_duration": 3 * 3600}), ({"kwh": "0.45"}, {}))
    _, invoice = paid(source, (C, 60, 8000), (W, 30, 0), (C, 60, 7000), (P, 70, 0))
    after_grace = 60 + 30 + 60 + 70 - 180
    assert told(invoice) == on_top(15 * Decimal("0.45") + after_grace * Decimal("0.10")) == (1075, 204, 1279)


def test_a_bill_is_limited_to_the_maximum_price_and_a_part_is_credited_with_its_tax():
    world, invoice = paid(tariff(max_price={"before_taxes": 12}), (C, 120, 40_000))  # 16.50 without the cap
    assert told(invoice) == on_top(12) == (1200, 228, 1428)
    with world.transactions.begin() as store:
        by = Staff(OPERATOR, "ops", NOON + timedelta(hours=3), world.ids)
        note = issue_credit_note(store, by, CreditRequest(invoice.id, 0, "slow", amount=eur(500))).note
    world.deliver(NOON + timedelta(hours=3))
    assert told(note) == inside(5) == (420, 80, 500)
    assert books(world, receivable(CARD_DRIVER), CLEARING, vat(Decimal(19))) == (0, 928, -148)


def test_a_no_show_pays_the_fee_and_the_quarter_of_an_hour_for_which_the_socket_was_held():
    rules = {"reservation": "RESERVATION_EXPIRES"}
    source = priced(({"start": "2.00", "charging_hour": "4.80"}, rules), ({"kwh": "0.40"}, {}))
    world = MoneyWorld(MemoryTransactions(), source).build()
    booking = missed(quote=Quote(version().id, 10_000, eur(500)))
    with world.transactions.begin() as store:
        store.bookings.put(booking)
        invoice = invoice_no_show(store, booking.id, NOON + timedelta(hours=2), world.ids)
    assert told(invoice) == on_top(2 + Decimal("4.80") / 4) == (320, 61, 381)
    assert books(world, receivable(CARD_DRIVER), revenue("no_show")) == (381, -320)


def test_a_member_gets_15_percent_off_energy_and_half_an_hour_of_parking_for_a_monthly_fee():
    world = OfferWorld(MemoryTransactions())
    world.join(world.plan(DiscountRule(percent=Decimal(15), dimensions=ENERGY), DiscountRule(seconds=1800, dimensions=PARKING), fee=990))
    invoice = world.charge(23_700, parked_min=45)
    energy, parking = Decimal("23.7") * Decimal("0.40"), 45 * Decimal("0.10")
    before = on_top(Decimal("0.50") + energy + parking)[2]
    off = cents(energy * Decimal("1.19") * Decimal("0.15")) + cents(30 * Decimal("0.10") * Decimal("1.19"))
    assert told(invoice) == inside(Decimal(before - off) / 100) == (1006, 191, 1197)
    assert world.balance(revenue("membership")) == -inside("9.90")[0] == -832


def test_a_parking_voucher_is_paid_60_percent_by_the_partner_and_the_rest_is_a_price_reduction():
    world = OfferWorld(MemoryTransactions())
    world.cafe()
    world.take(world.voucher(world.parking_offer(percent=60)))
    invoice = world.charge(10_000, parked_min=40)
    before = on_top(Decimal("0.50") + 10 * Decimal("0.40") + 40 * Decimal("0.10"))[2]
    free = cents(30 * Decimal("0.10") * Decimal("1.19"))
    ours = free * 40 // 100
    assert (before, free, ours) == (1012, 357, 142)
    assert told(invoice) == inside(Decimal(before - ours) / 100) == (731, 139, 870)
    assert (invoice.due.minor, world.balance(partner_receivable("cafe-strom"))) == (655, 215)
    assert world.balance(receivable(CARD_DRIVER)) == 655


@pytest.mark.parametrize(("country", "number", "tax"), [("NL", "NL123456789B01", 0), ("DE", "DE136695976", 95)])
def test_reverse_charge_for_an_electricity_dealer_covers_energy_but_no_domestic_no_show_fee(country, number, tax):
    place = Forecourt(MemoryTransactions())
    with place.transactions.begin() as store:
        place.build(store)
        partner = replace(registered(OPERATOR), tax=PartnerTax(country, date(2026, 1, 1), at_home=True))
        let_in(store, partner)
        payer = replace(store.drivers.driver(DriverId(PARTNER)), vat_number=number)
        store.drivers.put_driver(payer)
    place.free()
    transaction = place.starts("CP1", 0, "04FACADE").transaction
    place.meters("CP1", transaction, 30, 4250)
    place.stops("CP1", transaction, 60, 7500)
    with place.transactions.begin() as store:
        ((charge,), _) = store.roaming_charges.charges_of(PARTNER, ChangedSince())
        invoice = rate_and_invoice(store, charge.session_id, at(61), place.ids)
        booking = replace(missed(quote=Quote(TariffVersionId(UUID(int=5)), 10_000, eur(500))), driver_id=invoice.driver_id)
        store.bookings.put(booking)
        fee = invoice_no_show(store, booking.id, at(62), place.ids)
        july = NOON + timedelta(days=30)
        (statement,) = issue_account_statements(store, payer.id, Span(NOON - timedelta(days=1), july), july, place.ids)
    charged = cents(Decimal("0.50") + Decimal("6.5") * Decimal("0.40"))
    assert [told(one) for one in (invoice, fee)] == [(charged, 0, charged), (500, tax, 500 + tax)] and charged == 310
    assert statement.due.minor == 810 + tax
    assert books(place, receivable(payer.id), vat(Decimal(19)), vat(Decimal(0))) == (810 + tax, -tax, 0)


def test_a_bill_above_the_prepaid_balance_is_paid_by_the_balance_and_the_rest_by_card():
    world = WalletWorld(MemoryTransactions()).ready()
    world.load(1000)
    invoice = world.charged(wh=40_000)
    end = NOON + timedelta(hours=2)
    with world.transactions.begin() as store:
        collect_payment(store, invoice.id, end, world.ids)
    world.deliver(end)
    assert told(invoice) == on_top(Decimal("0.50") + 40 * Decimal("0.40")) == (1650, 314, 1964)
    with world.transactions.begin() as store:
        assert [(one.method, one.taken.minor) for one in store.payments.of_document(invoice.id)] == [(WALLET, 1000), ("pm_Ada", 964)]
    assert books(world, wallet(CARD_DRIVER), receivable(CARD_DRIVER), CLEARING, BANK) == (0, 0, 1964, 0)
