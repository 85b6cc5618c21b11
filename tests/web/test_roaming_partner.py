"""A roaming partner's page: its invoices, the data pushed to it, and a rejected CDR that is sent again."""

import re
from datetime import timedelta
from uuid import UUID

from forecourt.flows.billing import bill_late_end, late_amount
from forecourt.flows.desk import Staff
from forecourt.flows.ports import LateEnd, PassCdr, QuarantineEntry
from forecourt.kernel import DriverId
from roaming_world import PARTNER, registered

from .conftest import NOW, Browser, Scene
from .roaming_scene import roamed

PAGE = f"/console/roaming/{PARTNER}"


def test_the_partner_page_shows_its_bills_and_what_was_pushed_to_it(scene: Scene, client: Browser) -> None:
    document_id = roamed(scene, registered(scene.operator_id))
    client.sign_in("ops")
    shown = client.get(PAGE).text
    with scene.transactions.begin() as store:
        number = store.documents.document(document_id).number
    assert f"/console/documents/{number}" in shown and "Rejected" in shown and "answered 500, 3000 Out of order" in shown
    assert "<dt>Sites pushed</dt><dd>1</dd>" in shown and "answered 400, 2001 Invalid" in shown
    assert "NL8ACC12E46L89" in shown and "Accepted" in shown and "Created with the bill" in shown


def test_a_corrected_charge_shows_all_its_cdrs_and_the_corrected_values(scene: Scene, client: Browser) -> None:
    document_id = roamed(scene, registered(scene.operator_id))
    with scene.transactions.begin() as store:
        session_id = store.documents.document(document_id).session_id
        record, ids, entry_id = store.sessions.record(session_id), scene.ids, UUID(int=4000)
        late = LateEnd(record.ended_at + timedelta(minutes=10), record.meter_stop_wh + 1000)
        about = (scene.operator_id, record.site_id, record.charger_id, NOW, "late_end", "told late", str(session_id))
        store.inbox.quarantine(entry := QuarantineEntry(entry_id, *about, late=late))
        made = bill_late_end(store, Staff(scene.operator_id, "ops", NOW, ids), entry_id, late_amount(store, entry))
        papers = (store.documents.document(document_id), *store.documents.credit_notes_of(document_id), made)
    client.sign_in("ops")
    (row,) = [one for one in client.get(PAGE).text.split("<tr>") if made.number in one]
    assert [one.number in row for one in papers] == 3 * [True] and "8.20 kWh" in row


def test_a_rejected_cdr_can_be_sent_again_once_and_an_accepted_one_cannot(scene: Scene, client: Browser) -> None:
    document_id = roamed(scene, registered(scene.operator_id))
    client.sign_in("ops")
    key = re.search(r'/again">.*?name="key" value="([^"]+)"', client.get(PAGE).text)[1]
    for _ in range(2):  # pressed twice
        client.submit(f"{PAGE}/cdrs/{document_id}/again", key=key)
    with scene.transactions.begin() as store:
        again = [
            one
            for one in store.outbox.open_items(f"roaming/{PARTNER}")
            if isinstance(one.work, PassCdr) and one.work.document_id == document_id
        ]
        assert len(again) == 2  # as it was billed, and now
        (taken,) = [one for one in store.documents.of_driver(store.documents.document(document_id).driver_id) if one.id != document_id]
    assert client.submit(f"{PAGE}/cdrs/{taken.id}/again").status_code == 409


def test_a_partners_bills_are_addressed_to_the_payer_that_staff_entered(scene: Scene, client: Browser) -> None:
    roamed(scene, registered(scene.operator_id))
    client.sign_in("ops")
    wrong = client.submit(f"{PAGE}/payer", name="TNM B.V.", address="Herengracht 1", vat_number="NL1", email="nobody")
    assert wrong.status_code == 400 and "is not an email address" in wrong.text and 'value="TNM B.V."' in wrong.text
    client.submit(f"{PAGE}/payer", name="TNM B.V.", address="Herengracht 1", vat_number="NL123456789B01", email="ap@tnm.example")
    with scene.transactions.begin() as store:
        payer = store.drivers.driver(DriverId(PARTNER))
        assert (payer.name, payer.email, payer.vat_number) == ("TNM B.V.", "ap@tnm.example", "NL123456789B01")
