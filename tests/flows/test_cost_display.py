"""Chargers with a suitable display show the running cost of a charge and, at the end, the amount of the bill."""

from dataclasses import replace

import pytest

from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.charging import show_costs
from forecourt.kernel import ChargerId
from forecourt.stations import ChargerSettings, ShowCost
from power_world import at, deliver


@pytest.fixture
def shown(forecourt):
    """The costs sent to its charger until a minute."""
    with forecourt.transactions.begin() as store:
        charger = store.stations.charger(ChargerId("CP1"))
        store.stations.put_charger(replace(charger, settings=ChargerSettings(shows_cost=True)))

    def until(minute: float) -> list[ShowCost]:
        with forecourt.transactions.begin() as store:
            show_costs(store, forecourt.site_id, at(minute), forecourt.ids)
        return [order for _, order in deliver(forecourt, minute) if isinstance(order, ShowCost)]

    return until


def test_the_running_cost_is_shown_once_a_minute(forecourt, shown) -> None:
    transaction = forecourt.starts("CP1", 0).transaction
    forecourt.meters("CP1", transaction, 10, 2000)
    (cost,) = shown(10)
    assert (cost.transaction, cost.cost, cost.register_wh, cost.charging) == (transaction, "1.07", 2000, True), "(0.50 + 1 x 0.40) x 1.19"
    assert (shown(10.5), len(shown(11))) == ([], 1)


def test_the_final_cost_shown_is_that_of_the_bill(forecourt, shown) -> None:
    transaction = forecourt.starts("CP1", 0).transaction
    forecourt.meters("CP1", transaction, 10, 2000)
    forecourt.stops("CP1", transaction, 60, 8250)
    with forecourt.transactions.begin() as store:
        (record,) = store.sessions.records(forecourt.site_id, 1)
        invoice = rate_and_invoice(store, record.session_id, at(61), forecourt.ids)
    (last,) = (one for one in shown(61) if one.final)
    assert (last.cost, last.text) == (str(invoice.due.amount), f"7.25 kWh, {invoice.due}")


def test_no_cost_is_sent_to_a_charger_without_a_display_or_for_a_charge_nobody_pays(forecourt, shown) -> None:
    forecourt.starts("CP2", 0)
    forecourt.starts("CP1", 0, token="NOBODY")
    assert shown(10) == []
