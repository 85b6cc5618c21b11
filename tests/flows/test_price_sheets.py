"""Price sheets for chargers that compute costs: sent only where they match the invoice; reported costs are compared with it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from forecourt.flows.chargers import send_price_sheets, sheets_of
from forecourt.flows.prices import Publication, publish_tariff
from forecourt.kernel import ChargerId, TariffVersionId
from forecourt.stations import (
    ChargerBooted,
    ChargerSettings,
    ClearSheets,
    CostReported,
    MeterSample,
    Outcome,
    SetSheet,
    TransactionEnded,
)
from power_world import at, deliver

CP1 = ChargerId("CP1")
KWH = {
    "country_code": "DE",
    "party_id": "FCT",
    "id": "TEST",
    "currency": "EUR",
    "tax_included": "NO",
    "elements": [{"price_components": [{"type": "ENERGY", "price": 0.4, "vat": 19, "step_size": 1}]}],
}


@pytest.fixture
def charger(forecourt):
    """It works out costs itself; the site sells by the kWh alone."""
    publish(forecourt, KWH, -60)
    put(forecourt, settings=ChargerSettings(keeps_prices=True))
    return forecourt


def publish(forecourt, tariff: dict, minute: float) -> None:
    """Instead of what holds until then."""
    with forecourt.transactions.begin() as store:
        version_id = TariffVersionId(forecourt.ids.new(at(minute)))
        publish_tariff(store, Publication(version_id, forecourt.site_id, tariff, at(minute), at=at(minute)))


def put(forecourt, **changes) -> None:
    with forecourt.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(CP1), connected=True, **changes))


def keeps(forecourt, minute: float, outcome: Outcome = Outcome.ACCEPTED) -> list:
    """What it is told of prices."""
    with forecourt.transactions.begin() as store:
        send_price_sheets(store, forecourt.site_id, at(minute), forecourt.ids)
    return [order for _, order in deliver(forecourt, minute, outcome) if isinstance(order, SetSheet | ClearSheets)]


def ends(forecourt, cost: CostReported) -> list:
    """It charged 10 kWh; what there is to look at."""
    transaction = forecourt.starts(CP1, 0).transaction
    forecourt.says(CP1, TransactionEnded(at(90), transaction, samples=(MeterSample(at(90), 11_000),), cost=cost))
    with forecourt.transactions.begin() as store:
        return [one.text for one in store.inbox.quarantined(10)]


def test_a_price_sheet_is_sent_once_and_again_after_a_boot_or_a_price_change(charger) -> None:
    (told,) = keeps(charger, 0)
    assert (told.evse_number, str(told.sheet.kwh[0].price), keeps(charger, 1)) == (1, "0.4", [])
    charger.says(CP1, ChargerBooted(at(2), "ocpp2.1", "V", "M"))
    assert keeps(charger, 3) == [told]
    publish(charger, {**KWH, "elements": [{"price_components": [{"type": "ENERGY", "price": 0.5, "vat": 19, "step_size": 1}]}]}, 5)
    assert [str(one.sheet.kwh[0].price) for one in keeps(charger, 6)] == ["0.5"]


def test_an_unanswered_price_sheet_is_sent_again_and_a_refused_one_is_not(charger) -> None:
    assert len(keeps(charger, 0, Outcome.UNANSWERED)) == len(keeps(charger, 1, Outcome.REJECTED)) == 1
    assert keeps(charger, 2) == []
    with charger.transactions.begin() as store:
        assert store.stations.charger(CP1).sheet_at(1).refused


def test_a_price_that_a_sheet_cannot_express_is_not_sent_and_the_reason_is_shown(forecourt) -> None:
    put(forecourt, settings=ChargerSettings(keeps_prices=True))
    assert [type(one) for one in keeps(forecourt, 0)] == [ClearSheets], "it may keep an old one"
    with forecourt.transactions.begin() as store:
        site = store.stations.site(forecourt.site_id)
        (socket,) = sheets_of(store, site, store.stations.charger(CP1), at(0))
    assert socket.sheet is None
    assert any("withholds power" in words for words in socket.because)


def test_prices_by_time_of_day_are_sent_only_to_chargers_with_the_time_zone_of_the_site(charger) -> None:
    evening = {**KWH["elements"][0], "restrictions": {"start_time": "17:00", "end_time": "20:00"}}
    publish(charger, {**KWH, "elements": [evening, *KWH["elements"]]}, -30)
    assert [type(one) for one in keeps(charger, 0)] == [ClearSheets]
    put(charger, settings=ChargerSettings(keeps_prices=True, zone="Europe/Berlin"))
    assert [type(one) for one in keeps(charger, 1)] == [SetSheet]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (CostReported("EUR", before_tax="4.0", after_tax="4.76"), ""),
        (CostReported("EUR", after_tax="4.7691"), ""),
        (CostReported("EUR", before_tax="4.1"), "4.10 EUR, the bill 4.00 EUR"),
        (CostReported("USD", after_tax="4.76"), "uses USD"),
        (CostReported("EUR", failed="no meter"), "no meter"),
    ],
)
def test_a_cost_reported_by_a_charger_that_differs_from_the_bill_is_shown_to_the_operator(charger, told: CostReported, words: str) -> None:
    found = ends(charger, told)
    assert len(found) == bool(words)
    assert all(words in text for text in found)


def test_a_cost_reported_by_a_charger_does_not_change_the_charge_record(charger) -> None:
    ends(charger, CostReported("EUR", before_tax="999"))
    with charger.transactions.begin() as store:
        (record,) = store.sessions.records(charger.site_id, 1)
    assert (record.energy_wh, record.held, record.ended_at - record.started_at) == (10_000, False, timedelta(minutes=90))
