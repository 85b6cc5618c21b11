"""A guest extends a booked charge while it runs: a further hold where needed, nothing twice, refused if the bay is booked."""

import pytest

from forecourt.drivers import GuestBooking, LongerStay
from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.guests import booking_of, longer_stay_payment, price_of_longer_stay, stay_longer
from forecourt.flows.paying import abandon_payment, collect_payment, payments_of, session_of
from forecourt.kernel import BadInput, Conflict
from forecourt.payments import AtPayer, Held, Payment, Released

from .conftest import at
from .test_guest_bookings import asks, bank, books, code, orders, pays, place, starts, state, tick  # noqa: F401 - fixtures
from .test_reservations import book

pytestmark = pytest.mark.usefixtures("place")


def charging(place, bank) -> tuple[GuestBooking, str, str]:  # noqa: F811
    """A guest's booking from minute 120 to 180, charging since 124: the charger and its transaction."""
    guest = books(place, bank)
    tick(place, bank, 111)
    bound = state(place, guest)
    number = next(one for one in (1, 2, 3) if place.evse_id(one) == bound.evse_id)
    starts(place, guest, 123, number)
    token = [order.token for order in orders(place, 123, object) if hasattr(order, "token")][-1]
    transaction = place.starts(f"CP{number}", 124, token).transaction
    place.meters(f"CP{number}", transaction, 140, 2000)
    return guest, f"CP{number}", transaction


def wishes(place, guest, end: float, minute: float = 141) -> Payment | None:  # noqa: F811
    with place.transactions.begin() as store:
        return stay_longer(store, guest, at(end), at(minute), place.ids)


def until(place, guest):  # noqa: F811
    with place.transactions.begin() as store:
        return booking_of(store, guest).window.end


def delivered(place, bank, minute: float) -> None:  # noqa: F811
    bank.at = at(minute)
    bank.deliver(place.transactions, place.ids)


def test_a_longer_stay_is_quoted_held_and_confirmed_and_both_holds_pay_the_bill(place, bank) -> None:  # noqa: F811
    guest, charger, transaction = charging(place, bank)
    with place.transactions.begin() as store:
        price = price_of_longer_stay(store, booking_of(store, guest), at(240))
        first = payments_of(store, guest)[0].state.amount
    more = wishes(place, guest, 240)
    assert more is not None and price.more == more.state.amount and price.cost <= first + price.more
    assert until(place, guest) == at(180)
    delivered(place, bank, 142)
    bank.pays(more.id)
    delivered(place, bank, 143)
    assert until(place, guest) == at(240)
    place.stops(charger, transaction, 238, 13_500)
    with place.transactions.begin() as store:
        invoice = rate_and_invoice(store, session_of(store, store.guests.by_digest(guest.digest)), at(239), place.ids)
        collect_payment(store, invoice.id, at(239), place.ids)
    delivered(place, bank, 239)
    assert first < invoice.due <= first + price.more
    assert bank.bank.totals().from_customers == {"EUR": invoice.due.minor} and bank.bank.totals().open_holds == 0


def test_a_repeated_extension_is_one_payment_and_another_end_is_refused_while_it_is_pending(place, bank) -> None:  # noqa: F811
    guest, *_ = charging(place, bank)
    first, again = wishes(place, guest, 240), wishes(place, guest, 240)
    assert first is not None and again is not None and first.id == again.id
    with pytest.raises(Conflict, match="is waiting"):
        wishes(place, guest, 300)
    delivered(place, bank, 142)
    bank.pays(first.id)
    delivered(place, bank, 143)
    assert wishes(place, guest, 240) is None and until(place, guest) == at(240)
    with place.transactions.begin() as store:
        assert len(payments_of(store, guest)) == 2 and booking_of(store, guest).notified[-1].code == "extended"


def test_a_short_extension_within_the_amount_held_needs_no_new_hold(place, bank) -> None:  # noqa: F811
    guest, *_ = charging(place, bank)
    with place.transactions.begin() as store:
        fits = next(end for end in range(181, 200) if price_of_longer_stay(store, booking_of(store, guest), at(end)).more is None)
    assert wishes(place, guest, fits) is None and until(place, guest) == at(fits)


def test_an_extension_with_a_declined_card_that_is_abandoned_leaves_the_booking_unchanged(place, bank) -> None:  # noqa: F811
    guest, *_ = charging(place, bank)
    more = wishes(place, guest, 240)
    delivered(place, bank, 142)
    bank.pays(more.id, "4000000000000002")
    delivered(place, bank, 143)
    with place.transactions.begin() as store:
        visit = store.guests.by_digest(guest.digest)
        asked = longer_stay_payment(store, visit)
        assert isinstance(asked.state, AtPayer) and asked.state.refusal and visit.longer == LongerStay(at(240), more.id)
        abandon_payment(store, visit, at(144), place.ids)
    delivered(place, bank, 144)
    assert until(place, guest) == at(180) and bank.bank.totals().open_holds == 1
    assert wishes(place, guest, 210, 145) is not None


def test_an_extension_paid_after_the_socket_was_booked_is_refused_and_its_hold_released(place, bank) -> None:  # noqa: F811
    guest, *_ = charging(place, bank)
    more = wishes(place, guest, 240)
    for driver in (place.card_driver, place.app_driver):
        book(place, driver, 185, 300)
    others = pays(place, bank, asks(place, 190, minute=141, email="b@x.example", origin="there"), 141)
    delivered(place, bank, 142)
    bank.pays(more.id)
    delivered(place, bank, 143)
    delivered(place, bank, 144)
    with place.transactions.begin() as store:
        kept = store.payments.payment(more.id)
        assert others and isinstance(kept.state, Released) and kept.state.why == "slot_taken"
    assert until(place, guest) == at(180) and bank.bank.totals().open_holds == 2
    with pytest.raises(Conflict, match="a bay reserved"):
        wishes(place, guest, 240, 146)
    with place.transactions.begin() as store:
        assert len(payments_of(store, guest)) == 2


def test_an_extension_hold_confirmed_after_the_charge_has_ended_extends_nothing(place, bank) -> None:  # noqa: F811
    guest, charger, transaction = charging(place, bank)
    more = wishes(place, guest, 240)
    delivered(place, bank, 142)
    place.stops(charger, transaction, 143, 3000)
    bank.pays(more.id)
    delivered(place, bank, 144)
    with place.transactions.begin() as store:
        assert not isinstance(store.payments.payment(more.id).state, Held)
    assert until(place, guest) == at(180)
    with pytest.raises(Conflict, match="only stay longer while you are charging"):
        wishes(place, guest, 240, 146)


@pytest.mark.parametrize(("end", "kind"), [(170, BadInput), (120 + 1441, BadInput)])
def test_an_extension_to_an_invalid_end_is_refused(place, bank, end, kind) -> None:  # noqa: F811
    guest, *_ = charging(place, bank)
    with pytest.raises(kind):
        wishes(place, guest, end)
