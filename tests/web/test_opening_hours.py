"""When a place serves: set in the console and over REST, seen by drivers and guests."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from forecourt.flows.bookings import ServiceEdit, service_fingerprint, set_service
from forecourt.flows.chargers import give_codes
from forecourt.flows.desk import Staff
from forecourt.kernel import Span
from forecourt.reservations import Broken
from forecourt.stations import WEEKDAYS, Maintenance, parse_week
from forecourt.web.frame.sealing import digest

from .conftest import NOW

AT, API = "/console/sites/market/hours", "/api/v1/sites/market"
WEEK = dict.fromkeys(WEEKDAYS, "06:00-22:00")
OPS = {"authorization": "Bearer api-ops"}


def marks(page: str) -> dict[str, str]:
    return {name: re.search(f'name="{name}" value="([^"]*)"', page).group(1) for name in ("seen", "looked") if f'name="{name}"' in page}


def market(scene):
    with scene.transactions.begin() as store:
        return store.stations.site(scene.site_id)


def plan(scene, edit: ServiceEdit) -> None:
    with scene.transactions.begin() as store:
        by = Staff(scene.operator_id, "ops", NOW, scene.ids)
        set_service(store, by, scene.site_id, edit, service_fingerprint(store.stations.site(scene.site_id)))


@pytest.fixture
def api(lived, client):
    """The operator's own program."""
    with lived.transactions.begin() as store:
        store.drivers.put_sign_in(replace(store.drivers.sign_in(digest("ops")), digest=digest("api-ops"), api=True))
    client.headers.update(OPS)
    return client


def test_opening_hours_are_previewed_and_then_saved(lived, client):
    client.sign_in("ops")
    form = {"what": "hours", **WEEK, "sunday": ""}
    looked = client.submit(AT, do="look", **form, **marks(client.get(AT).text)).text
    assert 'id="would"' in looked and market(lived).openings == ()
    other = client.submit(AT, do="keep", **form | {"monday": "07:00-22:00"}, **marks(looked))
    assert other.status_code == 200 and market(lived).openings == (), "what was typed after looking is looked at first"
    assert client.submit(AT, do="keep", **form, **marks(looked)).status_code == 303
    assert market(lived).openings == parse_week(WEEK | {"sunday": ""})
    assert 'value="06:00-22:00"' in client.get(AT).text
    assert client.submit(AT, do="keep", **form, **marks(looked)).status_code == 409


def test_invalid_hours_are_marked_at_their_day_and_all_entries_stay(lived, client):
    client.sign_in("ops")
    wrong = client.submit(AT, do="look", what="hours", **WEEK | {"friday": "at noon"}, **marks(client.get(AT).text))
    assert wrong.status_code == 400 and 'value="at noon"' in wrong.text and 'value="06:00-22:00"' in wrong.text
    assert re.search(r'id="f-friday"[^>]*aria-invalid="true"', wrong.text) and 'name="always" value="on" checked' not in wrong.text


def test_the_preview_of_maintenance_lists_the_bookings_it_breaks(lived, client):
    client.sign_in("ops")
    with lived.transactions.begin() as store:
        live = store.bookings.live_at(lived.site_id)
    end = {"to_day": "2026-06-30", "to_time": "06:00", "reason": "new transformer", "whole": "on"}
    looked = client.submit(AT, do="look", what="works", **end, **marks(client.get(AT).text)).text
    assert f"{len(live)} booking" in looked and "will be cancelled" in looked and 'value="new transformer"' in looked
    assert client.submit(AT, do="keep", what="works", **end, **marks(looked)).status_code == 303
    with lived.transactions.begin() as store:
        assert all(isinstance(store.bookings.booking(one.id).state, Broken) for one in live) and live
    shown = client.get(AT).text
    assert "The whole site" in shown and "End now" in shown and "Closed now" in shown
    works = re.search(r'name="works" value="([^"]*)"', shown).group(1)
    assert client.submit(AT, what="end", works=works, **marks(shown)).status_code == 303
    assert market(lived).maintenance == () and "Open now" in client.get(AT).text


@pytest.mark.parametrize(
    ("given", "field"),
    [({}, "labels"), ({"whole": "on", "socket-0": "on"}, "labels"), ({"whole": "on", "to_day": ""}, "to"),
     ({"whole": "on", "to_day": "soon"}, "to"), ({"whole": "on", "from_day": "2026-08-01", "to_day": "2026-07-01"}, "to")],
)  # fmt: skip
def test_invalid_maintenance_is_refused(lived, client, given, field):
    client.sign_in("ops")
    form = {"to_day": "2026-06-30", "to_time": "06:00"} | given
    refused = client.submit(AT, do="look", what="works", **form, **marks(client.get(AT).text))
    assert refused.status_code == 400 and (f'id="f-{field}_day"' in refused.text or "Select either" in refused.text)


def test_drivers_see_opening_hours_and_bays_under_maintenance(lived, client):
    with lived.transactions.begin() as store:
        bay = store.stations.evses(lived.site_id)[14].label
    works = Maintenance(Span(NOW, NOW + timedelta(hours=3)), (bay,), "new cable")
    plan(lived, ServiceEdit(openings=parse_week(WEEK), begin=works))
    shown = client.get("/sites/market").text
    assert "Opening hours" in shown and "06:00-22:00" in shown and "Open until" in shown
    assert re.search(rf"{bay}</strong>.*under maintenance until [^<]*: new cable", shown)
    assert "<small>closed</small>" in client.get("/sites/market?day=2026-06-02").text


def test_a_sites_last_day_is_previewed_saved_and_shown_to_drivers_until_it_closes(lived, client):
    client.sign_in("ops")
    looked = client.submit(AT, do="look", what="last", last_day="2026-06-01", **marks(client.get(AT).text)).text
    assert 'id="would"' in looked and market(lived).last_day is None
    assert client.submit(AT, do="keep", what="last", last_day="2026-06-01", **marks(looked)).status_code == 303
    shown = client.get(AT).text
    assert "The last day is" in shown and "Keep site open" in shown
    assert "This site is closing for good." in client.get("/console/sites/market").text
    assert client.get("/api/v1/sites/market").json()["last_day"] == "2026-06-01"
    assert "This place is closing for good." in client.get("/sites/market").text and "/sites/market" in client.get("/").text
    refused = client.submit(AT, do="look", what="last", last_day="soon", **marks(shown))
    assert refused.status_code == 400 and re.search(r'id="f-last_day"[^>]*aria-invalid="true"', refused.text)
    with lived.transactions.begin() as store:
        store.stations.put_site(replace(store.stations.site(lived.site_id), last_day=NOW.date() - timedelta(days=1), closed_at=NOW))
    gone = client.get("/sites/market")
    assert gone.status_code == 404 and "has closed for good" in gone.text and "/sites/market" not in client.get("/").text
    assert "Closed for good." in client.get(AT).text and 'name="what"' not in client.get(AT).text
    new, kept = client.get("/console/new-charger").text, client.get("/console/prices").text
    assert '"harbour"' in new and '"market"' not in new and '"harbour"' in kept and '"market"' in kept
    assert "/console/sites/market" in client.get("/console/network").text and client.get("/console/sites/market").status_code == 200


def test_a_closed_site_states_until_when_and_refuses_starts(lived, client):
    plan(lived, ServiceEdit(begin=Maintenance(Span(NOW, NOW + timedelta(hours=3)), (), "street fair")))
    with lived.transactions.begin() as store:
        give_codes(store, Staff(lived.operator_id, "ops", NOW, lived.ids), lived.site_id)
        code = store.guests.codes(lived.site_id)[0].code
    assert "is closed until 17:" in client.get(f"/e/{code}").text
    client.sign_in("ada")
    shown = client.get("/sites/market").text
    assert "Closed now" in shown and "street fair" in shown and "You cannot start a charge while the place is closed." in shown
    site = client.get("/api/v1/sites/market").json()
    assert (site["open"], site["openings"]) == (False, {}) and datetime.fromisoformat(site["changes_at"]) == NOW + timedelta(hours=3)


def test_holiday_and_special_day_hours_are_saved_and_shown_to_drivers(lived, client):
    client.sign_in("ops")
    form = {
        "what": "calendar",
        "region": "DE-BE",
        "on_holidays": "10-16",
        "special_days": "2026-06-01 closed; Street fair\n2026-06-20 8-12",
    }
    looked = client.submit(AT, do="look", **form, **marks(client.get(AT).text)).text
    assert 'id="would"' in looked and "2026-06-20 8-12" in looked and market(lived).calendar.region == ""
    assert client.submit(AT, do="keep", **form, **marks(looked)).status_code == 303
    shown = client.get(AT).text
    assert re.search(r"25 Dec.*Erster Weihnachtstag.*10:00-16:00", shown) and '<option value="DE-BE" selected>Berlin' in shown
    wrong = client.submit(AT, do="look", **form | {"special_days": "soon"}, **marks(shown))
    assert wrong.status_code == 400 and re.search(r'id="f-special_days"[^>]*aria-invalid="true"', wrong.text)
    place = client.get("/sites/market").text
    assert (
        "Closed now" in place
        and re.search(r"Street fair.*closed", place)
        and re.search(r"20 Jun[^<]*</strong></span><span>08:00-12:00", place)
    )
    api = client.get("/api/v1/sites/market").json()
    assert not api["open"] and api["special_days"][1] == {"day": "2026-06-20", "hours": "08:00-12:00", "note": ""}


def test_hours_and_maintenance_are_previewed_and_saved_over_rest(lived, api):
    before = api.get(f"{API}/hours").json()
    assert before["openings"]["monday"] == "00:00-24:00" and before["maintenance"] == []
    looked = api.put(f"{API}/hours?look=true", json={"seen": before["seen"], "openings": WEEK}).json()
    assert looked["hours"]["seen"] == before["seen"] and looked["effect"]["kept"] >= 0
    kept = api.put(f"{API}/hours", json={"seen": before["seen"], "openings": WEEK}).json()["hours"]
    assert kept["openings"] == WEEK and api.get(f"{API}/hours").json() == kept
    apart = {"region": "DE-BE", "on_holidays": "closed", "special_days": [{"day": "2026-12-24", "hours": "08:00-12:00", "note": "Eve"}]}
    kept = api.put(f"{API}/hours", json={"seen": kept["seen"], "openings": WEEK, "calendar": apart}).json()["hours"]
    assert kept["calendar"] == apart and kept["openings"] == WEEK
    works = {"seen": kept["seen"], "start": "2026-07-01T06:00:00Z", "end": "2026-07-01T18:00:00Z", "reason": "paint"}
    assert api.post(f"{API}/maintenance", json=works | {"sockets": ["none"]}).json()["code"] == "labels"
    planned = api.post(f"{API}/maintenance", json=works).json()["hours"]["maintenance"]
    assert [(one["start"], one["sockets"], one["reason"]) for one in planned] == [("2026-07-01T06:00:00Z", [], "paint")]
    assert api.post(f"{API}/maintenance", json=works).status_code == 409
    assert api.delete(f"{API}/maintenance/{planned[0]['id']}").json()["hours"]["maintenance"] == []
    seen = api.get(f"{API}/hours").json()["seen"]
    closing = api.put(f"{API}/last-day", json={"seen": seen, "last_day": "2026-06-30"}).json()["hours"]
    assert (closing["last_day"], closing["closed_at"]) == ("2026-06-30", None)
    assert api.put(f"{API}/last-day", json={"seen": seen, "last_day": None}).status_code == 409
    assert api.put(f"{API}/last-day", json={"seen": closing["seen"], "last_day": None}).json()["hours"]["last_day"] is None
    assert api.delete(f"{API}/maintenance/{planned[0]['id']}").status_code == 404
