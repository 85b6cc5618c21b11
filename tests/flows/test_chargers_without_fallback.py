"""A charger that has accepted no fallback yet lets a charge draw all it can at once: none begins there without room (40 A for three)."""

from dataclasses import replace

import pytest

from forecourt.flows.chargers import link_changed
from forecourt.flows.charging import accept, start_charge
from forecourt.flows.power import power_health
from forecourt.flows.power.site_power import load_site_state
from forecourt.kernel import ChargerId, Conflict
from forecourt.stations import CardPresented, ConnectorReported, ConnectorState, Outcome, SetFallback, StopCharge, Verdict
from power_world import at, deliver, limited, limits, plan, unheld
from stores import both_stores


def plugged(place, number: int, minute: float) -> None:
    place.says(f"CP{number}", ConnectorReported(at(minute), 1, ConnectorState.OCCUPIED))


def shown(place, number: int, minute: float) -> Verdict:
    """The answer to a charger that requests authorisation of a card before a charge."""
    with place.transactions.begin() as store:
        (answer,) = accept(store, [CardPresented(ChargerId(f"CP{number}"), place.operator_id, place.site_id, "04CARD", at(minute))])
    return answer.verdict


def kept(place, minute: float) -> dict[str, int]:
    with place.transactions.begin() as store:
        view = load_site_state(store, place.site_id, at(minute))
    return {evse.label: view.counted.get(evse.id, 0) for evse in view.evses}


@pytest.fixture
def charges(forecourt) -> str:
    """B1 draws 32 of 40 A; CP2 and CP3 have accepted no fallback."""
    unheld(forecourt, 2, 3)
    first = forecourt.starts("CP1", 0).transaction
    plan(forecourt, 1)
    deliver(forecourt, 1)
    forecourt.meters("CP1", first, 2, 1100, amps=32)
    return first


def test_no_charge_begins_without_a_fallback_until_meters_show_that_the_others_draw_less(forecourt, charges: str) -> None:
    assert shown(forecourt, 2, 3) is Verdict.NO_ROOM, "nobody keeps room for a car that is not known to be there"
    plugged(forecourt, 2, 3)
    plan(forecourt, 3)
    assert limits(deliver(forecourt, 3))["CP1"] == 8
    assert shown(forecourt, 2, 4) is Verdict.NO_ROOM, "told is not seen"
    forecourt.meters("CP1", charges, 7, 1200, amps=8)
    assert shown(forecourt, 2, 8) is Verdict.ACCEPTED
    assert forecourt.starts("CP2", 8).verdict is Verdict.ACCEPTED


def test_a_charge_that_began_without_authorisation_is_stopped_and_the_app_says_why(forecourt, charges: str) -> None:
    assert forecourt.starts("CP2", 3).verdict is Verdict.NO_ROOM
    assert [(charger, type(order)) for charger, order in deliver(forecourt, 3) if charger == "CP2"] == [("CP2", StopCharge)]
    with forecourt.transactions.begin() as store, pytest.raises(Conflict) as refusal:
        start_charge(store, forecourt.app_driver, store.stations.evse(forecourt.evse_id(3)), at(3), forecourt.ids)
    assert refusal.value.code == "no_room"


def test_a_running_charge_can_still_be_stopped_by_its_card(forecourt) -> None:
    running = forecourt.starts("CP2", 0)
    unheld(forecourt, 2)
    assert (running.verdict, shown(forecourt, 2, 5)) == (Verdict.ACCEPTED, Verdict.ACCEPTED)


def test_a_charger_with_a_fallback_or_with_headroom_for_all_starts_at_once(forecourt, charges: str) -> None:
    limited(forecourt, 96)
    assert shown(forecourt, 2, 3) is Verdict.ACCEPTED
    limited(forecourt, 40)
    with forecourt.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(forecourt.evse_id(2)), fallback_a=0))
    assert [shown(forecourt, number, 3) for number in (2, 3)] == [Verdict.ACCEPTED, Verdict.NO_ROOM]


@pytest.mark.parametrize(("first", "second"), [(2, 3), (3, 2)])
def test_of_two_cars_the_one_plugged_in_first_gets_the_headroom(forecourt, first: int, second: int) -> None:
    unheld(forecourt, 2, 3)
    plugged(forecourt, first, 1)
    plugged(forecourt, second, 2)
    assert kept(forecourt, 3) == {"B1": 0, f"B{first}": 32, f"B{second}": 0}
    assert [shown(forecourt, number, 3) for number in (first, second)] == [Verdict.ACCEPTED, Verdict.NO_ROOM]


def test_an_offline_charger_without_fallback_counts_at_its_maximum_until_out_of_service(forecourt) -> None:
    unheld(forecourt, 2)
    with forecourt.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(ChargerId("CP2")), booted_at=at(0)))
        link_changed(store, ChargerId("CP2"), False, at(1))
    assert kept(forecourt, 2)["B2"] == 32
    forecourt.says("CP2", ConnectorReported(at(3), 1, ConnectorState.UNAVAILABLE))
    assert kept(forecourt, 4)["B2"] == 0


@both_stores
def test_the_power_page_names_sockets_without_a_fallback(forecourt) -> None:
    unheld(forecourt, 2)
    with forecourt.transactions.begin() as store:
        assert power_health(store, forecourt.site_id, at(1)).without_fallback == ("B2",)
    limited(forecourt, 96)
    with forecourt.transactions.begin() as store:
        assert power_health(store, forecourt.site_id, at(1)).without_fallback == (), "all may draw all they can"


def test_the_fallback_is_sent_again_once_an_hour(forecourt) -> None:
    unheld(forecourt, 2)
    with forecourt.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(ChargerId("CP2")), booted_at=at(0)))
    told = []
    for minute in (30, 70, 75, 130):
        plan(forecourt, minute)
        orders = [order for charger, order in deliver(forecourt, minute, Outcome.UNANSWERED) if charger == "CP2"]
        told += [minute for order in orders if isinstance(order, SetFallback)]
    assert told == [70, 130], "once an hour, also while nobody charges"
