"""The history of a replayed site: recorded charges of the weeks before the day, never of the day itself or later."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from math import nan
from zoneinfo import ZoneInfo

import pytest

from forecourt.assembly.demo_network import Credentials, build_network, operator_id, site_id
from forecourt.assembly.identifiers import RandomIds
from forecourt.assembly.recordings import add_history, check_limit, recorded_stays, stays_before
from forecourt.assembly.replay_results import ReplayResults
from forecourt.flows.power import learn_stays
from forecourt.kernel import BadInput
from forecourt.simulation import Inputs, load_site
from forecourt.store.memory import MemoryTransactions

DAY = date(2019, 9, 5)
MIDNIGHT = datetime(2019, 9, 5, tzinfo=ZoneInfo("America/Los_Angeles"))
MORNING = MIDNIGHT.astimezone(UTC)


def garage(weeks: int, inputs: Inputs = Inputs.TRUE) -> MemoryTransactions:
    """The recorded garage on the morning of the day."""
    transactions, spec = MemoryTransactions(), load_site("caltech")
    with transactions.begin() as store:
        site = build_network(store, spec, 20, Credentials(b"s"), MORNING)
        add_history(store, site, stays_before("caltech", DAY, weeks), inputs, RandomIds())
    return transactions


@pytest.mark.parametrize("weeks", [1, 6])
def test_imported_stays_lie_within_the_weeks_before_the_replayed_day(weeks: int) -> None:
    stays = stays_before("caltech", DAY, weeks)
    assert stays and max(stay.departure for stay in stays) <= MIDNIGHT
    assert (MIDNIGHT.date() - min(stay.arrival for stay in stays).astimezone(MIDNIGHT.tzinfo).date()).days <= 7 * weeks


def test_a_power_limit_is_refused_for_a_site_without_scaled_limits() -> None:
    fixed = replace(load_site("caltech"), scaled_rows=frozenset())
    check_limit(fixed, None)
    with pytest.raises(BadInput, match="--limit-kw"):
        check_limit(fixed, 20)
    for kw in (0.0, nan, 1e308):
        with pytest.raises(BadInput, match="no limit of a site"):
            check_limit(load_site("caltech"), kw)


@pytest.mark.parametrize("day", [date.min, date(2019, 4, 10), date.max])
def test_a_day_without_arrivals_is_refused_with_the_dates(day: date) -> None:
    with pytest.raises(BadInput, match=f"No car arrived at caltech on {day} or the 9 days after it"):
        recorded_stays("caltech", day, 10)


def test_without_imported_weeks_a_site_has_no_charge_records() -> None:
    with garage(0).begin() as store:
        assert not store.sessions.records(site_id("caltech"))


def test_nightly_learning_uses_imported_stays_like_other_charges() -> None:
    transactions = garage(6)
    with transactions.begin() as store:
        learn_stays(store, site_id("caltech"), MORNING)
        learned = store.plans.stays(site_id("caltech"))
        assert len(learned.past) == len(stays_before("caltech", DAY, 6)) > 500
        assert not learned.believe_end, "their drivers had said what was true, as the drivers of the replay do"


def test_imported_stays_have_the_stated_needs_of_the_recording() -> None:
    with garage(1, Inputs.STATED).begin() as store:
        records = store.sessions.records(site_id("caltech"))
        assert any(one.stated_wh != one.energy_wh for one in records) and any(one.stated_departure != one.ended_at for one in records)


def test_imported_charges_are_never_invoiced() -> None:
    transactions = garage(1)
    assert ReplayResults(transactions, operator_id(), site_id("caltech")).all_billed()


def test_another_recorded_site_has_its_own_name_and_no_position() -> None:
    depot = replace(load_site("caltech"), slug="depot-7", name="Depot 7")
    with MemoryTransactions().begin() as store:
        site = build_network(store, depot, 20, Credentials(b"s"), MORNING)
        assert (site.name, site.address, site.position) == ("Depot 7", "Depot 7", None)


def test_another_recorded_site_uses_its_own_tariff_and_currency() -> None:
    tariff = {
        "id": "D",
        "country_code": "DE",
        "currency": "EUR",
        "elements": [{"price_components": [{"type": "ENERGY", "price": 0.5, "vat": 19, "step_size": 1}]}],
    }
    depot = replace(load_site("caltech"), slug="depot-7", name="Depot 7", zone="Europe/Berlin", tariff=json.dumps(tariff))
    with MemoryTransactions().begin() as store:
        site = build_network(store, depot, 20, Credentials(b"s"), MORNING)
        operator = store.stations.operator(site.operator_id)
        assert {(one.currency, one.country) for one in (site, operator)} == {("EUR", "DE")}
        (version,) = store.prices.versions(site.operator_id)
        assert version.tariff.currency == "EUR"
    with MemoryTransactions().begin() as store, pytest.raises(BadInput, match="names no country"):
        build_network(store, replace(depot, tariff=json.dumps(tariff | {"country_code": ""})), 20, Credentials(b"s"), MORNING)
