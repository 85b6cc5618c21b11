"""Prices against the law of many sites: what is read, and what has become unlawful."""

from dataclasses import replace
from uuid import UUID

import pytest

from flows.conftest import Forecourt, at
from flows.test_prices import tariff
from forecourt.flows.prices import Publication, breaches_at_sites, publish_tariff
from forecourt.kernel import ChargerId, EvseId, SiteId, TariffVersionId
from recorded_queries import record_queries
from stores import both_stores

_FEE = [{"price_components": [{"type": kind, "price": 1, "vat": 19} for kind in ("ENERGY", "FLAT")]}]  # allowed below 50 kW


def with_sites(place: Forecourt, numbers: range) -> None:
    """More sites like the first, each with a socket of its own."""
    with place.transactions.begin() as store:
        site, evse = store.stations.site(place.site_id), store.stations.evse(place.evse_id(1))
        for number in numbers:
            site_id, charger_id = SiteId(UUID(int=1000 + number)), ChargerId(f"S{number}")
            store.stations.put_site(replace(site, id=site_id, slug=f"s{number}", name=f"Site {number}", limits=()))
            charger = store.stations.charger(evse.charger_id)
            assert charger is not None
            store.stations.put_charger(replace(charger, id=charger_id, site_id=site_id))
            store.stations.put_evse(replace(evse, id=EvseId(UUID(int=2000 + number)), site_id=site_id, charger_id=charger_id))


def sold_everywhere(place: Forecourt, number: int) -> None:
    """A tariff of all sites, as the first one's price is."""
    version_id, source = TariffVersionId(UUID(int=number)), {**tariff(0.5, "ALL"), "elements": _FEE}
    publication = Publication(version_id, None, source, at(number), operator_id=place.operator_id, by="ops", at=at(0))
    with place.transactions.begin() as store:
        publish_tariff(store, publication)


@both_stores
def test_breaches_are_told_for_the_sites_that_have_one(forecourt: Forecourt) -> None:
    with_sites(forecourt, range(3))
    sold_everywhere(forecourt, 50)
    with forecourt.transactions.begin() as store:
        evse = store.stations.evse(EvseId(UUID(int=2001)))
        store.stations.put_evse(replace(evse, max_a=300))
        found = breaches_at_sites(store, forecourt.operator_id, store.stations.sites(forecourt.operator_id), at(60))
    assert [(site_id, [one.finding.rule for one in breaches]) for site_id, breaches in found.items()] == [(evse.site_id, ["eu-afir-50kw"])]


@pytest.mark.parametrize("any_transactions", ["postgres"], indirect=True)
def test_publishing_for_many_sites_asks_no_more_than_for_few(forecourt: Forecourt, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = record_queries(monkeypatch)
    counts = []
    for number, more in ((50, range(2)), (51, range(2, 12))):
        with_sites(forecourt, more)
        sold_everywhere(forecourt, number - 20)  # the first one enters the book
        asked.clear()
        sold_everywhere(forecourt, number)
        published = len(asked)
        asked.clear()
        with forecourt.transactions.begin() as store:
            breaches_at_sites(store, forecourt.operator_id, store.stations.sites(forecourt.operator_id), at(60))
        counts.append((published, len(asked)))
    assert counts[0] == counts[1]
