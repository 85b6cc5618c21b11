"""Availability of chargers in a month and their incidents: as a page, as CSV and over REST."""

import csv
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from forecourt.kernel import ChargerId
from forecourt.stations import Contact, Incident, IncidentKind

from .conftest import Browser, Scene
from .many_sites import with_sites

BOX, MONTH = ChargerId("CP-01"), "2026-05"


def hours(count: float):
    """The instant so many hours before the end of May, in UTC."""
    return datetime(2026, 6, 1, tzinfo=UTC) - timedelta(hours=count)


def watched(scene: Scene, since) -> None:
    with scene.transactions.begin() as store:
        for charger in store.stations.chargers():
            if charger.operator_id == scene.operator_id:
                store.stations.put_charger(replace(charger, connected=True, contact=Contact(since, since)))


def broken(scene: Scene) -> None:
    """Observed for the last 100 hours of May, of which CP-01 was offline for ten and its socket faulted for two."""
    watched(scene, hours(100))
    with scene.transactions.begin() as store:
        charger = store.stations.charger(BOX)
        about = (charger.operator_id, charger.site_id, BOX)
        store.history.add(Incident(*about, 0, IncidentKind.OFFLINE, hours(50), hours(40)))
        store.history.add(Incident(*about, 1, IncidentKind.FAULTED, hours(30), hours(28), "GroundFailure<b>"))
        store.history.add(Incident(*about, 1, IncidentKind.NO_START, hours(20), hours(20), "REJECTED"))


def test_the_least_available_charger_is_listed_first_with_a_link_to_its_incidents(scene: Scene, client: Browser) -> None:
    broken(scene)
    ops = client.sign_in("ops")
    page = ops.get(f"/console/availability?month={MONTH}").text
    first = re.findall(r"<tr>(<td class=\"lead\">.*?)</tr>", page, re.DOTALL)[0]
    assert f'href="/console/chargers/CP-01/history?month={MONTH}"' in first and ">88.00<" in first
    assert "offline 10 h 00 min, faulted 2 h 00 min" in first and ">6 h 00 min<" in first
    assert "Incomplete month." in page and "GroundFailure&lt;b&gt;" in page
    own = ops.get(f"/console/chargers/CP-01/history?month={MONTH}").text
    assert all(words in own for words in ("Offline", "Faulted", "Failed start", "REJECTED", "GroundFailure&lt;b&gt;", "<svg"))


def test_availability_in_csv_and_rest_equals_the_page(scene: Scene, client: Browser) -> None:
    broken(scene)
    ops = client.sign_in("ops")
    rows = list(csv.DictReader(ops.get(f"/console/availability?month={MONTH}&form=csv").text.splitlines()))
    (bad,) = [one for one in rows if one["available_percent"] == "88.00"]
    assert (bad["offline_s"], bad["faulted_s"], bad["open_s"], bad["outages"]) == ("36000", "7200", "360000", "2")
    (told,) = [one for one in ops.get(f"/api/v1/availability?month={MONTH}").json() if one["key"] == BOX]
    assert (told["available"], told["repair_s"], told["repaired"], told["no_starts"]) == (0.88, 43200, 2, 1)
    (market,) = [one for one in ops.get(f"/api/v1/availability?month={MONTH}&by=site&site=market").json() if one["key"] == "market"]
    sockets = ops.get(f"/api/v1/availability?month={MONTH}&by=socket&site=market").json()
    assert market["open_s"] == sum(one["open_s"] for one in sockets) and market["available"] > told["available"]
    own = list(csv.DictReader(ops.get(f"/console/chargers/CP-01/history?month={MONTH}&form=csv").text.splitlines()))
    assert [one["what"] for one in own] == ["OFFLINE", "FAULTED", "NO_START"]


def test_a_month_without_history_is_not_shown_as_available(scene: Scene, client: Browser) -> None:
    ops = client.sign_in("ops")
    page = ops.get("/console/availability").text
    assert "no history yet" in page and "100.00" not in page
    assert "No history for this month." in ops.get("/console/chargers/CP-01/history").text
    for month, status in (("2199-01", 400), ("June", 400), ("2020-01", 200)):
        assert ops.get(f"/console/availability?month={month}").status_code == status
        assert ops.get(f"/api/v1/availability?month={month}").status_code == status
    assert ops.get("/console/chargers/NOBODY/history").status_code == 404


def test_the_availability_page_of_many_chargers_stays_below_60_kb(scene: Scene, client: Browser) -> None:
    with_sites(scene, 55, 2)
    watched(scene, hours(900))
    with scene.transactions.begin() as store:
        for one in [charger for charger in store.stations.chargers() if charger.id.startswith("S")]:
            store.history.add(Incident(one.operator_id, one.site_id, one.id, 0, IncidentKind.OFFLINE, hours(90), hours(9)))
            store.history.add(Incident(one.operator_id, one.site_id, one.id, 1, IncidentKind.FAULTED, hours(8), hours(5), "E" * 50))
    ops = client.sign_in("ops")
    for address in ("", "&by=sites", "&site=site-7", "&page=2"):
        page = ops.get(f"/console/availability?month={MONTH}{address}").text
        assert len(page) < 60_000 and "offline" in page


def test_the_history_page_of_a_charger_with_2000_incidents_stays_below_60_kb(scene: Scene, client: Browser) -> None:
    watched(scene, hours(300))
    with scene.transactions.begin() as store:
        charger = store.stations.charger(BOX)
        for number in range(2000):
            since = hours(290) + timedelta(minutes=8 * number)
            what = IncidentKind.OFFLINE if number % 2 else IncidentKind.FAULTED
            store.history.add(
                Incident(
                    charger.operator_id, charger.site_id, BOX, int(number % 2 == 0), what, since, since + timedelta(minutes=4), "E" * 50
                )
            )
    page = client.sign_in("ops").get(f"/console/chargers/CP-01/history?month={MONTH}").text
    assert len(page) < 60_000 and "The latest 100 of" in page
