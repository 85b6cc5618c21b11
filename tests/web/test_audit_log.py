"""The log and what is to be looked at: the operator's own, a page at a time, each thing by its name."""

import re
from datetime import timedelta
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
    """60 entries of our own, and 1,000 newer ones of another operator in the way of each list."""
    with lived.transactions.begin() as store:
        for who, count, begin in ((lived.operator_id, 60, NOW), (OTHER, 1000, NOW + timedelta(days=1))):
            for number in range(count):
                at = begin + number * SECOND
                store.audit.add(AuditEntry(lived.ids.new(at), who, at, "system", "group.join", f"Entry {number}."))
                store.inbox.quarantine(QuarantineEntry(lived.ids.new(at), who, None, None, at, "late_end", f"Entry {number}."))
    return lived


@pytest.mark.parametrize("path", ["/console/audit", "/console/quarantine"])
def test_older_entries_are_reached_without_a_script_and_the_way_leads_back(busy, client, path):
    first = client.sign_in("ops").get(path).text
    assert "Entry 59." in first and "Entry 10." in first and "Entry 9." not in first and ">Newer<" not in first
    second = client.get(re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")).text
    assert "Entry 9." in second and "Entry 0." in second and "Entry 10." not in second and ">Older<" not in second
    back = client.get(re.search(r'rel="prev" href="([^"]+)"', second)[1].replace("&amp;", "&")).text
    assert re.findall(r"Entry \d+\.", back) == re.findall(r"Entry \d+\.", first)


def test_somebody_elses_entry_cannot_be_cleared(busy, client):
    with busy.transactions.begin() as store:
        theirs = store.inbox.quarantine_page(OTHER).rows[0].id
    assert client.sign_in("ops").submit(f"/console/quarantine/{theirs}/clear").status_code == 404


def test_a_thing_is_called_by_its_name_and_leads_to_its_page(lived, client):
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
    assert str(UUID(int=8)) in page  # nothing better is known of it


def test_every_action_knows_what_it_is_about():
    assert not {one for one in ACTION_LABELS if one not in audit_log._OF_ACTIONS and one.partition(".")[0] not in audit_log._OF_THINGS}
