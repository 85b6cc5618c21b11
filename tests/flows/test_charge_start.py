"""A charge that begins unannounced never exceeds, with the other charges, what the site can supply."""

from dataclasses import replace

import pytest

from forecourt.flows.chargers import link_changed, retire_charger
from forecourt.flows.desk import Staff
from forecourt.flows.power.charge_start import FALLBACK_DELAY, OFFLINE_NOTICED_WITHIN
from forecourt.flows.power.site_power import load_site_state
from forecourt.kernel import ChargerId
from forecourt.stations import ChargerBooted, ChargingState, ConnectorReported, ConnectorState, Outcome, Protocol, ReportMeter, SetFallback
from power_world import at, deliver, grant, limited, limits, plan, safe_fallback

LATER_S = round(FALLBACK_DELAY.total_seconds())


@pytest.fixture
def few(forecourt):
    """Three sockets that obey, behind a wire for 40 A: 13 A each, once a charge has waited."""
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        for number in (1, 2, 3):
            known = store.plans.grant(forecourt.evse_id(number))
            store.plans.put_grant(replace(known, prompt=True, fallback_a=13, fallback_after_s=LATER_S))
    return forecourt


def counted(place, minute: float) -> dict[str, int]:
    with place.transactions.begin() as store:
        view = load_site_state(store, place.site_id, at(minute))
    return {evse.label: view.counted.get(evse.id, 0) for evse in view.evses}


def contact(place, number: int, minute: float, connected: bool) -> None:
    with place.transactions.begin() as store:
        link_changed(store, ChargerId(f"CP{number}"), connected, at(minute))


def boots(place, outcome: Outcome = Outcome.ACCEPTED, model: tuple[str, str] = ("V", "M")) -> list[tuple[int, int]]:
    """The fallbacks sent to CP1 when it boots: amps, and their delay in seconds."""
    place.says("CP1", ChargerBooted(at(0), Protocol.OCPP16, *model))
    told = [order for charger, order in deliver(place, 0.1, outcome) if charger == "CP1" and isinstance(order, SetFallback)]
    return [(order.limit_a, order.after_s) for order in told]


@pytest.mark.parametrize(("wire_a", "told"), [(96, (32, 0)), (95, (31, LATER_S)), (10, (0, 0))])
def test_a_fallback_is_delayed_where_not_all_sockets_may_draw_their_maximum_at_once(forecourt, wire_a: int, told: tuple[int, int]) -> None:
    limited(forecourt, wire_a)
    assert boots(forecourt) == [told]
    assert (grant(forecourt, 1).fallback_a, grant(forecourt, 1).fallback_after_s) == told


def test_a_charger_that_rejects_delayed_fallbacks_gets_a_fallback_of_zero(forecourt) -> None:
    assert boots(forecourt, Outcome.REJECTED) == [(13, LATER_S), (0, 0)]
    assert boots(forecourt, model=("Wall Box Chargers", "PLP1-0-2-4")) == [(0, 0)], "it keeps no times"


def test_a_new_charge_is_limited_to_what_other_charges_still_leave_of_the_supply(few) -> None:
    first = few.starts("CP1", 0)
    plan(few, 1)
    deliver(few, 1.1)
    few.meters("CP1", first.transaction, 2, 1100, amps=32)
    few.starts("CP2", 3)
    assert counted(few, 3) == {"B1": 32, "B2": 0, "B3": 0}
    plan(few, 3)
    assert limits(deliver(few, 3.1))["CP2"] == 8, "all that the wire of 40 A leaves while B1 has not been seen to go down"


def test_an_online_charge_whose_limit_was_not_answered_counts_at_more_than_zero_after_a_while(few) -> None:
    few.starts("CP1", 0)
    assert [counted(few, minute)["B1"] for minute in (1, 29)] == [0, 0]
    plan(few, 1)
    deliver(few, 1.1, Outcome.UNANSWERED)
    assert counted(few, 31)["B1"] >= 13


def test_an_offline_socket_counts_at_its_fallback_once_an_unreported_charge_could_draw_it(few) -> None:
    few.free()
    contact(few, 2, 0, connected=False)
    assert [counted(few, minute)["B2"] for minute in (1, 29, 31)] == [0, 0, 13]
    contact(few, 2, 40, connected=True)
    few.says("CP2", ConnectorReported(at(40), 1, ConnectorState.AVAILABLE))
    assert [counted(few, minute)["B2"] for minute in (41, 46)] == [13, 0], "it tells what happened meanwhile"
    few.says("CP2", ConnectorReported(at(47), 1, ConnectorState.UNAVAILABLE))
    contact(few, 2, 48, connected=False)
    assert counted(few, 100)["B2"] == 0, "nobody can charge there"


def back_after_an_hour(place, protocol: Protocol = Protocol.OCPP16) -> None:
    """CP2 is free, out of contact from 0 to 60, and back."""
    place.free()
    with place.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(ChargerId("CP2")), protocol=protocol))
    contact(place, 2, 0, connected=False)
    contact(place, 2, 60, connected=True)


@pytest.mark.parametrize(
    ("protocol", "says", "kept"),
    [
        (Protocol.OCPP16, (ConnectorState.AVAILABLE, None), [13, 0, 0]),
        (Protocol.OCPP16, (ConnectorState.OCCUPIED, ChargingState.EV_CONNECTED), [13, 0, 0]),
        (Protocol.OCPP16, (ConnectorState.OCCUPIED, ChargingState.CHARGING), [13, 13, 13]),
        (Protocol.OCPP201, (ConnectorState.OCCUPIED, None), [13, 13, 13]),
        (Protocol.OCPP16, None, [13, 13, 0]),
    ],
)
def test_a_reconnected_socket_counts_at_its_fallback_until_its_charger_reports_it_free(
    few, protocol: Protocol, says, kept: list[int]
) -> None:
    """Stored messages are sent one after another, so a start may arrive long after reconnecting; socket states come at once."""
    back_after_an_hour(few, protocol)
    if says is not None:
        few.says("CP2", ConnectorReported(at(60), 1, *says))
    assert [counted(few, minute)["B2"] for minute in (64, 90, 121)] == kept


def test_a_reconnected_charger_that_does_not_report_its_socket_is_queried_once(few) -> None:
    back_after_an_hour(few)
    few.starts("CP1", 60)
    asked = []
    for minute in (60.5, 61.5, 62, 90):
        plan(few, minute)
        asked += [(minute, charger, order.what) for charger, order in deliver(few, minute) if isinstance(order, ReportMeter)]
    assert asked == [(61.5, "CP2", "STATUS")]


def test_a_connection_lost_again_at_once_does_not_show_that_no_charge_began_offline(few) -> None:
    few.free()
    for minute, connected in ((0, False), (60, True), (62, False), (63, True)):
        contact(few, 2, minute, connected)
    assert [counted(few, minute)["B2"] for minute in (61, 62.5, 66, 100)] == [13, 13, 13, 13]


def test_earlier_limits_of_offline_chargers_expire_before_an_unreported_charge_draws_its_fallback(few) -> None:
    few.free()
    with few.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(ChargerId("CP1")), clock_right=True))
    few.starts("CP1", 0)
    missed = OFFLINE_NOTICED_WITHIN.total_seconds() / 60  # CP2 has lost its contact at 0, a car begins there, and nobody knows
    contact(few, 2, missed, connected=False)
    plan(few, missed + 29)
    assert limits(deliver(few, missed + 29))["CP1"] == 32, "no room is made yet"
    contact(few, 1, missed + 29.1, connected=False)
    assert [counted(few, minute)["B1"] for minute in (missed + 93, LATER_S / 60)] == [32, 13]


def test_fallbacks_beside_a_model_that_never_ends_its_limits_share_what_its_highest_limit_leaves(few) -> None:
    with few.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(ChargerId("CP3")), vendor="Wall Box Chargers", model="PLP1-0-2-4"))
    limited(few, 50)
    assert boots(few) == [(9, LATER_S)], "of 50 A 32 may be held for ever; 16 each were free before"


def test_a_charger_with_an_undelayed_fallback_counts_at_it_and_is_sent_a_delayed_one(few) -> None:
    with few.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(few.evse_id(2)), fallback_after_s=0))
    few.starts("CP1", 0)
    assert plan(few, 1) == {"B1": 27}
    told = [(charger, order.limit_a, order.after_s) for charger, order in deliver(few, 1.1) if isinstance(order, SetFallback)]
    assert told == [("CP2", 13, LATER_S)]
    assert plan(few, 2) == {"B1": 32}


def test_fallbacks_of_the_remaining_chargers_rise_when_one_is_retired(few) -> None:
    with few.transactions.begin() as store:
        retire_charger(store, Staff(few.operator_id, "ops", at(1), few.ids), ChargerId("CP3"))
    told = [(charger, order.limit_a) for charger, order in deliver(few, 1.1) if isinstance(order, SetFallback)]
    assert told == [("CP1", 20), ("CP2", 20)], "40 A for two"
