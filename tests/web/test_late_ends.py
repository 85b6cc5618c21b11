"""An end that was told late, to look at: what it adds is billed, what it takes off credited, and what is given up stands in the log."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from forecourt.flows.ports import LateEnd, QuarantineEntry
from forecourt.sessions import END_NOT_REPORTED

from .conftest import NOW, Browser, Scene

PAGE = "/console/quarantine"


def told_late(scene: Scene, minutes: int, more_wh: int) -> UUID:
    """Of a charge that parked for half an hour until it was sealed; it is billed."""
    scene.charge(10, "04CARD25", NOW - timedelta(hours=3), 60, 7_200, end=True, rest=30)
    with scene.transactions.begin() as store:
        record = next(one for one in store.sessions.records(scene.site_id) if not store.documents.of_session(one.session_id))
        store.sessions.end(replace(record, notes=(END_NOT_REPORTED,)))
        late = LateEnd(record.ended_at + timedelta(minutes=minutes), record.meter_stop_wh + more_wh)
        about = (scene.operator_id, record.site_id, record.charger_id, NOW, "late_end", "Told late.", str(record.session_id))
        store.inbox.quarantine(QuarantineEntry(UUID(int=4000), *about, late=late))
    scene._bill()
    return UUID(int=4000)


def test_the_amount_a_late_end_removes_can_be_credited(scene: Scene, client: Browser) -> None:
    entry_id = told_late(scene, -20, 0)
    client.sign_in("ops")
    assert "Credit €0.96" in client.get(PAGE).text  # 20 minutes at 0.04, with 19 %; both bills round
    sent = client.submit(f"{PAGE}/{entry_id}/bill", amount="-0.96", currency="EUR")
    assert "Replaces INV-2026-000001" in client.get(sent.headers["location"]).text
    assert "Nothing to review" in client.get(PAGE).text


def test_a_late_end_that_is_not_billed_is_logged_with_its_amount(scene: Scene, client: Browser) -> None:
    entry_id = told_late(scene, 10, 1_000)
    client.sign_in("ops")
    assert "Bill €0.49 more" in client.get(PAGE).text  # 1 kWh at 0.41, with 19 %
    client.submit(f"{PAGE}/{entry_id}/clear")
    assert "Told late. Not billed: 0.49 EUR." in client.get("/console/audit").text
