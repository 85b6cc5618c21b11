"""Payment by the QR code on a charger's display: the charger is notified of the payment, and one code begins one payment."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from forecourt.flows.chargers import codes_answered, end_codes, offer_codes, socket_by_code
from forecourt.flows.desk import Staff
from forecourt.flows.guests import open_scanned, price_for_guest, scan_as_text, scan_of_text, scanned
from forecourt.kernel import BadInput, ChargerId, Conflict, NotFound
from forecourt.stations import NotifyWebPayment, OrderResult, Outcome, Protocol, StartCharge, code_secret
from in_process_provider import OwnBank
from power_world import deliver
from stations.test_pay_codes import shown
from stores import both_stores

from .conftest import NOON, at
from .test_guests import payment, place  # noqa: F401 - place is a fixture

KEY, CP1 = b"k" * 32, ChargerId("CP1")
TAKEN, REFUSED, SILENT = (OrderResult(one) for one in (Outcome.ACCEPTED, Outcome.REJECTED, Outcome.UNANSWERED))


@pytest.fixture
def displayed(place):  # noqa: F811
    with place.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(CP1), connected=True, protocol=Protocol.OCPP21))
    turned_on(place, TAKEN)
    return place


def staff(place) -> Staff:  # noqa: F811
    return Staff(place.operator_id, "ops", NOON, place.ids)


def turned_on(place, *answers: OrderResult) -> int:  # noqa: F811
    with place.transactions.begin() as store:
        number = offer_codes(store, staff(place), CP1)
        codes_answered(store, staff(place), CP1, number, answers)
    return number


def scan(place, minute: float = 0, number: int = 1, charger: str = "CP1", socket: str = "1"):  # noqa: F811
    with place.transactions.begin() as store:
        return scanned(store, KEY, (charger, socket, shown(code_secret(KEY, CP1, number), at(minute)), "v1"), at(minute))


def pays(place, found, who: str, minute: float):  # noqa: F811
    with place.transactions.begin() as store:
        seen = price_for_guest(store, socket_by_code(store, found.code), at(minute)).version.id
        return open_scanned(store, found, sha256(who.encode()).digest(), seen, at(minute), place.ids)


def test_a_payment_begun_by_a_scanned_code_is_announced_to_the_charger(displayed) -> None:
    pays(displayed, scan(displayed), "anna", 1)
    assert [order for _, order in deliver(displayed, 1)] == [NotifyWebPayment(1, 300)]


def test_a_scanned_code_begins_one_payment_even_if_the_form_is_sent_twice(displayed) -> None:
    found = scan(displayed)
    assert pays(displayed, found, "anna", 1) == pays(displayed, found, "anna", 2)
    with pytest.raises(Conflict, match="already started to pay"):
        pays(displayed, found, "ben", 2)
    assert pays(displayed, scan(displayed, 2), "ben", 2)


def test_a_code_of_another_charger_or_socket_or_a_revoked_one_is_refused(displayed) -> None:
    for wrong in ({"charger": "CP2"}, {"charger": "CP9"}, {"socket": "9"}, {"socket": "x"}, {"number": 2}):
        with pytest.raises(NotFound):
            scan(displayed, **wrong)
    found = scan(displayed)
    with displayed.transactions.begin() as store:
        end_codes(store, staff(displayed), CP1)
    with pytest.raises(NotFound):
        scan(displayed)
    with pytest.raises(Conflict):
        pays(displayed, found, "anna", 1)


def test_the_token_of_a_scan_is_valid_for_its_own_code_for_ten_minutes(displayed) -> None:
    found = scan(displayed)
    text = scan_as_text(found, at(0))
    assert scan_of_text(text, found.code, at(10)) == found
    for code, when in ((found.code, at(10) + timedelta(seconds=1)), ("0000000000", at(1))):
        with pytest.raises(BadInput):
            scan_of_text(text, code, when)


@both_stores
@pytest.mark.parametrize(
    ("answers", "counting"),
    [
        ((TAKEN,), [2]),
        ((REFUSED,), [1]),
        ((), [1]),
        ((SILENT,), [1, 2]),
        ((OrderResult(Outcome.ACCEPTED, "RebootRequired"),), [1, 2]),
        ((TAKEN, REFUSED), [1, 2]),
    ],
)
def test_a_new_code_secret_is_valid_once_the_charger_accepts_it_and_the_old_one_until_then(displayed, answers, counting) -> None:
    assert turned_on(displayed, *answers) == 2
    with displayed.transactions.begin() as store:
        assert list(store.stations.charger(CP1).pay_codes.numbers) == counting


def test_a_guest_charge_from_a_scanned_code_starts_once_it_is_paid(displayed) -> None:
    bank = OwnBank(at(1))
    visit = pays(displayed, scan(displayed), "anna", 1)
    bank.deliver(displayed.transactions, displayed.ids)
    bank.pays(payment(displayed, visit).id)
    bank.deliver(displayed.transactions, displayed.ids)
    (start,) = [order for _, order in deliver(displayed, 1) if isinstance(order, StartCharge)]
    assert start.paid and displayed.starts("CP1", 1, start.token).transaction
