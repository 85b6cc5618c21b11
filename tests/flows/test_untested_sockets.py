"""Sockets not yet seen to follow limits: others leave room for their maximum, until a meter has confirmed the limit."""

from dataclasses import replace

import pytest

from forecourt.flows.charging import accept, apply_facts
from forecourt.stations import ChargerBooted, ConnectorReported, ConnectorState, MeterSample, Obedience, Protocol, TransactionUpdated
from power_world import at, deliver, grant, limited, limits, plan, safe_fallback


def forget(forecourt, *numbers: int) -> None:
    """Nobody has tested these."""
    with forecourt.transactions.begin() as store:
        for number in numbers:
            store.plans.put_grant(replace(store.plans.grant(forecourt.evse_id(number)), obeys=Obedience.UNTESTED))


@pytest.fixture
def one_unknown(forecourt):
    """A car charges at B1, another at B2, which was never tested; 40 A for both. B2's transaction."""
    safe_fallback(forecourt)
    forget(forecourt, 2)
    first = forecourt.starts("CP1", 0)
    plan(forecourt, 1)
    deliver(forecourt, 1.1)
    forecourt.meters("CP1", first.transaction, 2, 1100, amps=32)
    second = forecourt.starts("CP2", 3)
    plan(forecourt, 3)
    deliver(forecourt, 3.1)
    forecourt.meters("CP1", first.transaction, 4, 1200, amps=8)
    plan(forecourt, 4)
    deliver(forecourt, 4.1)
    return second.transaction


def test_an_untested_socket_gets_its_maximum_and_the_others_share_the_rest(forecourt, one_unknown: str) -> None:
    assert (grant(forecourt, 1).confirmed_a, grant(forecourt, 2).confirmed_a) == (8, 32)


def test_an_untested_socket_shares_power_once_its_car_follows_a_lower_limit(forecourt, one_unknown: str) -> None:
    forecourt.meters("CP2", one_unknown, 5, 1100, amps=16)
    plan(forecourt, 6)
    assert limits(deliver(forecourt, 6.1)) == {"CP2": 8}, "half of what it draws"
    forecourt.meters("CP2", one_unknown, 7, 1200, amps=8)
    assert grant(forecourt, 2).obedience is Obedience.OBEYS
    assert plan(forecourt, 8)["B1"] > 8


def reads(forecourt, transaction: str, minute: float, amps: int) -> bool:
    """A reading of CP2 comes. Whether the power should be shared anew."""
    sample = MeterSample(at(minute), 1000 + int(100 * minute), power_w=230 * amps, current_ma=1000 * amps)
    with forecourt.transactions.begin() as store:
        accept(store, [forecourt.message("CP2", TransactionUpdated(at(minute), 1, transaction, samples=(sample,)))])
        return apply_facts(store, forecourt.site_id, at(minute), forecourt.ids).replan


def test_an_untested_socket_is_tested_with_a_lower_limit_once_its_car_draws_enough(forecourt, one_unknown: str) -> None:
    """So its reserved power is free for others sooner; a car that draws too little confirms nothing, however often it is read."""
    assert [reads(forecourt, one_unknown, minute, amps) for minute, amps in ((4.5, 6), (4.6, 16), (4.7, 16))] == [False, True, False]
    plan(forecourt, 4.8)
    assert limits(deliver(forecourt, 4.9)) == {"CP2": 8}
    assert reads(forecourt, one_unknown, 5, 8) and grant(forecourt, 2).obedience is Obedience.OBEYS


def test_an_untested_socket_is_not_lowered_before_its_last_limit_is_confirmed(forecourt, one_unknown: str) -> None:
    """A change that follows two limits at once may be due to either."""
    with forecourt.transactions.begin() as store:
        store.plans.put_grant(replace(store.plans.grant(forecourt.evse_id(2)), verified=False))
        session = store.sessions.open_on(forecourt.evse_id(2))
        store.sessions.put(replace(session, current_ma=16_000))
    assert plan(forecourt, 4.6)["B2"] == 32
    assert reads(forecourt, one_unknown, 5, 16)
    assert plan(forecourt, 5.1)["B2"] == 8


def test_a_car_that_draws_far_below_its_limit_does_not_confirm_its_socket(forecourt, one_unknown: str) -> None:
    forecourt.meters("CP2", one_unknown, 5, 1100, amps=16)
    plan(forecourt, 6)
    deliver(forecourt, 6.1)
    forecourt.meters("CP2", one_unknown, 7, 1200, amps=2)
    assert grant(forecourt, 2).obedience is Obedience.UNTESTED
    assert plan(forecourt, 8) == {"B1": 8, "B2": 32}


def found_out(forecourt, transaction: str) -> None:
    """B2 stays above its limit three times."""
    forecourt.meters("CP2", transaction, 5, 1100, amps=16)
    plan(forecourt, 6)
    deliver(forecourt, 6.1)
    for minute in (7, 8, 9):
        forecourt.meters("CP2", transaction, minute, 1000 + 100 * minute, amps=16)
    assert grant(forecourt, 2).obedience is Obedience.IGNORES


def test_a_socket_that_stays_above_its_limit_is_detected_and_has_its_maximum_reserved(forecourt, one_unknown: str) -> None:
    found_out(forecourt, one_unknown)
    assert plan(forecourt, 10) == {"B1": 8, "B2": 32}


def test_no_reading_lowers_the_count_of_a_socket_that_ignored_its_limit(forecourt, one_unknown: str) -> None:
    found_out(forecourt, one_unknown)
    forecourt.meters("CP2", one_unknown, 15, 2000, amps=8)
    assert grant(forecourt, 2).counted_a == 32
    assert plan(forecourt, 16) == {"B1": 8, "B2": 32}


def test_all_cars_pause_while_a_socket_that_ignores_limits_alone_may_exceed_the_site_limit(forecourt, one_unknown: str) -> None:
    found_out(forecourt, one_unknown)
    limited(forecourt, 27)
    assert plan(forecourt, 10) == {"B1": 0, "B2": 0}
    assert limits(deliver(forecourt, 10.1)) == {"CP1": 0, "CP2": 0}
    limited(forecourt, 40)
    plan(forecourt, 15)
    assert limits(deliver(forecourt, 15.1))["CP2"] == 32


def test_a_socket_that_follows_limits_late_is_classified_as_late_and_not_as_prompt(forecourt, one_unknown: str) -> None:
    forecourt.meters("CP2", one_unknown, 5, 1100, amps=16)
    plan(forecourt, 6)
    deliver(forecourt, 6.1)
    for minute, amps in ((7, 16), (8, 8)):
        forecourt.meters("CP2", one_unknown, minute, 1000 + 100 * minute, amps=amps)
    assert (grant(forecourt, 2).obedience, grant(forecourt, 2).prompt) == (Obedience.LATE, False)


def test_a_car_just_plugged_in_at_an_untested_socket_has_power_reserved_at_once(forecourt) -> None:
    safe_fallback(forecourt)
    forget(forecourt, 2)
    forecourt.starts("CP1", 0)
    forecourt.says("CP2", ConnectorReported(at(1), 1, ConnectorState.OCCUPIED))
    assert (plan(forecourt, 1), plan(forecourt, 9)) == ({"B1": 8}, {"B1": 32})


def test_when_not_all_cars_at_untested_sockets_fit_the_first_gets_its_maximum(forecourt) -> None:
    safe_fallback(forecourt)
    forget(forecourt, 1, 2, 3)
    for number in (1, 2, 3):
        forecourt.starts(f"CP{number}", number)
    amps = plan(forecourt, 4)
    assert amps["B1"] == 32
    assert sorted((amps["B2"], amps["B3"])) == [0, 8]


def test_following_an_earlier_limit_does_not_confirm_the_last_one(forecourt) -> None:
    """A slow charger was sent 9, 17 and 9 A; it follows the first 9 A only now, and will go up to 17 A in between."""
    safe_fallback(forecourt)
    car = forecourt.starts("CP1", 0)
    forecourt.meters("CP1", car.transaction, 1, 1100, amps=23)
    with forecourt.transactions.begin() as store:
        told = replace(store.plans.grant(forecourt.evse_id(1)), sent_a=9, confirmed_a=9, confirmed_at=at(2), obeys=Obedience.LATE)
        store.plans.put_grant(replace(told, counted_a=23, raised_over_a=23))

    def counted(minute: int) -> int:
        forecourt.meters("CP1", car.transaction, minute, 1000 + 100 * minute, amps=9)
        return grant(forecourt, 1).counted_a

    assert [counted(3), counted(5)] == [23, 9]


@pytest.mark.parametrize(("amps", "obedience"), [(8, Obedience.OBEYS), (16, Obedience.UNTESTED)])
def test_a_reading_taken_before_the_acceptance_was_stored_still_confirms_the_limit(
    forecourt, one_unknown: str, amps: int, obedience: Obedience
) -> None:
    forecourt.meters("CP2", one_unknown, 5, 1100, amps=16)
    plan(forecourt, 6)
    deliver(forecourt, 7)  # the order went out in minute 6; its acceptance is kept in minute 7
    forecourt.meters("CP2", one_unknown, 6.5, 1200, amps=amps)
    assert grant(forecourt, 2).obedience is obedience


@pytest.mark.parametrize(("serial", "known"), [("A1", True), ("", True), ("B7", False)])
def test_a_replaced_charger_with_another_serial_number_is_untested_again(forecourt, serial: str, known: bool) -> None:
    forecourt.says("CP1", ChargerBooted(at(-9), Protocol.OCPP16, "V", "M", "A1"))
    deliver(forecourt, -8)
    safe_fallback(forecourt)
    forecourt.says("CP1", ChargerBooted(at(0), Protocol.OCPP16, "V", "M", serial))
    found = grant(forecourt, 1)
    assert (found.obeys is Obedience.OBEYS, found.fallback_a == 0) == (known, known)
