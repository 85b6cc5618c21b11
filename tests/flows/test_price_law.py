"""Price law of many sites: which prices are checked, and which have become unlawful."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from flows.conftest import Forecourt, at
from flows.test_prices import tariff
from forecourt.drivers import Duty
from forecourt.flows.desk import Staff, add_to_team
from forecourt.flows.ports import QuarantineEntry
from forecourt.flows.prices import (
    Publication,
    acknowledge_unlawful_price,
    breaches_at_sites,
    law_at_sites,
    listed_unlawful_prices,
    publish_tariff,
    review_price_law,
    withdraw_acknowledgement,
    withdraw_entry,
)
from forecourt.kernel import BadInput, ChargerId, Conflict, EvseId, SiteId, TariffVersionId
from forecourt.notices import Notice, NoticeKind
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
def test_breaches_of_price_law_are_listed_only_for_the_sites_that_have_one(forecourt: Forecourt) -> None:
    with_sites(forecourt, range(3))
    sold_everywhere(forecourt, 50)
    with forecourt.transactions.begin() as store:
        evse = store.stations.evse(EvseId(UUID(int=2001)))
        store.stations.put_evse(replace(evse, max_a=300))
        found = breaches_at_sites(store, forecourt.operator_id, store.stations.sites(forecourt.operator_id), at(60))
    assert [(site_id, [one.finding.rule for one in breaches]) for site_id, breaches in found.items()] == [(evse.site_id, ["eu-afir-50kw"])]


@pytest.mark.parametrize("any_transactions", ["postgres"], indirect=True)
def test_publishing_a_price_for_many_sites_needs_as_many_queries_as_for_few(forecourt: Forecourt, monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.fixture
def staffed(forecourt: Forecourt) -> Forecourt:
    """Some of the operator's staff, of whom two may change prices, and three sites with a price that holds below 50 kW."""
    with_sites(forecourt, range(3))
    sold_everywhere(forecourt, 0)
    by = Staff(forecourt.operator_id, "ops", at(0), forecourt.ids)
    with forecourt.transactions.begin() as store:
        for name, duties in (("prices", [Duty.PRICES]), ("all", list(Duty)), ("money", [Duty.MONEY])):
            add_to_team(store, by, f"{name}@hof.example", duties, "a hash")
        add_to_team(store, by, "invited@hof.example", [Duty.PRICES])
    return forecourt


def charges_at(place: Forecourt, number: int, amps: int) -> None:
    """From now on a socket of that site takes 22 kW (32 A) or 200."""
    with place.transactions.begin() as store:
        evse = store.stations.evse(EvseId(UUID(int=2000 + number)))
        store.stations.put_evse(replace(evse, max_a=amps, phases=("L1", "L2", "L3")))


def reviewed(place: Forecourt, minute: float) -> list[QuarantineEntry]:
    """What is on the list after a review."""
    with place.transactions.begin() as store:
        review_price_law(store, place.operator_id, at(minute), place.ids)
    with place.transactions.begin() as store:
        return listed_unlawful_prices(store, place.operator_id)


def letters(place: Forecourt) -> list[Notice]:
    with place.transactions.begin() as store:
        return [one for one in store.notices.page(place.operator_id).rows if one.kind is NoticeKind.PRICES_UNLAWFUL]


@both_stores
def test_a_price_that_became_unlawful_is_listed_and_emailed_about_once(staffed: Forecourt) -> None:
    assert reviewed(staffed, 5) == [] and letters(staffed) == []
    charges_at(staffed, 1, 300)
    for minute in (10, 15):
        (listed,) = reviewed(staffed, minute)
        assert (listed.site_id, listed.at, listed.text) == (SiteId(UUID(int=1001)), at(10), "ALL is unlawful.")
        assert "Regulation (EU) 2023/1804" in listed.raw
    told = letters(staffed)
    with staffed.transactions.begin() as store:
        people = {one.id: one.email for one in store.drivers.team(staffed.operator_id)}
    (says,) = {one.content for one in told}
    assert sorted(people[one.account_id] for one in told if one.account_id) == ["all@hof.example", "prices@hof.example"]
    assert (says.site, says.label, says.count) == ("Site 1", "ALL", 1)


def test_several_unlawful_prices_found_at_once_are_sent_in_one_email(staffed: Forecourt) -> None:
    for number in range(3):
        charges_at(staffed, number, 300)
    assert len(reviewed(staffed, 10)) == 3
    assert [one.content.count for one in letters(staffed)] == [3, 3]


def test_an_unlawful_price_that_was_resolved_and_recurs_is_a_new_finding(staffed: Forecourt) -> None:
    for minute, amps in ((10, 300), (20, 32), (30, 300)):
        charges_at(staffed, 1, amps)
        listed = reviewed(staffed, minute)
    assert [one.at for one in listed] == [at(30)] and len(letters(staffed)) == 4


def test_an_unlawful_price_at_a_second_site_does_not_repeat_the_email_about_the_first(staffed: Forecourt) -> None:
    charges_at(staffed, 1, 300)
    reviewed(staffed, 10)
    charges_at(staffed, 2, 300)
    assert [one.at for one in reviewed(staffed, 20)] == [at(10), at(20)]
    assert sorted(one.content.site for one in letters(staffed)) == ["Site 1", "Site 1", "Site 2", "Site 2"]


@pytest.mark.parametrize("ended", [False, True])
def test_an_unlawful_price_that_is_replaced_or_withdrawn_leaves_the_list_at_once(staffed: Forecourt, ended: bool) -> None:
    charges_at(staffed, 1, 300)
    reviewed(staffed, 10)
    with staffed.transactions.begin() as store:
        if ended:
            (entry,) = [one for one in store.prices.entries(staffed.operator_id) if one.name == "ALL"]
            withdraw_entry(store, staffed.operator_id, entry.id, "ops", at(12))
        else:
            lawful = Publication(TariffVersionId(UUID(int=77)), None, tariff(0.5, "ALL"), at(12), at=at(12))
            publish_tariff(store, replace(lawful, operator_id=staffed.operator_id))
    with staffed.transactions.begin() as store:
        assert listed_unlawful_prices(store, staffed.operator_id) == []
        assert store.inbox.quarantine_count(staffed.operator_id) == 0


def test_price_law_is_checked_by_the_sockets_of_a_site_and_not_after_its_closing(staffed: Forecourt) -> None:
    with staffed.transactions.begin() as store:
        site = store.stations.site(staffed.site_id)
        store.stations.put_site(replace(site, id=SiteId(UUID(int=1500)), slug="bare", name="Bare", limits=()))
    assert reviewed(staffed, 5) == []
    with staffed.transactions.begin() as store:
        evse = store.stations.evse(staffed.evse_id(1))
        about = {"id": EvseId(UUID(int=2500)), "site_id": SiteId(UUID(int=1500)), "charger_id": ChargerId("BARE"), "max_a": 300}
        store.stations.put_evse(replace(evse, **about))
    assert [one.site_id for one in reviewed(staffed, 10)] == [SiteId(UUID(int=1500))]
    with staffed.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(SiteId(UUID(int=1500))), last_day=date(2026, 5, 31)))
    assert reviewed(staffed, 15) == []


def test_a_price_rule_that_could_not_be_checked_is_shown_and_is_no_finding(staffed: Forecourt) -> None:
    with staffed.transactions.begin() as store:
        sites = store.stations.sites(staffed.operator_id)
        found = law_at_sites(store, staffed.operator_id, sites, at(5))
    assert all(one.breaches == () and any("eu-afir-payment" in text for text in one.unjudged) for one in found.values())
    assert reviewed(staffed, 5) == [] and letters(staffed) == []


def decides(place: Forecourt, minute: float, reason: str) -> None:
    """One of the staff acknowledges the first that is listed."""
    by = Staff(place.operator_id, "ops", at(minute), place.ids)
    with place.transactions.begin() as store:
        acknowledge_unlawful_price(store, by, listed_unlawful_prices(store, place.operator_id)[0].id, reason)


@both_stores
def test_an_acknowledged_finding_stays_acknowledged_and_its_reason_is_in_the_audit_log(staffed: Forecourt) -> None:
    for number in (1, 2):
        charges_at(staffed, number, 300)
    reviewed(staffed, 10)
    decides(staffed, 12, "  Counsel reads\nArticle 5 otherwise. ")
    for minute in (15, 600):
        listed = reviewed(staffed, minute)
        assert [(one.at, one.acknowledged and one.acknowledged.reason) for one in listed] == [
            (at(10), "Counsel reads Article 5 otherwise.")
        ] * 2
    with staffed.transactions.begin() as store:
        (logged,) = [one for one in store.audit.page(staffed.operator_id).rows if one.action == "unlawful.acknowledge"]
    assert "Counsel reads Article 5 otherwise." in logged.detail and len(letters(staffed)) == 2


def next_price(place: Forecourt, minute: int) -> None:
    """The fee doubles from that minute on: decided when it was lawful everywhere."""
    dearer = [{"price_components": [{**one, "price": 2} for one in _FEE[0]["price_components"]]}]
    publication = Publication(
        TariffVersionId(UUID(int=77)), None, {**tariff(0.5, "ALL"), "elements": dearer}, at(minute), by="ops", at=at(0)
    )
    with place.transactions.begin() as store:
        publish_tariff(store, replace(publication, operator_id=place.operator_id))


@pytest.mark.parametrize(("changed", "stays"), [("name", True), ("power", False), ("region", False), ("price", False)])
def test_an_acknowledgement_ends_when_the_price_power_or_region_changes(staffed: Forecourt, changed: str, stays: bool) -> None:
    next_price(staffed, 15 if changed == "price" else 900)
    charges_at(staffed, 1, 300)
    reviewed(staffed, 10)
    decides(staffed, 12, "As agreed.")
    charges_at(staffed, 1, 310 if changed == "power" else 300)
    with staffed.transactions.begin() as store:
        site = store.stations.site(SiteId(UUID(int=1001)))
        other = {"name": {"name": "Another"}, "region": {"region": "DE-BE"}}
        store.stations.put_site(replace(site, **other.get(changed, {})))
    (listed,) = reviewed(staffed, 20)
    assert ((listed.acknowledged is not None), len(letters(staffed))) == (stays, 2 if stays else 4)


def test_an_acknowledgement_needs_a_reason_and_can_be_withdrawn(staffed: Forecourt) -> None:
    charges_at(staffed, 1, 300)
    reviewed(staffed, 10)
    with pytest.raises(BadInput):
        decides(staffed, 11, " ")
    decides(staffed, 12, "As agreed.")
    by = Staff(staffed.operator_id, "ops", at(13), staffed.ids)
    with staffed.transactions.begin() as store:
        withdraw_acknowledgement(store, by, listed_unlawful_prices(store, staffed.operator_id)[0].id)
    (listed,) = reviewed(staffed, 15)
    assert (listed.at, listed.acknowledged) == (at(10), None)


def test_a_finding_whose_price_has_become_lawful_cannot_be_acknowledged(staffed: Forecourt) -> None:
    charges_at(staffed, 1, 300)
    reviewed(staffed, 10)
    charges_at(staffed, 1, 32)
    with pytest.raises(Conflict):
        decides(staffed, 12, "As agreed.")
