"""A site limit is cut below promised power: 28 A and 6 A for the same hour, under 40 A, minimum of 6 A at the third socket."""

import pytest

from forecourt.flows.bookings import advance_bookings, cancel_own_booking
from forecourt.flows.bookings.reserving import is_movable
from forecourt.flows.chargers import apply_allowance, lift_allowance, limits_version, preview_limits, set_limits
from forecourt.flows.desk import Staff
from forecourt.kernel import BadInput
from forecourt.notices import NoticeKind
from forecourt.reservations import Booking, Cancelled
from forecourt.stations import Allowance, AllowanceStep, LimitEdit
from stores import both_stores

from .test_power_promises import at, book, kept


def cut(forecourt, amps: float, minute: float = 5) -> None:
    with forecourt.transactions.begin() as store:
        by = Staff(forecourt.operator_id, "ops", at(minute), forecourt.ids)
        seen = limits_version(store.stations.site(forecourt.site_id))
        set_limits(store, by, forecourt.site_id, LimitEdit({"supply": amps}, None), seen, confirmed=False)


def looks(forecourt, minute: float) -> None:
    with forecourt.transactions.begin() as store:
        advance_bookings(store, forecourt.site_id, at(minute), forecourt.ids)


def told(forecourt, booking: Booking) -> list[NoticeKind]:
    kinds = (NoticeKind.BOOKING_POWER_UNSURE, NoticeKind.BOOKING_POWER_SURE)
    with forecourt.transactions.begin() as store:
        mine = sorted(store.notices.of_driver(booking.driver_id).rows, key=lambda one: one.made_at)
        return [one.kind for one in mine if one.kind in kinds]


def test_a_limit_cut_below_promised_power_notifies_the_affected_drivers_and_keeps_their_terms(forecourt, crowd) -> None:
    """Under 30 A one of the two cannot be kept; the plans of that hour decide which. A third, later one is not affected."""
    first, second, later = book(forecourt, crowd[0]), book(forecourt, crowd[1]), book(forecourt, crowd[2], 300, 365, 2000)
    cut(forecourt, 30)
    assert [told(forecourt, one) for one in (first, second, later)] == [[NoticeKind.BOOKING_POWER_UNSURE]] * 2 + [[]]
    after = kept(forecourt, first)
    assert (after.power_unsure_since, after.power, after.quote) == (at(5), first.power, first.quote)
    assert after.terms.broken_credit_percent == first.terms.broken_credit_percent
    with forecourt.transactions.begin() as store:
        said = next(one for one in store.notices.of_driver(crowd[0]).rows if one.kind is NoticeKind.BOOKING_POWER_UNSURE).content
    assert (said.energy_wh, said.until, said.amount.minor) == (6400, at(60), (first.quote.gross.minor + 1) // 2)


def test_a_booking_whose_power_is_at_risk_can_be_cancelled_free_of_charge_until_its_start(forecourt, crowd) -> None:
    first, later = book(forecourt, crowd[0], 120, 185), book(forecourt, crowd[2], 300, 365, 2000)
    cut(forecourt, 30)
    told_of = kept(forecourt, first)
    with forecourt.transactions.begin() as store:
        assert is_movable(store, told_of, at(119))
        assert cancel_own_booking(store, crowd[0], first.id, at(120), forecourt.ids).state == Cancelled(at(120), late=False)
        assert cancel_own_booking(store, crowd[2], later.id, at(299), forecourt.ids).state == Cancelled(at(299), late=True)


def test_a_restored_limit_confirms_the_promised_power_again_and_cancelling_stays_free(forecourt, crowd) -> None:
    first = book(forecourt, crowd[0], 120, 185)
    cut(forecourt, 30)
    cut(forecourt, 40, minute=10)
    cut(forecourt, 39.5, minute=11)  # whole amps are promised: 28 still fit beside two floors of 6 under 40 alone
    assert told(forecourt, first) == [NoticeKind.BOOKING_POWER_UNSURE, NoticeKind.BOOKING_POWER_SURE, NoticeKind.BOOKING_POWER_UNSURE]
    cut(forecourt, 40, minute=12)
    assert kept(forecourt, first).power_unsure_since is None
    with forecourt.transactions.begin() as store:
        assert cancel_own_booking(store, crowd[0], first.id, at(115), forecourt.ids).state == Cancelled(at(115), late=False)


def test_a_cancelled_booking_lets_the_next_review_confirm_another_bookings_power_again(forecourt, crowd) -> None:
    first, second = book(forecourt, crowd[0], 120, 185), book(forecourt, crowd[1], 120, 185)
    cut(forecourt, 30)
    looks(forecourt, 6)
    assert told(forecourt, second) == [NoticeKind.BOOKING_POWER_UNSURE], "said once"
    with forecourt.transactions.begin() as store:
        cancel_own_booking(store, crowd[0], first.id, at(10), forecourt.ids)
    looks(forecourt, 11)
    assert told(forecourt, second) == [NoticeKind.BOOKING_POWER_UNSURE, NoticeKind.BOOKING_POWER_SURE]


def test_a_driver_who_is_already_charging_is_notified_of_a_power_promise_at_risk(forecourt, crowd) -> None:
    forecourt.free()
    booking = book(forecourt, crowd[0], 60, 125)
    looks(forecourt, 55)
    forecourt.starts("CP1", 60, token="RIDER0")
    cut(forecourt, 30, minute=65)
    assert kept(forecourt, booking).power_unsure_since == at(65)
    assert told(forecourt, booking) == [NoticeKind.BOOKING_POWER_UNSURE]


def test_the_preview_of_a_limit_cut_counts_the_bookings_lost_and_at_risk(forecourt, crowd) -> None:
    for driver_id in crowd[:2]:
        book(forecourt, driver_id)
    by = Staff(forecourt.operator_id, "ops", at(1), forecourt.ids)
    with forecourt.transactions.begin() as store:
        found = preview_limits(store, by, forecourt.site_id, LimitEdit({"supply": 30}, None))
    assert (found.promises_lost, found.promises_unsure) == (1, 2)


@both_stores
def test_a_grid_allowance_that_puts_power_at_risk_needs_confirmation_and_notifies_drivers(forecourt, crowd) -> None:
    """30 A until the first booked hour is over: the later booking is not affected. Once lifted, the promises are sure again."""
    first, second, later = book(forecourt, crowd[0]), book(forecourt, crowd[1]), book(forecourt, crowd[2], 300, 365, 2000)
    word = Allowance("works", at(5), (AllowanceStep(at(5), 30 * 230),), at(200))
    with pytest.raises(BadInput) as asked, forecourt.transactions.begin() as store:
        apply_allowance(store, Staff(forecourt.operator_id, "ops", at(5), forecourt.ids), forecourt.site_id, word, confirmed=False)
    assert (asked.value.code, told(forecourt, first)) == ("confirm", [])
    with forecourt.transactions.begin() as store:
        effect = apply_allowance(store, Staff(forecourt.operator_id, "ops", at(5), forecourt.ids), forecourt.site_id, word)
    assert (effect.promises_lost, effect.promises_unsure) == (1, 2)
    assert [told(forecourt, one) for one in (first, second, later)] == [[NoticeKind.BOOKING_POWER_UNSURE]] * 2 + [[]]
    with forecourt.transactions.begin() as store:
        lift_allowance(store, Staff(forecourt.operator_id, "ops", at(6), forecourt.ids), forecourt.site_id, "works")
    assert told(forecourt, first) == [NoticeKind.BOOKING_POWER_UNSURE, NoticeKind.BOOKING_POWER_SURE]


def test_power_is_promised_only_up_to_the_safe_limit_of_an_allowance_that_must_be_renewed(forecourt, crowd) -> None:
    """Its safe power counts, whatever is allowed now: 20 A, with minimums of 6 A at the two other sockets."""
    word = Allowance("building", at(0), (AllowanceStep(at(0), 9200),), at(2), unless_renewed_w=20 * 230)
    with forecourt.transactions.begin() as store:
        apply_allowance(store, Staff(forecourt.operator_id, "ops", at(0), forecourt.ids), forecourt.site_id, word)
    assert book(forecourt, crowd[0]).power.power_w <= 8 * 230
