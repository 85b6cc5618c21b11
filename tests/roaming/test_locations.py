"""Published locations and tariffs, restricted to those of the operator."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec

from forecourt.flows.prices import Publication, publish_tariff
from forecourt.flows.roaming import unpublished_sites
from forecourt.kernel import OperatorId, Span, TariffVersionId
from forecourt.ocpi import Location, Party, cdr_location_of
from forecourt.stations import Calendar, Maintenance, Opening, PublicFacts, parse_special_days
from forecourt.tariffs import parse_tariff
from ocpi.tables import faults
from roaming_world import PARTNER
from web.conftest import HARBOUR, MARKET, TARIFF

from .conftest import Desk

HOME = "/ocpi/2.2.1/locations"
RIVAL = OperatorId(UUID(int=77))


def test_a_site_is_published_as_a_location_with_sockets_and_tariffs(told: Desk) -> None:
    market = msgspec.convert(told.data(HOME)[0], Location)
    assert (market.country_code, market.party_id, market.id) == ("DE", "FCT", str(MARKET))
    assert (market.address, market.postal_code, market.city, market.country) == ("Market Square 1", "10115", "Berlin", "DEU")
    assert market.coordinates == {"latitude": "52.500000", "longitude": "13.400000"} and market.time_zone == "Europe/Berlin"
    assert market.opening_times.twentyfourseven and len(market.evses) == 24
    one = market.evses[0]
    assert one.evse_id is not None and one.evse_id.startswith("DE*FCT*E")
    assert one.connectors[0].tariff_ids == (told.data("/ocpi/2.2.1/tariffs")[0]["id"],)
    assert one.connectors[0].max_electric_power == 11_040


def test_the_region_of_a_site_is_the_state_of_its_location_and_cdrs(told: Desk) -> None:
    """Without the country, which has its own field."""
    assert "state" not in told.data(HOME)[0]
    with told.scene.transactions.begin() as store:
        site = replace(store.stations.site(MARKET), region="DE-BE")
        store.stations.put_site(site)
        charged_at = cdr_location_of(site, store.stations.evses(MARKET)[0], Party("DE", "FCT"))
    assert (told.data(HOME)[0]["state"], charged_at.state) == ("BE", "BE")
    assert not faults("Location", told.data(HOME)[0])


def test_published_locations_and_tariffs_conform_to_the_ocpi_tables(told: Desk) -> None:
    charge_and_close(told)
    for version, tariff in (("2.2.1", "Tariff221"), ("2.3.0", "Tariff")):
        locations, tariffs = told.data(f"/ocpi/{version}/locations"), told.data(f"/ocpi/{version}/tariffs")
        assert len(locations) == len(tariffs) == 2
        assert not [fault for one in locations for fault in faults("Location", one)]
        assert not [fault for one in tariffs for fault in faults(tariff, one)]


def charge_and_close(told: Desk) -> None:
    told.scene.charge(1, "04CARD05", told.scene.clock.at, 5, 9_000)
    with told.scene.transactions.begin() as store:
        site, at = store.stations.site(MARKET), told.scene.clock.at + timedelta(days=1, microseconds=4_000)
        works = (Maintenance(Span(at, at + timedelta(hours=1))),)
        store.stations.put_site(replace(site, openings=(Opening(0, 360, 1440),), maintenance=works))


def test_a_part_of_a_location_is_read_by_its_path(told: Desk) -> None:
    location = told.data(f"{HOME}/{MARKET}")
    evse = told.data(f"{HOME}/{MARKET}/{location['evses'][3]['uid']}")
    assert evse == location["evses"][3]
    assert told.data(f"{HOME}/{MARKET}/{evse['uid']}/1") == evse["connectors"][0]
    for path in ("nothing", f"{MARKET}/nothing", f"{MARKET}/{evse['uid']}/2"):
        answer = told.ask("GET", f"{HOME}/{path}")
        assert (answer.status_code, answer.json()["status_code"]) == (404, 2003)


def test_a_socket_status_is_published_with_the_time_it_was_observed(told: Desk) -> None:
    first = told.data(HOME)[0]
    told.scene.charge(1, "04CARD05", told.scene.clock.at, 5, 9_000)
    told.scene.clock.at += timedelta(minutes=10)
    told.data(HOME)
    told.scene.clock.at += timedelta(minutes=10)
    second = told.data(f"{HOME}/{MARKET}")
    changed = [one for one, before in zip(second["evses"], first["evses"], strict=True) if one != before]
    assert [one["status"] for one in changed] == ["CHARGING"]
    assert second["last_updated"] == changed[0]["last_updated"] == changed[0]["connectors"][0]["last_updated"] > first["last_updated"]
    assert [one["id"] for one in told.data(f"{HOME}?date_from={second['last_updated']}")] == [str(MARKET)]
    assert not told.data(f"{HOME}?date_to={first['last_updated']}")


def test_opening_hours_and_maintenance_of_the_whole_site_are_published(told: Desk) -> None:
    now = told.scene.clock.at
    with told.scene.transactions.begin() as store:
        site = store.stations.site(MARKET)
        works = Maintenance(Span(now + timedelta(days=1), now + timedelta(days=2)))
        label = store.stations.evses(MARKET)[0].label
        busy = Maintenance(Span(now - timedelta(hours=1), now + timedelta(hours=1)), (label,))
        store.stations.put_site(replace(site, openings=(Opening(0, 360, 1440),), maintenance=(works, busy)))
    location = told.data(f"{HOME}/{MARKET}")
    assert location["opening_times"] == {
        "twentyfourseven": False,
        "regular_hours": [{"weekday": 1, "period_begin": "06:00", "period_end": "23:59"}],
        "exceptional_closings": [{"period_begin": "2026-06-02T12:20:00Z", "period_end": "2026-06-03T12:20:00Z"}],
    }
    assert next(one for one in location["evses"] if one["physical_reference"] == label)["status"] == "INOPERATIVE"


def test_the_energy_mix_is_published_once_stated(told: Desk) -> None:
    assert "energy_mix" not in told.data(f"{HOME}/{MARKET}")
    with told.scene.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(MARKET), facts=PublicFacts(renewable=False)))
    location = told.data(f"{HOME}/{MARKET}")
    assert location["energy_mix"] == {"is_green_energy": False} and not faults("Location", location)


def test_special_days_and_holidays_are_published_as_exceptional_openings(told: Desk) -> None:
    days = parse_special_days("2026-06-06 08:00-12:00\n2026-06-08 closed\n2026-06-01 18-20", "")
    with told.scene.transactions.begin() as store:
        site = store.stations.site(MARKET)
        calendar, works = Calendar("DE-BE", (), days), Span(datetime(2026, 6, 6, 9, tzinfo=UTC), datetime(2026, 6, 7, tzinfo=UTC))
        store.stations.put_site(replace(site, openings=(Opening(0, 360, 1320),), calendar=calendar, maintenance=(Maintenance(works),)))
    location = told.data(f"{HOME}/{MARKET}")
    assert not faults("Location", location)
    times = location["opening_times"]
    assert times["exceptional_openings"] == [{"period_begin": "2026-06-06T06:00:00Z", "period_end": "2026-06-06T09:00:00Z"}]
    closings = [(one["period_begin"], one["period_end"]) for one in times["exceptional_closings"]]
    assert closings[:4] == [
        ("2026-06-01T04:00:00Z", "2026-06-01T16:00:00Z"),
        ("2026-06-01T18:00:00Z", "2026-06-01T20:00:00Z"),
        ("2026-06-06T09:00:00Z", "2026-06-07T00:00:00Z"),
        ("2026-06-08T04:00:00Z", "2026-06-08T20:00:00Z"),
    ]
    assert closings[4:] == [("2027-03-08T05:00:00Z", "2027-03-08T21:00:00Z"), ("2027-03-29T04:00:00Z", "2027-03-29T20:00:00Z"),
                            ("2027-05-17T04:00:00Z", "2027-05-17T20:00:00Z")]  # fmt: skip


def test_locations_are_listed_in_pages_with_a_link_to_the_next(told: Desk) -> None:
    answer = told.ask("GET", f"{HOME}?limit=1&date_from=2026-01-01T00:00:00")
    assert (answer.headers["x-total-count"], answer.headers["x-limit"]) == ("2", "100")
    link = answer.headers["link"]
    assert link == f'<{told.address}{HOME}?date_from=2026-01-01T00%3A00%3A00&offset=1&limit=1>; rel="next"'
    last = told.ask("GET", link.partition(">")[0][1:].removeprefix(told.address))
    assert [one["id"] for one in last.json()["data"]] == [str(HARBOUR)] and "link" not in last.headers
    for query in ("offset=-1", "limit=x", "date_from=yesterday"):
        assert told.ask("GET", f"{HOME}?{query}").json()["status_code"] == 2001


def test_answers_carry_the_ocpi_routing_headers(told: Desk) -> None:
    heads = told.ask("GET", HOME, **{"ocpi-from-party-id": "ABC", "ocpi-from-country-code": "BE"}).headers
    assert (heads["ocpi-to-country-code"], heads["ocpi-to-party-id"]) == ("BE", "ABC")
    assert (heads["ocpi-from-country-code"], heads["ocpi-from-party-id"]) == ("DE", "FCT")


def test_a_site_with_missing_details_is_not_published_and_the_operator_sees_why(joined: Desk) -> None:
    with joined.scene.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(MARKET), address="Market Square"))
        store.stations.put_site(replace(store.stations.site(HARBOUR), latitude=Decimal(0), longitude=Decimal(0)))
    assert joined.data(HOME) == []
    assert joined.ask("GET", f"{HOME}/{MARKET}").status_code == 404
    with joined.scene.transactions.begin() as store:
        why = {one.site.id: one.why for one in unpublished_sites(store, joined.scene.operator_id, joined.scene.clock.at)}
    assert "postal code city" in why[MARKET] and why[HARBOUR] == "it has no position"


def test_sites_and_tariffs_of_another_operator_are_not_published(told: Desk) -> None:
    with told.scene.transactions.begin() as store:
        ours = store.stations.operator(told.scene.operator_id)
        store.stations.put_operator(replace(ours, id=RIVAL, name="Rival", party_id="RIV"))
        store.roaming.put_partner(replace(store.roaming.partner(PARTNER), operator_id=RIVAL))
    assert told.data(HOME) == [] and told.data("/ocpi/2.2.1/tariffs") == []
    assert told.ask("GET", f"{HOME}/{MARKET}").status_code == 404


def test_a_published_tariff_can_be_parsed_back_in_both_versions(told: Desk) -> None:
    (old, _), (new, _) = told.data("/ocpi/2.2.1/tariffs"), told.data("/ocpi/2.3.0/tariffs")
    published, read = parse_tariff(TARIFF), parse_tariff(new)
    assert read.elements == published.elements and new["tax_included"] == "NO" and "tax_included" not in old
    assert old["elements"] == new["elements"] and (old["country_code"], old["party_id"]) == ("DE", "FCT")


def test_prices_are_sent_without_tax_to_2_2_1_and_booking_fees_never(told: Desk) -> None:
    now = told.scene.clock.at
    fee = {"price_components": [{"type": "FLAT", "price": 4, "step_size": 1}], "restrictions": {"reservation": "BOOKING_EXPIRES"}}
    energy = {"price_components": [{"type": "ENERGY", "price": 0.59, "vat": 19, "step_size": 1}]}
    tariff = {**TARIFF, "tax_included": "YES", "elements": [fee, energy], "max_price": {"after_taxes": 50}}
    with told.scene.transactions.begin() as store:
        publish_tariff(store, Publication(TariffVersionId(told.scene.ids.new(now)), MARKET, tariff, now, at=now))
    told.scene.clock.at += timedelta(minutes=1)
    (old,) = [one for one in told.data("/ocpi/2.2.1/tariffs") if one.get("max_price")]
    (new,) = [one for one in told.data("/ocpi/2.3.0/tariffs") if one.get("max_price")]
    assert old["elements"] == [{"price_components": [{"type": "ENERGY", "price": 0.495798, "vat": 19, "step_size": 1}]}]
    assert (old["max_price"], new["max_price"]) == ({"excl_vat": 42.02, "incl_vat": 50}, {"before_taxes": 42.02, "after_taxes": 50})
    assert new["elements"][0]["price_components"][0]["price"] == 0.59 and new["tax_included"] == "YES"
