"""A roaming partner reserves a socket: sent as a session, used by the charge with that token, or billed as a no-show."""

from decimal import Decimal
from uuid import UUID

import pytest

from forecourt.flows.billing import invoice_no_show, issue_account_statements, rate_and_invoice
from forecourt.flows.bookings import advance_bookings
from forecourt.flows.ports import ChangedSince
from forecourt.flows.roaming import update_partners
from forecourt.kernel import DriverId, Span, instant_text
from forecourt.ocpi import CommandResponse
from forecourt.reservations import Booking, Bound
from forecourt.stations import ConnectorReported, ConnectorState, Verdict
from forecourt.tariffs import parse_tariff, rate_cdr
from roaming_world import PARTNER
from stores import both_stores

from .conftest import Forecourt, at
from .partner import asks, said, token

ACCEPTED = CommandResponse.ACCEPTED


def reserves(place: Forecourt, until: int = 60, minute: int = 0, **fields: object) -> tuple[str, list]:
    """What the partner hears where it wants to, and what it is told besides."""
    given = {"reservation_id": "R-1", "expiry_date": instant_text(at(until)), "evse_uid": None} | fields
    assert asks(place, "RESERVE_NOW", minute, **given) is ACCEPTED
    return heard(place)


def cancels(place: Forecourt, minute: int, reservation_id: str = "r-1") -> tuple[str, list]:
    assert asks(place, "CANCEL_RESERVATION", minute, reservation_id=reservation_id) is ACCEPTED
    return heard(place)


def heard(place: Forecourt) -> tuple[str, list]:
    calls = said(place)
    (result,) = [one[2]["result"] for one in calls if one[1].startswith("https")]
    return result, [one[2] for one in calls if not one[1].startswith("https")]


def held(place: Forecourt) -> list[Booking]:
    with place.transactions.begin() as store:
        return list(store.bookings.live_at(place.site_id))


def minute_passes(place: Forecourt, minute: int) -> list[dict]:
    with place.transactions.begin() as store:
        advance_bookings(store, place.site_id, at(minute), place.ids)
        update_partners(store, place.site_id, at(minute), place.ids)
    return [one[2] for one in said(place)]


def test_a_partner_reservation_keeps_the_socket_for_its_token_until_it_expires(roaming: Forecourt) -> None:
    result, (session,) = reserves(roaming, evse_uid=str(roaming.evse_id(2)))
    assert (result, session["status"], session["evse_uid"]) == ("ACCEPTED", "RESERVATION", str(roaming.evse_id(2)))
    (booking,) = held(roaming)
    assert booking.state.evse_id == roaming.evse_id(2) and (booking.window, booking.power) == (Span(at(0), at(60)), None)
    minute_passes(roaming, 40)  # longer than the grace of others
    assert roaming.starts("CP2", 41, "04CARD").verdict is Verdict.NOT_NOW
    assert roaming.starts("CP2", 42, "APP-USER-1").verdict is Verdict.ACCEPTED


def test_a_reserved_roaming_session_keeps_one_id_from_reservation_to_cdr(roaming: Forecourt) -> None:
    _, (reserved,) = reserves(roaming)
    transaction = roaming.starts("CP1", 20, "APP-USER-1").transaction
    roaming.meters("CP1", transaction, 50, 3500)
    roaming.stops("CP1", transaction, 80, 6000)
    active, ended = [one[2] for one in said(roaming)]
    assert {reserved["id"], active["id"], ended["id"]} == {reserved["id"]}
    assert (active["auth_method"], active["authorization_reference"], ended["status"]) == ("COMMAND", "REF1", "COMPLETED")
    with roaming.transactions.begin() as store:
        charge = store.roaming_charges.charge(UUID(ended["id"]))
        rate_and_invoice(store, charge.session_id, at(90), roaming.ids)
    ((_, _, cdr),) = said(roaming)
    assert (cdr["session_id"], cdr["start_date_time"]) == (ended["id"], instant_text(at(0)))
    assert cdr["charging_periods"][0]["dimensions"] == [{"type": "RESERVATION_TIME", "volume": Decimal("0.3333")}]
    assert held(roaming) == []


@both_stores
def test_an_unused_partner_reservation_is_a_cdr_of_the_no_show_fee_on_the_statement(roaming: Forecourt) -> None:
    reserves(roaming, 30)
    assert minute_passes(roaming, 30) == []
    (over,) = minute_passes(roaming, 31)
    assert (over["status"], over["total_cost"]["incl_vat"], over["evse_uid"]) == ("COMPLETED", Decimal("5.95"), "#NA")
    (booking_id,) = [one.booking_id for one in bookings_missed(roaming)]
    with roaming.transactions.begin() as store:
        invoice = invoice_no_show(store, booking_id, at(31), roaming.ids)
        (statement,) = issue_account_statements(store, DriverId(PARTNER), Span(at(-10), at(1000)), at(1001), roaming.ids)
    ((_, path, cdr),) = said(roaming)
    assert path == "cdrs/" and statement.due == invoice.gross and statement.parties.buyer.name == "The New Motion"
    assert (cdr["total_energy"], cdr["total_time"], cdr["session_id"]) == (0, 0, over["id"])
    assert cdr["total_reservation_cost"] == cdr["total_cost"] == {"excl_vat": 5, "incl_vat": Decimal("5.95")}
    assert rate_cdr(parse_tariff(cdr["tariffs"][0]), cdr, "Europe/Berlin", expired=True).gross == invoice.gross


def bookings_missed(place: Forecourt) -> list:
    with place.transactions.begin() as store:
        return [one.reserved for one in store.roaming_charges.charges_of(PARTNER, ChangedSince())[0] if one.reserved and one.reserved.over]


@both_stores
def test_a_partner_reservation_cancelled_at_once_is_free_and_later_costs_the_no_show_fee(roaming: Forecourt) -> None:
    reserves(roaming)
    result, (over,) = cancels(roaming, 5)
    assert (result, over["status"], over["total_cost"]["incl_vat"]) == ("ACCEPTED", "COMPLETED", 0) and held(roaming) == []
    assert cancels(roaming, 6) == ("UNKNOWN_RESERVATION", [])
    reserves(roaming, 100, 10)
    _, (late,) = cancels(roaming, 30)
    assert late["total_cost"]["incl_vat"] == Decimal("5.95") and late["id"] != over["id"]


def test_a_partner_reservation_sent_again_with_the_same_id_is_changed(roaming: Forecourt) -> None:
    _, (first,) = reserves(roaming, 30, evse_uid=str(roaming.evse_id(1)))
    _, (second,) = reserves(roaming, 90, 5, evse_uid=str(roaming.evse_id(3)))
    assert first["id"] == second["id"] and second["evse_uid"] == str(roaming.evse_id(3))
    (booking,) = held(roaming)
    assert booking.window == Span(at(0), at(90)) and isinstance(booking.state, Bound)
    reserves(roaming, 40, 6)
    assert [one.window.end for one in held(roaming)] == [at(40)]


def test_a_partner_reservation_of_a_faulted_or_occupied_socket_gets_that_result(roaming: Forecourt) -> None:
    roaming.says("CP2", ConnectorReported(at(0), 1, ConnectorState.FAULTED))
    assert reserves(roaming, evse_uid=str(roaming.evse_id(2)))[0] == "EVSE_INOPERATIVE"
    assert reserves(roaming, evse_uid=str(roaming.evse_id(1)))[0] == "ACCEPTED"
    other = {"reservation_id": "R-2", "token": token(uid="APP-2", contract_id="NL8ACC00000002")}
    assert reserves(roaming, **other, evse_uid=str(roaming.evse_id(1))) == ("EVSE_OCCUPIED", [])
    assert reserves(roaming, **other)[0] == "ACCEPTED"
    third = {"reservation_id": "R-3", "token": token(uid="APP-3", contract_id="NL8ACC00000003")}
    assert reserves(roaming, **third) == ("EVSE_OCCUPIED", [])


def test_a_partner_reservation_moves_from_a_failed_socket_or_is_reported_as_cancelled(roaming: Forecourt) -> None:
    reserves(roaming, 60, evse_uid=str(roaming.evse_id(1)))
    roaming.says("CP1", ConnectorReported(at(1), 1, ConnectorState.FAULTED))
    (moved,) = minute_passes(roaming, 2)
    assert moved["status"] == "RESERVATION" and moved["evse_uid"] != str(roaming.evse_id(1))
    for charger in ("CP2", "CP3"):
        roaming.says(charger, ConnectorReported(at(3), 1, ConnectorState.FAULTED))
    minute_passes(roaming, 4)
    over, result = sorted(minute_passes(roaming, 61), key=len, reverse=True)
    assert (over["status"], over["total_cost"]["incl_vat"], result) == ("COMPLETED", 0, {"result": "CANCELED_RESERVATION"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"expiry_date": instant_text(at(5))},
        {"expiry_date": instant_text(at(500))},
        {"location_id": str(UUID(int=9))},
        {"evse_uid": str(UUID(int=9))},
        {"token": token(party_id="ABC")},
    ],
)
def test_an_invalid_partner_reservation_is_rejected_at_once(roaming: Forecourt, wrong: dict[str, object]) -> None:
    given = {"reservation_id": "R-1", "expiry_date": instant_text(at(60)), "evse_uid": None} | wrong
    assert asks(roaming, "RESERVE_NOW", **given) is CommandResponse.REJECTED and held(roaming) == []
