"""The status of a booking for roaming partners follows its payment hold and its charge."""

from forecourt.flows.bookings import booking_as_ocpi
from forecourt.flows.guests import booking_of
from forecourt.kernel import instant_text
from forecourt.ocpi import ReservationStatus

from .conftest import at
from .test_guest_bookings import asks, bank, pays, place  # noqa: F401 - fixtures
from .test_guest_extensions import charging


def told(place, guest):  # noqa: F811
    with place.transactions.begin() as store:
        return booking_as_ocpi(store, booking_of(store, guest))


def test_a_roaming_booking_is_pending_until_paid_and_then_reserved_with_a_new_timestamp(place, bank) -> None:  # noqa: F811
    guest = asks(place)
    assert told(place, guest).reservation_status is ReservationStatus.PENDING
    assert told(place, guest).booking_requests[0].request_status == "PENDING"
    pays(place, bank, guest, 3)
    firm = told(place, guest)
    assert firm.reservation_status is ReservationStatus.RESERVED and firm.last_updated == instant_text(at(3))
    assert firm.booking_tokens[0].type == "AD_HOC_USER"


def test_a_roaming_booking_is_fulfilled_at_the_socket_of_its_charge_and_stays_so(place, bank) -> None:  # noqa: F811
    guest, charger, transaction = charging(place, bank)
    running = told(place, guest)
    assert running.reservation_status is ReservationStatus.FULFILLED
    assert running.booking_option and running.booking_option.evse_uid == str(place.evse_id(int(charger[2:])))
    place.stops(charger, transaction, 150, 4000)
    assert told(place, guest) == running
