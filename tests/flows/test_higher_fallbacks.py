"""A higher fallback is sent only where no charge could draw it uncounted, and no order from before an outage delays others."""

from dataclasses import replace

import pytest

from forecourt.flows.answers import apply_order_result, retry_in_s
from forecourt.flows.chargers import link_changed
from forecourt.flows.power.charge_start import FALLBACK_DELAY
from forecourt.kernel import ChargerId
from forecourt.stations import OrderResult, Outcome, SetFallback, SetLimit
from power_world import at, deliver, grant, plan, safe_fallback

CP1, LATER_S = ChargerId("CP1"), round(FALLBACK_DELAY.total_seconds())


@pytest.fixture
def place(forecourt):
    """Three sockets behind a wire for 40 A. They have a fallback of 0 A, as the site was allowed less before; now it would be 13 each."""
    safe_fallback(forecourt)
    return forecourt


def fallbacks(delivered: list[tuple[str, object]]) -> dict[str, tuple[int, int]]:
    return {charger: (order.limit_a, order.after_s) for charger, order in delivered if isinstance(order, SetFallback)}


def connect(place, minute: float, connected: bool) -> None:
    with place.transactions.begin() as store:
        link_changed(store, CP1, connected, at(minute))


def test_sockets_without_a_charge_are_sent_the_higher_fallback_at_once(place) -> None:
    plan(place, 1)
    assert fallbacks(deliver(place, 1.1)) == {f"CP{number}": (13, LATER_S) for number in (1, 2, 3)}


def test_a_higher_fallback_waits_until_a_running_charges_lower_limit_is_confirmed(place) -> None:
    """Otherwise the charge could draw it before its first limit arrives, while the others count on 0 A."""
    cars = {f"CP{number}": place.starts(f"CP{number}", 0).transaction for number in (1, 2, 3)}
    told = {f"CP{label[1:]}": amps for label, amps in plan(place, 1).items()}
    low = {charger for charger, amps in told.items() if amps < 13}
    assert low and not low & fallbacks(deliver(place, 1.1)).keys()
    for charger, transaction in cars.items():
        place.meters(charger, transaction, 6, 1200, amps=told[charger])
    plan(place, 7)
    assert low <= fallbacks(deliver(place, 7.1)).keys()


def test_an_offline_charger_is_sent_the_higher_fallback_once_it_is_back_and_reports_free(place) -> None:
    connect(place, 0, False)
    place.starts("CP2", 1)
    for minute in (1, 60):
        plan(place, minute)
        assert "CP1" not in fallbacks(deliver(place, minute + 0.1))
    connect(place, 90, True)
    plan(place, 91)
    assert "CP1" not in fallbacks(deliver(place, 91.1)), "a charge may have begun there"
    place.free(96)
    plan(place, 97)
    assert "CP1" in fallbacks(deliver(place, 97.1))


@pytest.mark.parametrize(("stored_a", "is_retried"), [(0, False), (20, True)])
def test_an_undelivered_higher_fallback_is_not_retried_and_a_lower_one_is(place, stored_a: int, is_retried: bool) -> None:
    with place.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(place.evse_id(1)), fallback_a=stored_a))
    plan(place, 1)
    with place.transactions.begin() as store:
        (item,) = [one for one in store.outbox.open_items("charger") if one.key == "CP1"]
        assert item.work.order == SetFallback(13, after_s=LATER_S)
        lost = OrderResult(Outcome.UNREACHABLE)
        apply_order_result(store, item, item.work, lost, at(2), place.ids)
        assert (retry_in_s(store, item.work, lost, 1, at(2)) is not None) == is_retried


def test_an_order_waiting_for_its_retry_is_sent_when_its_charger_reconnects_and_delays_no_limit(place) -> None:
    with place.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(place.evse_id(1)), fallback_a=20))
    plan(place, 1)
    connect(place, 2, False)
    with place.transactions.begin() as store:
        (item,) = [one for one in store.outbox.claim("charger", at(2), 9, 60) if one.key == "CP1"]
        store.outbox.retry(item, at(12), "UNREACHABLE")
    connect(place, 3, True)
    place.starts("CP1", 3)
    plan(place, 3)
    assert {SetFallback, SetLimit} <= {type(order) for charger, order in deliver(place, 3.1) if charger == "CP1"}
    assert grant(place, 1).confirmed_a is not None
