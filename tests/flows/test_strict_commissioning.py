"""Strict commissioning: at an untested socket a charge begins only with headroom for its maximum current (40 A for all sockets)."""

from dataclasses import replace

import pytest

from forecourt.flows.charging import start_charge
from forecourt.kernel import Conflict
from forecourt.stations import ConnectorReported, ConnectorState, Obedience, StopCharge, Verdict
from power_world import at, deliver, limited, limits, plan, safe_fallback


@pytest.fixture
def site(forecourt):
    """B1 is known to obey, B2 and B3 were never tested."""
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        for number in (2, 3):
            store.plans.put_grant(replace(store.plans.grant(forecourt.evse_id(number)), obeys=Obedience.UNTESTED))
        store.stations.put_site(replace(store.stations.site(forecourt.site_id), strict_commissioning=True))
    return forecourt


def charges_at_b1(site, amps: int = 32) -> str:
    transaction = site.starts("CP1", 0).transaction
    plan(site, 1)
    deliver(site, 1)
    site.meters("CP1", transaction, 2, 1100, amps=amps)
    return transaction


def test_no_power_is_reserved_for_untested_sockets_without_a_car_if_starts_can_be_refused(site) -> None:
    site.starts("CP1", 0)
    assert plan(site, 1) == {"B1": 32}


def test_a_start_at_an_untested_socket_is_refused_until_meters_show_room_for_its_full_current(site) -> None:
    first = charges_at_b1(site)
    refused = site.starts("CP2", 3)
    assert refused.verdict is Verdict.NO_ROOM
    plan(site, 3)
    orders = deliver(site, 3)
    assert (limits(orders)["CP1"], [type(order) for charger, order in orders if charger == "CP2"]) == (8, [StopCharge])
    site.stops("CP2", refused.transaction, 3, 1000)
    site.meters("CP1", first, 4, 1200, amps=8)
    assert site.starts("CP2", 4).verdict is Verdict.ACCEPTED
    assert plan(site, 5) == {"B1": 8, "B2": 32}


def test_of_two_starts_at_untested_sockets_with_room_for_one_the_second_is_refused(site) -> None:
    assert [site.starts("CP2", 1).verdict, site.starts("CP3", 1).verdict] == [Verdict.ACCEPTED, Verdict.NO_ROOM]


def test_a_tested_socket_starts_beside_an_untested_one_that_keeps_its_full_current(site) -> None:
    site.starts("CP2", 1)
    assert site.starts("CP1", 2).verdict is Verdict.ACCEPTED
    assert plan(site, 3) == {"B1": 8, "B2": 32}


def test_the_app_refuses_a_start_without_headroom_and_plugging_in_makes_the_plan_provide_it(site) -> None:
    charges_at_b1(site)
    with site.transactions.begin() as store, pytest.raises(Conflict) as refusal:
        start_charge(store, site.app_driver, store.stations.evse(site.evse_id(2)), at(3), site.ids)
    assert refusal.value.code == "no_room"
    site.says("CP2", ConnectorReported(at(3), 1, ConnectorState.OCCUPIED))
    assert (plan(site, 9), plan(site, 14)) == ({"B1": 8}, {"B1": 32})


def test_the_full_current_of_an_offline_untested_charger_is_reserved_unless_it_is_out_of_service(site) -> None:
    with site.transactions.begin() as store:
        charger = store.stations.charger(store.stations.evse(site.evse_id(3)).charger_id)
        store.stations.put_charger(replace(charger, connected=False))
    site.starts("CP1", 0)
    assert plan(site, 1) == {"B1": 8}
    site.says("CP3", ConnectorReported(at(2), 1, ConnectorState.UNAVAILABLE))
    assert plan(site, 3) == {"B1": 32}


def test_no_power_is_reserved_for_a_retired_socket(site) -> None:
    with site.transactions.begin() as store:
        evse = store.stations.evse(site.evse_id(3))
        store.stations.put_charger(replace(store.stations.charger(evse.charger_id), connected=False))
        store.stations.put_evse(replace(evse, retired_at=at(0)))
    site.starts("CP1", 0)
    assert plan(site, 1) == {"B1": 32}


@pytest.mark.parametrize(("confirmed_a", "verdict"), [(None, Verdict.ACCEPTED), (40.0, Verdict.NO_ROOM)])
def test_a_start_is_refused_only_if_the_commissioned_limit_could_ever_carry_its_full_current(
    site, confirmed_a: float | None, verdict: Verdict
) -> None:
    limited(site, 20)
    with site.transactions.begin() as store:
        kept = store.stations.site(site.site_id)
        store.stations.put_site(replace(kept, limits=(replace(kept.limits[0], commissioned_a=confirmed_a),)))
    assert site.starts("CP2", 1).verdict is verdict


def test_without_strict_commissioning_no_start_is_refused(site) -> None:
    with site.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(site.site_id), strict_commissioning=False))
    assert [site.starts("CP2", 1).verdict, site.starts("CP3", 1).verdict] == [Verdict.ACCEPTED, Verdict.ACCEPTED]
