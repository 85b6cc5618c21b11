"""Planned retirement of a charger: no charge begins there after the planned time, and a running charge is completed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.flows.bookings import ReserveRequest, reserve
from forecourt.flows.chargers import cancel_retirement, complete_retirements, retire_from
from forecourt.flows.desk import Staff
from forecourt.kernel import BadInput, ChargerId, Conflict, Span
from forecourt.reservations import Broken
from forecourt.stations import Approval, Verdict

from .conftest import KIND, at

CP1 = ChargerId("CP1")


def leaves(forecourt, minute: float, start: float, charger: str = "CP1") -> None:
    with forecourt.transactions.begin() as store:
        retire_from(store, Staff(forecourt.operator_id, "ops", at(minute), forecourt.ids), ChargerId(charger), at(start))


def looked_at(forecourt, minute: float) -> tuple[int, Approval, int]:
    """How many go at that minute; whether the first has gone, and how much maintenance is planned."""
    with forecourt.transactions.begin() as store:
        gone = complete_retirements(store, forecourt.site_id, at(minute), forecourt.ids)
    with forecourt.transactions.begin() as store:
        return gone, store.stations.charger(CP1).approval, len(store.stations.site(forecourt.site_id).maintenance)


def test_a_charger_is_retired_once_its_charge_has_ended(forecourt) -> None:
    forecourt.free()
    begun = forecourt.starts("CP1", -50)
    leaves(forecourt, 0, 0)
    assert looked_at(forecourt, 1) == (0, Approval.APPROVED, 1)
    forecourt.stops("CP1", begun.transaction, 30, 5000)
    assert looked_at(forecourt, 31) == (1, Approval.RETIRED, 0)
    with forecourt.transactions.begin() as store:
        assert [one.energy_wh for one in store.sessions.records(forecourt.site_id)] == [4000]


def test_charges_may_begin_before_a_planned_retirement_and_not_after(forecourt) -> None:
    forecourt.free()
    leaves(forecourt, 0, 60)
    begun = forecourt.starts("CP1", 50)
    forecourt.stops("CP1", begun.transaction, 55, 2000)
    assert (begun.verdict, looked_at(forecourt, 59)) == (Verdict.ACCEPTED, (0, Approval.APPROVED, 1))
    assert forecourt.starts("CP1", 60).verdict is not Verdict.ACCEPTED


def test_bookings_after_a_planned_retirement_move_to_other_bays_or_are_compensated(forecourt, crowd) -> None:
    """Three bays, three bookings of one hour: with one bay less the third has none."""
    window = Span(at(180), at(240))
    with forecourt.transactions.begin() as store:
        booked = [reserve(store, ReserveRequest(forecourt.site_id, KIND, one, window), at(0), forecourt.ids).id for one in crowd[:3]]
    leaves(forecourt, 1, 120)
    with forecourt.transactions.begin() as store:
        states = [store.bookings.booking(one).state for one in booked]
    assert [one.cause for one in states if isinstance(one, Broken)] == ["maintenance"]


def test_a_planned_retirement_can_be_cancelled_until_it_happens(forecourt) -> None:
    leaves(forecourt, 0, 60)
    with forecourt.transactions.begin() as store:
        kept = cancel_retirement(store, Staff(forecourt.operator_id, "ops", at(30), forecourt.ids), CP1)
    assert kept.retires_at is None and looked_at(forecourt, 90) == (0, Approval.APPROVED, 0)
    forecourt.free(91)
    assert forecourt.starts("CP1", 92).verdict is Verdict.ACCEPTED


def test_a_retirement_is_planned_once_and_within_a_year(forecourt) -> None:
    leaves(forecourt, 0, 60)
    with pytest.raises(Conflict):
        leaves(forecourt, 1, 90)
    with pytest.raises(BadInput):
        leaves(forecourt, 1, timedelta(days=400) / timedelta(minutes=1), "CP2")


def test_ending_the_maintenance_does_not_cancel_a_planned_retirement(forecourt) -> None:
    leaves(forecourt, 0, 60)
    with forecourt.transactions.begin() as store:
        site = store.stations.site(forecourt.site_id)
        store.stations.put_site(replace(site, maintenance=()))
    assert looked_at(forecourt, 61) == (1, Approval.RETIRED, 0)
