"""Chargers of known makes get different orders where they deviate from the specification."""

from dataclasses import replace

import pytest

from forecourt.flows.answers import apply_order_result
from forecourt.kernel import ChargerId
from forecourt.stations import ChargerBooted, OrderResult, Outcome, SetFallback, SetLimit
from power_world import at, deliver, limited, plan, safe_fallback

CP1 = ChargerId("CP1")
HUAWEI, WALLBOX = ("", "ACChargePoint"), ("Wall Box Chargers", "PLP1-0-2-4")
GO_E = ("go-e", "go-eCharger_V4")


def boots(forecourt, named: tuple[str, str], firmware: str = "") -> list[object]:
    """What it is told then."""
    forecourt.says(CP1, ChargerBooted(at(0), "ocpp1.6", *named, firmware=firmware))
    return [order for _, order in deliver(forecourt, 0.5)]


def told_limit(forecourt) -> SetLimit:
    safe_fallback(forecourt)
    with forecourt.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(CP1), clock_right=True))
    forecourt.starts(CP1, 1)
    plan(forecourt, 2)
    return next(order for _, order in deliver(forecourt, 2.1) if isinstance(order, SetLimit))


def test_a_charger_that_takes_only_watts_is_sent_watts_from_its_boot_on(forecourt) -> None:
    assert [order.limit_w is not None for order in boots(forecourt, HUAWEI) if isinstance(order, SetFallback)] == [True]
    assert told_limit(forecourt).limit_w


def test_a_charger_that_never_resumes_from_zero_is_sent_no_fallback_of_zero(forecourt) -> None:
    limited(forecourt, 10)  # too little for three at once
    assert not [order for order in boots(forecourt, HUAWEI) if isinstance(order, SetFallback)]
    assert {order.limit_a for order in boots(forecourt, WALLBOX) if isinstance(order, SetFallback)} == {0}


def test_a_charger_without_absolute_schedules_is_sent_limits_without_an_end(forecourt) -> None:
    boots(forecourt, WALLBOX)
    assert told_limit(forecourt).until is None
    boots(forecourt, HUAWEI)
    assert told_limit(forecourt).until is not None


@pytest.mark.parametrize(("firmware", "asked"), [("055.5", False), ("055.6", True)])
def test_a_charger_that_sends_no_readings_on_request_gets_no_such_requests(forecourt, firmware: str, asked: bool) -> None:
    boots(forecourt, GO_E, firmware)
    safe_fallback(forecourt)
    forecourt.starts(CP1, 1)
    plan(forecourt, 2)
    with forecourt.transactions.begin() as store:
        item = next(one for one in store.outbox.claim("charger", at(2.1), 100, 60) if isinstance(one.work.order, SetLimit))
        then = apply_order_result(store, item, item.work, OrderResult(Outcome.ACCEPTED), at(2.1), forecourt.ids)
    assert (then is not None) == asked
