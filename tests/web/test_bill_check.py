"""The page that recalculates a bill, for its driver, a guest and the operator."""

import re
from dataclasses import replace
from decimal import Decimal

from forecourt.billing import Invoice

from .guests_scene import ASKED, PAID, guests

NUMBER = "INV-2026-000003"


def test_a_driver_sees_the_recalculation_of_each_line_with_prices_and_meter_readings(lived, client):
    page = client.sign_in("ada").get(f"/receipts/{NUMBER}/check").text
    assert "This bill is correct." in page and "Register at the start" in page and "kWh × €0.41/kWh = €" in page
    assert page.count("Recalculated: the same") >= 1 and "differs" not in page


def test_billed_energy_is_the_difference_of_the_meter_registers_on_both_pages(lived, client):
    page = client.sign_in("ada").get(f"/receipts/{NUMBER}/check").text
    registers = [Decimal(one.replace(",", "")) for one in re.findall(r"Register at the (?:start|end)</dt><dd>([0-9.,]+) kWh", page)]
    (billed,) = re.findall(r"Billed</dt><dd>([0-9.]+) kWh", page)
    assert registers[1] - registers[0] == Decimal(billed) and f"{billed} kWh × €" in client.get(f"/receipts/{NUMBER}").text


def test_a_guest_sees_the_bill_check_only_through_the_link_of_their_own_charge(scene, client):
    bill = guests(scene).bill
    assert f'href="/c/{PAID}/receipts/{bill}/check"' in client.get(f"/c/{PAID}/receipts/{bill}").text
    page = client.get(f"/c/{PAID}/receipts/{bill}/check").text
    assert "This bill is correct." in page and "Register at the start" in page and f'href="/c/{PAID}/receipts/{bill}"' in page
    assert client.get(f"/c/{ASKED}/receipts/{bill}/check").status_code == 404


def test_another_drivers_bill_check_is_not_found(lived, client):
    assert client.sign_in("bob").get(f"/receipts/{NUMBER}/check").status_code == 404


def test_the_operator_sees_the_bill_check_in_the_console(lived, client):
    assert "This bill is correct." in client.sign_in("ops").get(f"/console/documents/{NUMBER}/check").text


def test_a_bill_that_differs_from_its_readings_is_shown_as_not_matching(lived, client):
    with lived.transactions.begin() as store:
        kept = store.documents.by_number(lived.operator_id, NUMBER)
        assert isinstance(kept, Invoice) and kept.session_id is not None
        record = store.sessions.record(kept.session_id)
        store.sessions._db.records.put(record.session_id, replace(record, meter_stop_wh=1))
    page = client.sign_in("ada").get(f"/receipts/{NUMBER}/check").text
    assert "This bill does not match." in page and "readings or times" in page
    client.submit("/language", language="de")
    assert "Zählerstände oder Zeiten" in client.get(f"/receipts/{NUMBER}/check").text


def test_the_e_invoice_of_a_receipt_can_be_downloaded_as_xml(lived, client):
    ada = client.sign_in("ada")
    answer = ada.get(f"/receipts/{NUMBER}.xml")
    assert (answer.headers["content-type"].split(";")[0], answer.content) == ("application/xml", b"<a/>")
    assert "E-invoice (XML)" in ada.get(f"/receipts/{NUMBER}").text
