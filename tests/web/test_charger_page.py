"""The page of a charger: acceptance tests of its sockets, its connection and external limits."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from forecourt.kernel import ChargerId
from forecourt.stations import ChargerSettings, ConnectionInfo, ExternalLimit, ExternalLimitStep, SecurityProfile

from .conftest import NOW


def online(scene, *chargers: str) -> None:
    with scene.transactions.begin() as store:
        for charger in chargers:
            store.stations.put_charger(replace(store.stations.charger(ChargerId(charger)), connected=True))


def test_an_acceptance_test_is_started_followed_and_cancelled_on_the_charger_page(lived, client):
    online(lived, "CP-08")
    client.sign_in("ops")
    page = client.get("/console/chargers/CP-08").text
    assert "Not tested yet. While a car" in page
    assert client.submit(f"/console/sockets/{lived.evse(8)}/test").status_code == 303
    page = client.get("/console/chargers/CP-08").text
    assert [words for words in ("Test started.", "Cancel test of", "The meter is being checked.") if words not in page] == []
    client.submit(f"/console/sockets/{lived.evse(8)}/test/cancel")
    assert "The test was inconclusive." in client.get("/console/chargers/CP-08").text
    assert client.get("/console/audit").text.count("Acceptance test of a socket") >= 2


def test_a_socket_without_a_car_cannot_be_tested_and_the_page_says_why(lived, client):
    online(lived, "CP-10")
    assert "start a charge here with a car" in client.sign_in("ops").get("/console/chargers/CP-10").text
    assert client.submit(f"/console/sockets/{lived.evse(10)}/test").status_code == 409


def test_a_charger_that_sends_no_current_readings_is_marked_so(lived, client):
    with lived.transactions.begin() as store:
        charger = store.stations.charger(ChargerId("CP-10"))
        store.stations.put_charger(replace(charger, settings=ChargerSettings(measurands=("Energy.Active.Import.Register",))))
    assert "The charger sends no readings of current." in client.sign_in("ops").get("/console/chargers/CP-10").text


def test_the_charger_page_shows_the_security_profile_certificate_expiry_and_a_refused_certificate(lived, client):
    way_in = ConnectionInfo(SecurityProfile.CERTIFICATE, "192.0.2.0/24", datetime(2027, 3, 1, tzinfo=UTC))
    with lived.transactions.begin() as store:
        charger = store.stations.charger(ChargerId("CP-10"))
        refused = way_in.turned_away("is made out to CP-11", datetime(2026, 9, 1, tzinfo=UTC))
        store.stations.put_charger(replace(charger, last_connection=refused))
    page = client.sign_in("ops").get("/console/chargers/CP-10").text
    wanted = ("with its own certificate", "security profile 3", "1 Mar", "is made out to CP-11", "Passwords are no longer accepted")
    assert [words for words in wanted if words not in page] == []
    assert "profile 3" in client.get("/console/chargers").text


def test_the_page_of_a_charger_awaiting_approval_redirects_to_its_row_in_the_list(lived, client):
    answer = client.sign_in("ops").get("/console/chargers/NEW-77", follow_redirects=False)
    assert answer.headers["location"] == "/console/chargers#NEW-77"


def test_the_power_page_warns_of_untested_sockets_and_switches_strict_commissioning(lived, client):
    page = client.sign_in("ops").get("/console/sites/market/power").text
    assert "Some sockets have not been tested." in page
    client.submit("/console/sites/market/commissioning", strict="on")
    with lived.transactions.begin() as store:
        assert store.stations.site(lived.site_id).strict_commissioning
    client.submit("/console/sites/market/commissioning")
    with lived.transactions.begin() as store:
        assert not store.stations.site(lived.site_id).strict_commissioning


def test_an_external_limit_is_shown_with_its_source_and_its_steps_until_it_is_over(lived, client):
    steps = (ExternalLimitStep(NOW, 10_500), ExternalLimitStep(NOW + timedelta(hours=1)))
    over = ExternalLimit(0, "EMS", NOW - timedelta(hours=9), (ExternalLimitStep(NOW - timedelta(hours=9), 6000), ExternalLimitStep(NOW)))
    limits = (ExternalLimit(0, "SO", NOW, steps, critical=True), ExternalLimit(1, "<b>Town</b>", NOW), over)
    with lived.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(ChargerId("CP-01")), outside=limits))
    page = " ".join(re.sub(r"<[^>]+>", " ", client.sign_in("ops").get("/console/chargers/CP-01").text).split())
    assert "Limited by the grid operator. From" in page and "at most 10.5 A per phase; from" in page and "no limit. Received" in page
    assert "critical for the grid" in page
    assert "Limited by &lt;b&gt;Town&lt;/b&gt;, socket 1. No amount was given" in page
    assert "Limited by the site's energy management" not in page, "that limit has ended"


def limited_for_days(scene) -> ExternalLimit:
    late = NOW - timedelta(days=3) + timedelta(hours=10)  # on 29 May in UTC
    limit = ExternalLimit(1, "SO", late, (ExternalLimitStep(late, 10_500),))
    with scene.transactions.begin() as store:
        store.stations.put_charger(replace(store.stations.charger(ChargerId("CP-01")), outside=(limit,)))
        store.stations.put_operator(replace(store.stations.operator(scene.operator_id), zone="Europe/Berlin"))
    return limit


def test_an_external_limit_lasting_for_days_raises_an_alarm_and_can_be_set_aside(lived, client):
    limit = limited_for_days(lived)
    told = client.sign_in("ops").get("/console").text
    assert "CP-01 is limited by others." in told and "The grid operator set it on 2026-05-30" in told, (
        "the date in the time zone of the operator"
    )
    assert "Why set aside the limit of the grid operator at socket 1?" in client.get("/console/chargers/CP-01").text
    form = {"source": "SO", "socket": "1", "told": limit.reported_at.isoformat()}
    path = "/console/chargers/CP-01/limits/set-aside"
    assert client.submit(path, **form, reason=" ").status_code == 400
    assert client.submit(path, **{**form, "told": "then"}, reason="Over.").status_code == 400
    assert client.submit(path, **form, reason="They say it is over.").status_code == 303
    page = client.get("/console/chargers/CP-01").text
    assert "Limited by" not in page and "Set aside: the limit of the grid operator, socket 1. They say it is over." in page
    assert "CP-01 is limited by others." not in client.get("/console").text
    assert "External limit set aside" in client.get("/console/audit").text


def test_external_limits_are_read_and_set_aside_once_over_rest(lived, ops):
    limited_for_days(lived)
    path = "/api/v1/chargers/CP-01/limits"
    (seen,) = ops.get(path).json()
    assert (seen["source"], seen["socket"], seen["steps"][0]["current_a"], seen["steps"][0]["power_w"]) == ("SO", 1, 10.5, None)
    wanted = {"source": "SO", "socket": 1, "told_at": seen["told_at"], "reason": "Over."}
    assert ops.post(f"{path}/set-aside", json=wanted).json() == []
    assert ops.post(f"{path}/set-aside", json=wanted).status_code == 409
