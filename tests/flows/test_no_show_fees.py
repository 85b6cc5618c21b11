"""The no-show fee: the same on the page and on the invoice, and never more than was quoted with the booking."""

from dataclasses import replace

import pytest

from forecourt.flows.billing import invoice_no_show
from forecourt.flows.bookings import ReserveRequest, advance_bookings, reserve
from forecourt.flows.paying import cancel_booking, cancelling_fee, no_show_fee
from forecourt.kernel import Span
from forecourt.notices import NoticeKind

from .conftest import KIND, TARIFF, Forecourt, at

# In Berlin, which is two hours ahead of UTC in June: 14:20 there is 20 minutes after NOON.
PEAK = {"start_time": "16:30", "end_time": "17:00"}


@pytest.fixture
def place(memory_transactions) -> Forecourt:  # type: ignore[no-untyped-def]
    """Not coming costs 2.00, and 9.00 where the kept time begins between 16:30 and 17:00 in Berlin; 19 % more."""
    fees = [
        {"price_components": [{"type": "FLAT", "price": price, "vat": 19, "step_size": 1}], "restrictions": restrictions}
        for price, restrictions in (
            (9, {"reservation": "RESERVATION_EXPIRES", **PEAK}),
            (2, {"reservation": "RESERVATION_EXPIRES"}),
        )
    ]
    made = Forecourt(memory_transactions)
    with memory_transactions.begin() as store:
        made.build(store, {**TARIFF, "elements": [*fees, TARIFF["elements"][1]]})  # type: ignore[index]
    made.free()
    return made


@pytest.mark.parametrize("minutes", [20, 60])
def test_the_no_show_fee_quoted_for_a_flexible_booking_is_the_highest_of_all_possible_times(place: Forecourt, minutes: int) -> None:
    """The booking may be moved to any time from 14:20 to 19:20."""
    with place.transactions.begin() as store:
        asked = ReserveRequest(place.site_id, KIND, place.app_driver, Span(at(20), at(20 + minutes)), 5000)
        booking = reserve(store, asked, at(0), place.ids)
        moved = [replace(booking, window=Span(at(start), at(start + minutes))) for start in range(20, 321 - minutes)]
        dearest = max(no_show_fee(store, one) for one in moved)
        assert no_show_fee(store, replace(booking, within=Span(at(20), at(320)))) == dearest > no_show_fee(store, booking)


@pytest.mark.parametrize("minute", [75, 100])
def test_the_late_cancellation_fee_shown_equals_the_fee_billed(place: Forecourt, minute: int) -> None:
    """16:35 local time is 155 minutes from NOON; in the last hour before it cancelling is no longer free."""
    with place.transactions.begin() as store:
        made = reserve(store, ReserveRequest(place.site_id, KIND, place.app_driver, Span(at(155), at(215)), 5000), at(0), place.ids)
        costs = cancelling_fee(store, made, at(minute))
        cancel_booking(store, place.app_driver, made.id, at(minute), place.ids)
        billed = invoice_no_show(store, made.id, at(minute), place.ids)
        sent = store.notices.of_driver(place.app_driver).rows
        told = [one.content.amount for one in sent if one.kind is NoticeKind.BOOKING_CANCELLED_LATE]
    assert costs == (billed.due if billed else None)
    assert (costs is None) is (minute == 75)
    assert told == ([billed.due] if billed else [])


@pytest.mark.parametrize(("elements", "gross"), [(TARIFF["elements"], 595), (TARIFF["elements"][1:], 0)], ids=["5.00", "no fee"])
def test_the_no_show_letter_names_the_amount_that_is_billed(memory_transactions, elements, gross) -> None:
    place = Forecourt(memory_transactions)
    with memory_transactions.begin() as store:
        place.build(store, {**TARIFF, "elements": elements})
    place.free()
    with memory_transactions.begin() as store:
        made = reserve(store, ReserveRequest(place.site_id, KIND, place.app_driver, Span(at(60), at(120)), 5000), at(0), place.ids)
    for minute in (51, 76):
        with memory_transactions.begin() as store:
            advance_bookings(store, place.site_id, at(minute), place.ids)
    with memory_transactions.begin() as store:
        billed = invoice_no_show(store, made.id, at(77), place.ids)
        (missed,) = [one for one in store.notices.of_driver(place.app_driver).rows if one.kind is NoticeKind.BOOKING_MISSED]
    assert (missed.content.amount.minor, billed.due.minor if billed else 0) == (gross, gross)
