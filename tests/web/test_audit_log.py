"""The audit log and the messages to review: the operator's own only, page by page, with subjects by name."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from forecourt.flows.desk import Staff, note
from forecourt.flows.ports import AuditEntry, QuarantineEntry
from forecourt.kernel import OperatorId
from forecourt.web.queries import audit_log
from forecourt.web.queries.console_labels import ACTION_LABELS

from .conftest import HARBOUR, NOW

OTHER = OperatorId(UUID(int=77))
SECOND = timedelta(seconds=1)


@pytest.fixture
def busy(lived):
    """60 entries of this operator, and 1,000 newer ones of another operator in each list."""
    with lived.transactions.begin() as store:
        for who, count, begin in ((lived.operator_id, 60, NOW), (OTHER, 1000, NOW + timedelta(days=1))):
            for number in range(count):
                at = begin + number * SECOND
                store.audit.add(AuditEntry(lived.ids.new(at), who, at, "system", "group.join", f"Entry {number}."))
                store.inbox.quarantine(QuarantineEntry(lived.ids.new(at), who, None, None, at, "late_end", f"Entry {number}."))
    return lived


@pytest.mark.parametrize("path", ["/console/audit", "/console/quarantine"])
def test_older_entries_are_paged_by_plain_links_and_the_newer_link_leads_back(busy, client, path):
    first = client.sign_in("ops").get(path).text
    assert "Entry 59." in first and "Entry 10." in first and "Entry 9." not in first and ">Newer<" not in first
    second = client.get(re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")).text
    assert "Entry 9." in second and "Entry 0." in second and "Entry 10." not in second and ">Older<" not in second
    back = client.get(re.search(r'rel="prev" href="([^"]+)"', second)[1].replace("&amp;", "&")).text
    assert re.findall(r"Entry \d+\.", back) == re.findall(r"Entry \d+\.", first)


def test_a_quarantined_message_of_another_operator_cannot_be_cleared(busy, client):
    with busy.transactions.begin() as store:
        theirs = store.inbox.quarantine_page(OTHER).rows[0].id
    assert client.sign_in("ops").submit(f"/console/quarantine/{theirs}/clear").status_code == 404


def test_the_subject_of_a_log_entry_is_shown_by_name_with_a_link_to_its_page(lived, client):
    with lived.transactions.begin() as store:
        by = Staff(lived.operator_id, "system", NOW, lived.ids)
        bill = store.documents.recent(lived.operator_id, 1)[0]
        for action, subject in (
            ("driver.add", lived.ada), ("document.credit", bill.id), ("charger.refuse", "CP-01"), ("site.hours", "market"),
            ("pricing.rules", HARBOUR), ("dunning.rules", lived.operator_id), ("plan.open", UUID(int=8)),
        ):  # fmt: skip
            note(store, by, action, subject, f"of {lived.ada}")
    page = client.sign_in("ops").get("/console/audit").text
    for href, name in (
        (f"drivers/{lived.ada}", "Ada Lindgren"), (f"documents/{bill.number}", bill.number), ("chargers/CP-01", "CP-01"),
        ("sites/market", "Market Square"), ("revenue/harbour", "Harbour"), ("dunning", ""),
    ):  # fmt: skip
        assert re.search(rf'href="/console/{href}">[^<]*{name}', page), href
    assert "of Ada Lindgren" in page and str(bill.id) not in page
    assert str(UUID(int=8)) in page  # a plan that is not stored is shown by its id


@pytest.fixture
def logged(lived):
    """Six entries on three days, by Berlin time, of a staff member, a charger and the system."""
    with lived.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(lived.operator_id), zone="Europe/Berlin"))
        bill = store.documents.recent(lived.operator_id, 1)[0]
        boss = store.drivers.team(lived.operator_id)[0]
        for number, (hour, actor, action, subject, detail) in enumerate((
            (20, "system", "site.hours", "market", "opens at six"), (21, str(boss.id), "document.credit", bill.id, "was wrong"),
            (22, str(boss.id), "driver.add", lived.ada, ""), (45, "system", "ledger.close", "2026-05", ""),
            (46, "CP-01", "charger.refuse", "CP-01", ""), (47, str(boss.id), "charger.refuse", "CP-02", "=unknown"),
        )):  # fmt: skip
            at = datetime(2026, 5, 1, tzinfo=UTC) + timedelta(hours=hour)
            store.audit.add(AuditEntry(UUID(int=900 + number), lived.operator_id, at, actor, action, str(subject), detail))
    return lived, bill.number, boss.email


def exported(client, **asked):
    answer = client.get("/console/audit", params={**asked, "form": "csv"})
    assert answer.status_code == 200 and '"log.csv"' in answer.headers["content-disposition"]
    return [row["action"] for row in csv.DictReader(io.StringIO(answer.text)) if row["at"] < "2026-05-03"][::-1]


def test_the_log_is_filtered_by_actor_area_text_and_day_on_the_page_and_in_the_csv_file(logged, client):
    """People and subjects by name, days in the operator's time zone; the page and the file show the same."""
    _, number, boss = logged
    ops, credit, refused = client.sign_in("ops"), "document.credit", "charger.refuse"
    for asked, wanted in (
        ({"who": boss.upper()}, [credit, "driver.add", refused]), ({"who": "CP-01"}, [refused]), ({"who": "CP-0"}, []),
        ({"who": "System"}, ["site.hours", "ledger.close"]), ({"area": "charger"}, [refused] * 2), ({"q": number.lower()}, [credit]),
        ({"q": "lindgren"}, ["driver.add"]), ({"q": "Market Sq"}, ["site.hours"]), ({"q": "WAS wrong"}, [credit]),
        ({"q": "cp-0"}, [refused] * 2), ({"since": "2026-05-02", "until": "2026-05-02"}, ["driver.add", "ledger.close"]),
        ({"until": "2026-05-01"}, ["site.hours", credit]), ({"area": "charger", "who": boss}, [refused]), ({"q": "nobody"}, []),
    ):  # fmt: skip
        assert exported(ops, **asked) == wanted, asked
        page = ops.get("/console/audit", params=asked).text
        assert [one in page for one in ("opens at six", "was wrong", "=unknown")] == [
            "site.hours" in wanted, credit in wanted, wanted in ([credit, "driver.add", refused], [refused] * 2) or asked.get("who") == boss
        ]  # fmt: skip


def test_an_export_of_the_log_is_logged_without_the_search_text(logged, client):
    scene, _, _ = logged
    ops = client.sign_in("ops")
    answer = ops.get("/console/audit", params={"form": "csv", "q": "Ada Lindgren", "area": "driver", "since": "2026-05-01"})
    assert "log.export" not in answer.text, "the export itself is not in its own file"
    with scene.transactions.begin() as store:
        (entry,) = (one for one in store.audit.page(scene.operator_id).rows if one.action == "log.export")
    assert entry.detail == "2026-05-01 to now, driver, by subject or details" and "Ada" not in entry.detail
    assert "Log exported" in ops.get("/console/audit").text


@pytest.mark.parametrize("asked", ["area=kitchen", "since=soon", "until=2026-02-30"])
def test_an_invalid_search_of_the_log_shows_and_exports_nothing(logged, client, asked):
    scene, _, _ = logged
    ops = client.sign_in("ops")
    for form in ("", "&form=csv"):
        answer = ops.get(f"/console/audit?{asked}{form}")
        assert answer.status_code == 400 and "No search made" in answer.text and "opens at six" not in answer.text
    with scene.transactions.begin() as store:
        assert not [one for one in store.audit.page(scene.operator_id).rows if one.action == "log.export"]


def test_the_csv_file_has_every_entry_of_the_operator_and_none_of_another(busy, client):
    busy.clock.at = NOW + timedelta(hours=1)
    text = client.sign_in("ops").get("/console/audit?form=csv").text
    found = [row["subject"] for row in csv.DictReader(io.StringIO(text)) if row["action"] == "group.join"]
    assert [one for one in found if one.startswith("Entry")] == [f"Entry {number}." for number in reversed(range(60))]


def test_every_audit_action_has_a_kind_of_subject():
    assert not {one for one in ACTION_LABELS if one not in audit_log._OF_ACTIONS and one.partition(".")[0] not in audit_log._OF_THINGS}
