"""The operator's pages: overview, sites, chargers, sessions, documents, ledger and messages to review."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from forecourt.billing import document_number
from forecourt.kernel import ChargerId, DocumentId, DriverId, SessionId, Span
from forecourt.stations import Approval, Charger, ConnectorState, Maintenance, MeterSample, StopReason, TransactionEnded
from forecourt.web.queries.charges import running_charge

from .conftest import HARBOUR, NOW

OUT = (ConnectorState.FAULTED, ConnectorState.UNAVAILABLE)


def test_the_list_of_chargers_is_paged_and_filtered_by_text_site_and_connection(lived, client):
    with lived.transactions.begin() as store:
        for number in range(50):
            box = Charger(ChargerId(f"ZZ-{number:03}"), Approval.APPROVED, lived.operator_id, lived.site_id, connected=number % 2 == 0)
            store.stations.put_charger(replace(box, vendor="Neuwerk"))
    client.sign_in("ops")
    first = client.get("/console/chargers").text
    second = client.get("/console/chargers?page=2").text
    assert "ZZ-049" not in first and "ZZ-049" in second and 'href="/console/chargers?page=2"' in first
    assert client.get("/console/chargers?page=99").text.count("<tr id=") == second.count("<tr id=")
    for asked, count in (("q=neuwerk&contact=offline", 25), ("q=zz-01", 10), ("q=neuwerk&site=harbour", 0)):
        assert client.get(f"/console/chargers?{asked}").text.count('<tr id="ZZ-') == count


def test_the_console_home_page_shows_sites_alarms_and_revenue(lived, client):
    page = client.sign_in("ops").get("/console").text
    for words in ("Market Square", "1 charger waiting for approval.", "1 bay out of order.", "1 message to review.", "€59.66", "100.8"):
        assert words in page


def test_a_faulted_bay_under_maintenance_raises_no_alarm(lived, client):
    with lived.transactions.begin() as store:
        site, faulty = (
            store.stations.site(lived.site_id),
            {one.evse_id for one in store.stations.sockets(lived.site_id) if one.state in OUT},
        )
        labels = tuple(evse.label for evse in store.stations.evses(site.id) if evse.id in faulty)
        works = Maintenance(Span(NOW - timedelta(hours=1), NOW + timedelta(hours=1)), labels)
        store.stations.put_site(replace(site, maintenance=(works,)))
    assert labels and "out of order." not in client.sign_in("ops").get("/console").text


def test_the_site_page_shows_every_bay_and_the_power_limit(lived, client):
    page = client.sign_in("ops").get("/console/sites/market").text
    assert page.count('class="bay bay-') == 24 and page.count('class="bay bay-charging"') == 7
    assert "limit 62 kW" in page and "Ada Lindgren" in page


def test_the_last_power_of_an_offline_charger_is_not_counted_as_drawn_now(lived, client):
    with lived.transactions.begin() as store:
        session = max(store.sessions.open_at(lived.site_id), key=lambda one: one.power_w or 0)
        bay, others_w = store.stations.evse(session.evse_id), sum(one.power_w or 0 for one in store.sessions.open_at(lived.site_id))
        charger = store.stations.charger(bay.charger_id)
        beside = [one for one in store.sessions.open_at(lived.site_id) if one.charger_id == charger.id]
        last_w = sum(one.power_w or 0 for one in beside)
        silent = replace(charger, connected=False, contact=charger.contact.after_change(connected=False, at=NOW - timedelta(minutes=33)))
        store.stations.put_charger(silent)
    at = (NOW - timedelta(minutes=33)).astimezone(ZoneInfo("Europe/Amsterdam"))
    since = f"{at:%a} {at.day} {at:%b %Y}, {at:%H:%M}"
    client.sign_in("ops")
    for path in ("/console", "/console/sites/market"):
        page = client.get(path).text
        assert f"offline since {since}, last {session.power_w / 1000:.1f} kW" in page
        assert f'<span class="value">{(others_w - last_w) / 1000:.1f}</span><span class="label">kW now' in page
        assert f'<span class="value">{len(beside)}</span><span class="label">offline, last ' in page
    assert f'<span class="soft small">since {since}</span>' in page and f"last {session.power_w / 1000:.1f} kW</td>" in page
    assert f"last power, offline since {since}" in client.get(f"/console/sessions/{session.id}").text


def test_a_session_page_traces_the_charge_from_its_start_to_the_ledger_entry(lived, client):
    client.sign_in("ops")
    page = client.get("/console/documents/INV-2026-000003").text
    trace = client.get("/console/sessions/" + page.split("/console/sessions/")[1].split('"')[0]).text
    for words in ("Charge started", "readings", "Charge ended", "Charge record sealed", "Issued INV-2026-000003", "Ledger entry"):
        assert words in trace
    assert "Driver receivable" in trace and "DRIVER_RECEIVABLE" not in trace


def test_a_running_session_shows_its_cost_so_far_and_one_over_midnight_the_day_it_ended(lived, client):
    lived.charge(3, "04CARD03", NOW - timedelta(hours=30), 26 * 60, 3_000, end=True)
    with lived.transactions.begin() as store:
        (record,) = (one for one in store.sessions.records_of(DriverId(UUID(int=1003)), 5) if one.started_at < NOW - timedelta(hours=29))
        zone = ZoneInfo(store.stations.site(record.site_id).zone)
    client.sign_in("ops")
    with lived.transactions.begin() as store:
        cost = running_charge(store, store.sessions.session(lived.running[0]), lived.clock.at).cost
    running = client.get(f"/console/sessions/{lived.running[0]}").text
    assert f'€{cost.amount}</span><span class="label">cost so far</span>' in running
    ended, page = record.ended_at.astimezone(zone), client.get(f"/console/sessions/{record.session_id}").text
    assert f"to {ended:%a} {ended.day} {ended:%b %Y}, {ended:%H:%M}" in page and "cost so far" not in page


def test_an_unknown_charger_is_approved_with_its_sockets(lived, client):
    client.sign_in("ops")
    assert "Neuwerk One" in client.get("/console/new-charger?name=NEW-77").text
    done = client.submit("/console/new-charger", id="NEW-77", site="market", sockets=2, **{"max_a-1": 32, "max_a-2": 32})
    assert done.headers["location"] == "/console/chargers/NEW-77"
    with lived.transactions.begin() as store:
        assert [evse.label for evse in store.stations.evses(lived.site_id) if evse.charger_id == "NEW-77"] == ["NEW-77-1", "NEW-77-2"]
    assert "Charger approved" in client.get("/console/audit").text


@pytest.mark.parametrize(
    "form", [{"site": "nowhere"}, {"site": "market", "plug-1": "99"}, {"site": "market", "supply-1": "x"}, {"site": "market", "max_a-1": 1}]
)
def test_an_invalid_approval_of_a_charger_is_refused_and_changes_nothing(lived, client, form):
    assert client.sign_in("ops").submit("/console/new-charger", id="NEW-77", **form).status_code in {400, 404}
    assert "Waiting for approval" in client.get("/console/chargers").text


def test_a_charger_awaiting_approval_can_be_refused(lived, client):
    client.sign_in("ops").submit("/console/chargers/NEW-77/refuse")
    assert "Charger refused." in client.get("/console/chargers").text


def test_energy_reported_after_the_bill_is_billed_once_and_explained_on_the_receipt(lived, client):
    with lived.transactions.begin() as store:
        bill = next(one for one in store.documents.of_driver(lived.ada) if one.session_id and not one.content.contributions)
        record = store.sessions.record(bill.session_id)
    late = record.ended_at + timedelta(minutes=10)
    sample = MeterSample(late, record.meter_stop_wh + 5_000)
    lived.say(record.charger_id, TransactionEnded(late, record.transaction, None, None, (sample,), StopReason.DRIVER))
    page = client.sign_in("ops").get("/console/quarantine").text
    where, amount = re.search(r'action="(/console/quarantine/[^"]+/bill)".*?name="amount" value="([^"]+)"', page, re.DOTALL).groups()
    done = client.submit(where, amount=amount, currency="EUR")
    number = done.headers["location"].removeprefix("/console/documents/").partition("?")[0]
    assert client.submit(where, amount=amount, currency="EUR").status_code == 404
    assert "More billed for a charge" in client.get("/console/audit").text
    receipt = client.sign_in("ada").get(f"/receipts/{number}").text
    assert f"Energy of the charge billed as {bill.number}" in receipt and amount in receipt


def test_a_quarantined_message_is_shown_and_can_be_marked_as_reviewed(lived, client):
    page = client.sign_in("ops").get("/console/quarantine").text
    assert "CP-03 started a charge at EVSE 7" in page
    entry = page.split("/console/quarantine/")[1].split("/")[0]
    client.submit(f"/console/quarantine/{entry}/clear")
    assert "Nothing to review" in client.get("/console/quarantine").text
    assert "Marked as reviewed" in client.get("/console/audit").text


def test_the_trial_balance_balances(lived, client):
    page = client.sign_in("ops").get("/console/ledger").text
    assert "It balances." in page and "€59.66" in page


def test_the_bookings_page_shows_the_bookings_of_one_day(lived, client):
    assert client.sign_in("ops").get("/console/bookings").text.count("◆") == 0
    assert "Ada Lindgren" in client.get("/console/bookings?site=market&day=2026-06-01").text
    assert "No bookings on this day" in client.get("/console/bookings?site=market&day=2026-06-05").text


@pytest.mark.parametrize("path", ["/console/sessions?form=csv", "/console/documents?form=csv"])
def test_sessions_and_documents_are_exported_as_csv(lived, client, path):
    answer = client.sign_in("ops").get(path)
    assert answer.headers["content-type"].startswith("text/csv") and answer.text.count("\n") > 8


def test_an_invalid_page_cursor_of_the_sessions_list_is_refused(lived, client):
    client.sign_in("ops")
    assert client.get("/console/sessions?older=yesterday").status_code == 400


def test_a_search_for_a_drivers_charges_is_paged_and_complete_in_the_csv_file(lived, client):
    with lived.transactions.begin() as store:
        model, driver = store.sessions.records(lived.site_id, 1)[0], store.drivers.driver(lived.ada)
        for number in range(60):
            ended = NOW - timedelta(days=31, minutes=number)
            ids = {"session_id": SessionId(uuid4()), "transaction": f"M{number}", "driver_id": driver.id}
            store.sessions.end(replace(model, ended_at=ended, started_at=ended - timedelta(minutes=1), **ids))
    path = f"/console/sessions?q={driver.email}&site=market&until={(NOW - timedelta(days=30)).date()}"
    first = client.sign_in("ops").get(path).text
    assert first.count(driver.name) == 50
    older = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    assert "site=market" in older and client.get(older).text.count(driver.name) == 10
    assert client.get(f"{path}&form=csv").text.count(driver.name) == 60
    assert "No matching sessions" in client.get("/console/sessions?q=nobody@example.org").text


def test_search_results_among_the_documents_are_paged(lived, client):
    with lived.transactions.begin() as store:
        model = store.documents.recent(lived.operator_id, 1)[0]
        for number in range(3000, 3060):
            made = replace(model, id=DocumentId(uuid4()), number=document_number("INV", 2026, number), sequence=number)
            store.documents.put(made)
    first = client.sign_in("ops").get("/console/documents?q=inv-2026-0030").text
    older = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    assert "q=inv-2026-0030" in older and "INV-2026-003009" in client.get(older).text


def test_600_charges_that_end_at_the_same_instant_are_all_in_the_csv_file_and_the_list(lived, client):
    """600 charges that end at the same instant at two sites: more than a batch of the file and a page of the list."""
    with lived.transactions.begin() as store:
        model = store.sessions.records(lived.site_id, 1)[0]
        boxes = store.stations.evses(HARBOUR)
        for number in range(600):
            there = {"site_id": HARBOUR, "evse_id": boxes[0].id, "charger_id": boxes[0].charger_id} if number % 2 else {}
            store.sessions.end(replace(model, session_id=SessionId(uuid4()), transaction=f"M{number}", **there))
        sites = (lived.site_id, HARBOUR)
        ended = {str(one.session_id) for site in sites for one in store.sessions.records(site, 10_000)}
        running = {str(one.id) for site in sites for one in store.sessions.open_at(site)}
    file = list(csv.DictReader(io.StringIO(client.sign_in("ops").get("/console/sessions?form=csv").text)))
    assert len(file) == len(ended | running) and {row["id"] for row in file} == ended | running
    seen, path = [], "/console/sessions"
    while path:
        text = client.get(path).text
        seen += re.findall(r'href="/console/sessions/([0-9a-f-]{36})"', text)
        earlier = re.search(r'rel="next" href="([^"]+)"', text)
        path = earlier and earlier[1].replace("&amp;", "&")
    assert len(seen) == len(ended | running) and set(seen) == ended | running
