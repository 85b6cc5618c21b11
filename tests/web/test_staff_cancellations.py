"""Staff cancel a booking for a driver, under the same rules as the driver's own cancellation."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from forecourt.drivers import GuestStep
from forecourt.flows.billing import invoice_no_show
from forecourt.kernel import BookingId, parse_instant
from forecourt.notices import NoticeKind
from forecourt.reservations import Cancelled

from .guests_scene import booked_guests
from .test_driver import booking


@pytest.fixture
def made(scene, client):
    """Bob has booked; the desk is signed in."""
    client.sign_in("bob").submit("/bookings", **booking(scene.clock.at))
    (found,) = client.get("/api/v1/bookings").json()
    client.sign_in("ops")
    return found


def told_to_bob(scene, made):
    with scene.transactions.begin() as store:
        return [one.kind for one in store.notices.all_of(store.bookings.booking(BookingId(UUID(made["id"]))).driver_id)]


def kept(scene, made):
    with scene.transactions.begin() as store:
        return store.bookings.booking(BookingId(UUID(made["id"])))


def test_staff_cancel_a_booking_in_time_free_of_charge_once_and_it_is_logged(scene, client, made):
    cancel = f"/console/bookings/{made['id']}/cancel"
    day = f"/console/bookings?site=market&day={made['start'][:10]}"
    assert f'href="{cancel}"' in client.get(day).text and "The driver is not charged" in client.get(cancel).text
    assert [client.submit(cancel, costs="").status_code for _ in range(2)] == [303, 303]
    assert kept(scene, made).state == Cancelled(scene.clock.at)
    assert told_to_bob(scene, made).count(NoticeKind.BOOKING_CANCELLED) == 1
    assert client.get("/console/audit").text.count("Booking cancelled for a driver") == 1
    assert f'href="{cancel}"' not in client.get(day).text


def test_a_late_cancellation_by_staff_costs_the_drivers_fee_and_never_more_than_was_shown(scene, client, made):
    cancel = f"/console/bookings/{made['id']}/cancel"
    scene.clock.at = parse_instant(made["free_until"]) + timedelta(seconds=1)
    refused = client.submit(cancel, costs="")
    assert refused.status_code == 409 and f"The fee is €{made['fee']['amount']}, VAT included" in refused.text
    assert kept(scene, made).live and "Booking cancelled for a driver" not in client.get("/console/audit").text
    shown = re.search(r'name="costs" value="(\d*)"', refused.text)[1]
    assert client.submit(cancel, costs=shown).status_code == 303
    with scene.transactions.begin() as store:
        bill = invoice_no_show(store, BookingId(UUID(made["id"])), scene.clock.at, scene.ids)
    assert str(bill.gross.minor) == shown and NoticeKind.BOOKING_CANCELLED_LATE in told_to_bob(scene, made)


def test_cancelling_a_guest_booking_also_ends_its_hold(scene, client):
    booking_id = booked_guests(scene).booking
    assert client.sign_in("ops").submit(f"/console/bookings/{booking_id}/cancel", costs="").status_code == 303
    with scene.transactions.begin() as store:
        assert store.guests.booking(booking_id).step is GuestStep.OVER and not store.bookings.booking(booking_id).live


def test_staff_cannot_cancel_a_booking_made_by_a_roaming_partner(scene, client, made):
    with scene.transactions.begin() as store:
        driver = store.drivers.driver(store.bookings.booking(BookingId(UUID(made["id"]))).driver_id)
        store.drivers.put_driver(replace(driver, roaming_partner_id=UUID(int=7)))
    cancel = f"/console/bookings/{made['id']}/cancel"
    assert cancel not in client.get(f"/console/bookings?site=market&day={made['start'][:10]}").text
    assert client.submit(cancel, costs="").status_code == 409 and kept(scene, made).live
