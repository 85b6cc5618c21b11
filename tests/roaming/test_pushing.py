"""Locations and tariffs are pushed to a partner that accepts pushes: only differences, once, in order."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from forecourt.drivers import Endpoint, Registered
from forecourt.flows.prices import Publication, publish_tariff
from forecourt.flows.roaming import push_ended_tariffs, push_site_changes, sites_with_receivers
from forecourt.jobs.claims import Claims
from forecourt.jobs.partner_courier import PartnerCourier
from forecourt.jobs.partner_rounds import PartnerRounds
from forecourt.kernel import TariffVersionId, instant_text
from ocpi.tables import faults
from roaming_world import digest_of, peer
from web.conftest import HARBOUR, MARKET, TARIFF

from .conftest import Desk, Provider, serving
from .pushing import TAKEN, courier, delivered, line, ports

CARD = "04CARD05"
HOME = "/ocpi/2.2.1/"


class Open(dict[str, Any]):
    """Whatever a partner is pushed it takes."""

    def get(self, path: str, usual: Any = None) -> Any:
        return super().get(path, (200, TAKEN))


@pytest.fixture
def open_partner(provider: Provider) -> Provider:
    provider.pages = Open(provider.pages)
    return provider


@pytest.fixture
def has_all(told: Desk, open_partner: Provider) -> Desk:
    """The partner has both sites and their tariffs."""
    rounds(told, courier(told))
    told.scene.clock.at += timedelta(minutes=1)
    open_partner.asked.clear()
    return told


def rounds(desk: Desk, by: PartnerCourier) -> None:
    """What differs is found, and carried until nothing is due."""
    scene = desk.scene
    with scene.transactions.begin() as store:
        for site in (MARKET, HARBOUR):
            push_site_changes(store, site, scene.clock.at, scene.ids)
        push_ended_tariffs(store, scene.operator_id, scene.clock.at, scene.ids)
    scene.clock.at += timedelta(seconds=3)
    while delivered(desk, by):
        pass


def said(partner: Provider) -> list[tuple[str, str, Any]]:
    """Method, of what, and what, since the last look."""
    asked, partner.asked = partner.asked, []
    told = [(how, path.removeprefix(HOME), msgspec.json.decode(body) if body else None) for how, path, _, body in asked if how != "GET"]
    return [one for one in told if one[1].startswith(("locations/", "tariffs/"))]


def test_tariffs_are_pushed_before_the_locations_that_name_them_and_nothing_twice(told: Desk, open_partner: Provider) -> None:
    by = courier(told)
    rounds(told, by)
    first = said(open_partner)
    assert [(how, path.split("/")[0]) for how, path, _ in first] == [("PUT", "tariffs")] * 2 + [("PUT", "locations")] * 2
    assert all(path == f"{path.split('/')[0]}/DE/FCT/{one['id']}" for _, path, one in first)
    assert not [fault for _, path, one in first for fault in faults("Location" if path[0] == "l" else "Tariff221", one)]
    assert [one for _, path, one in first if path[0] == "l"] == told.data(f"{HOME}locations")
    rounds(told, by)
    assert said(open_partner) == []


def test_a_changed_socket_status_is_pushed_as_one_patch_with_its_time(has_all: Desk, open_partner: Provider) -> None:
    scene = has_all.scene
    scene.charge(1, CARD, scene.clock.at, 5, 9_000)
    rounds(has_all, courier(has_all))
    ((how, path, told),) = said(open_partner)
    evse = has_all.data(f"{HOME}locations/{MARKET}/{scene.evse(1)}")
    assert (how, path) == ("PATCH", f"locations/DE/FCT/{MARKET}/{evse['uid']}")
    assert told == {"status": "CHARGING", "last_updated": evse["last_updated"]}


def test_changes_of_a_site_are_collected_into_one_push_of_the_latest_state(has_all: Desk, open_partner: Provider) -> None:
    scene, by = has_all.scene, courier(has_all)
    for bay in (1, 2):
        scene.charge(bay, f"04CARD{bay:02d}", scene.clock.at, 5, 9_000)
        with scene.transactions.begin() as store:
            assert push_site_changes(store, MARKET, scene.clock.at, scene.ids) == (1 if bay == 1 else 0)
    assert delivered(has_all, by) == 0  # it gathers for two seconds
    rounds(has_all, by)
    assert [(how, one["status"]) for how, _, one in said(open_partner)] == [("PATCH", "CHARGING")] * 2


def test_a_partner_that_was_unreachable_gets_the_latest_state_once(has_all: Desk, open_partner: Provider) -> None:
    scene, by = has_all.scene, courier(has_all)
    taken, open_partner.pages = open_partner.pages, {}
    for bay in (1, 2, 3):
        scene.charge(bay, f"04CARD{bay:02d}", scene.clock.at, 5, 9_000)
        rounds(has_all, by)
    assert len(said(open_partner)) == 1  # the rest waits for its time
    open_partner.pages = taken
    scene.clock.at += timedelta(minutes=15)
    rounds(has_all, by)
    ((how, path, told),) = said(open_partner)
    assert (how, path, told) == ("PUT", f"locations/DE/FCT/{MARKET}", has_all.data(f"{HOME}locations/{MARKET}"))


def test_an_ended_tariff_is_deleted_once_no_location_names_it(has_all: Desk, open_partner: Provider) -> None:
    scene, by = has_all.scene, courier(has_all)
    before = {one["id"] for one in has_all.data(f"{HOME}tariffs")}
    with scene.transactions.begin() as store:
        now = scene.clock.at
        publish_tariff(store, Publication(TariffVersionId(scene.ids.new(now)), MARKET, TARIFF, now, at=now))
    scene.clock.at += timedelta(minutes=1)
    rounds(has_all, by)
    rounds(has_all, by)
    (ended,) = before - {one["id"] for one in has_all.data(f"{HOME}tariffs")}
    told = [(how, path.rpartition("/")[2]) for how, path, _ in said(open_partner)]
    assert [how for how, _ in told] == ["PUT", "PUT", "DELETE"] and told[1:] == [("PUT", str(MARKET)), ("DELETE", ended)]


def test_sockets_of_a_site_that_is_no_longer_published_are_pushed_as_removed(has_all: Desk, open_partner: Provider) -> None:
    scene, by = has_all.scene, courier(has_all)
    with scene.transactions.begin() as store:
        site = store.stations.site(HARBOUR)
        store.stations.put_site(replace(site, address="Quay"))
    rounds(has_all, by)
    gone = [one for one in said(open_partner) if one[1][0] == "l"]
    assert gone and {(how, one["status"]) for how, _, one in gone} == {("PATCH", "REMOVED")}
    with scene.transactions.begin() as store:
        store.stations.put_site(site)
    rounds(has_all, by)
    assert [(how, path) for how, path, _ in said(open_partner) if path[0] == "l"] == [("PUT", f"locations/DE/FCT/{HARBOUR}")]


def test_sockets_of_a_site_that_closes_for_good_are_removed_for_pushed_and_polling_partners(has_all: Desk, open_partner: Provider) -> None:
    scene, by, ends = has_all.scene, courier(has_all), datetime(2026, 6, 1, 22, tzinfo=UTC)
    tariff = {one["evses"][0]["connectors"][0]["tariff_ids"][0] for one in has_all.data(f"{HOME}locations") if one["id"] == str(HARBOUR)}
    with scene.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(HARBOUR), last_day=date(2026, 6, 1)))
    rounds(has_all, by)
    ((how, _, told),) = said(open_partner)
    assert how == "PUT" and told["opening_times"]["exceptional_closings"][0]["period_begin"] == instant_text(ends)
    assert {one["status"] for one in told["evses"]} == {"AVAILABLE"}
    scene.clock.at = ends
    rounds(has_all, by)
    rounds(has_all, by)
    put, *taken_back = said(open_partner)
    assert put[0] == "PUT" and {one["status"] for one in put[2]["evses"]} == {"REMOVED"} and not faults("Location", put[2])
    assert [(how, path.rpartition("/")[2]) for how, path, _ in taken_back] == [("DELETE", one) for one in tariff]
    assert put[2] == has_all.data(f"{HOME}locations/{HARBOUR}")
    changed = has_all.ask("GET", f"{HOME}locations?date_from={instant_text(ends - timedelta(seconds=9))}").json()["data"]
    assert [one["id"] for one in changed] == [str(HARBOUR)]


def test_nothing_is_pushed_to_a_blocked_partner(has_all: Desk, open_partner: Provider) -> None:
    scene, partner = has_all.scene, has_all.partner()
    with scene.transactions.begin() as store:
        assert sites_with_receivers(store, [MARKET, HARBOUR]) == [MARKET, HARBOUR]
        store.roaming.put_partner(replace(partner, blocked=True))
        assert sites_with_receivers(store, [MARKET, HARBOUR]) == []
    scene.charge(1, CARD, scene.clock.at, 5, 9_000)
    rounds(has_all, courier(has_all))
    assert said(open_partner) == []


async def test_a_slow_partner_does_not_delay_pushes_to_others(told: Desk, open_partner: Provider) -> None:
    scene, partner = told.scene, told.partner()
    with serving() as slow:
        slow.delay_s, slow.pages = 1.0, Open()
        there = replace(peer(slow.base), key="sealed b", endpoints=(Endpoint("locations", "RECEIVER", f"{slow.base}/2.2.1/locations"),))
        state = Registered(digest_of("slow"), scene.clock.at, there)
        with scene.transactions.begin() as store:
            store.roaming.put_partner(replace(partner, id=UUID(int=4712), name="A", party="SLW", state=state))
        of_partners, begun = PartnerRounds(ports(told), Claims(ports(told)), line()), time.monotonic()
        of_partners.mark_changed((MARKET, HARBOUR))
        await of_partners.start_due_rounds()  # the tariffs; the sites gather
        scene.clock.at += timedelta(seconds=3)
        async with asyncio.timeout(5):
            while len(said_by(open_partner)) < 4:
                await of_partners.start_due_rounds()
                await asyncio.sleep(0.01)
        assert time.monotonic() - begun < slow.delay_s and said_by(slow)


def said_by(partner: Provider) -> list[str]:
    return [path for how, path, _, _ in partner.asked if how == "PUT"]
