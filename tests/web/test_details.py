"""Whom a driver's receipts are made out to."""

import pytest

from forecourt.flows.billing.invoicing import parties

AT = "/account/details"
FIRM = {"name": "Lovelace Engines GmbH", "address": "Werkstr. 7, 10999 Berlin", "vat_number": "de123456789", "order": "PO 4711"}


def test_a_firm_stands_on_the_next_receipts_alone(lived, client):
    client.sign_in("ada")
    assert client.submit(AT, **FIRM).status_code == 303 and "Lovelace Engines GmbH" in client.get("/account").text
    with lived.transactions.begin() as store:
        buyer = parties(store, lived.operator_id, store.drivers.driver(lived.ada)).buyer
        billed = store.documents.recent(lived.operator_id, 50)
    assert (buyer.name, buyer.address, buyer.vat_number) == ("Lovelace Engines GmbH", "Werkstr. 7, 10999 Berlin", "DE123456789")
    assert buyer.order == "PO 4711" and 'value="PO 4711"' in client.get(AT).text
    assert all(one.content.parties.buyer.name != buyer.name for one in billed)


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"name": "x" * 101}, {"address": "a\tb"}, {"vat_number": "1"}, {"vat_number": "DE/1"}, {"order": "x" * 41}]
)
def test_what_cannot_be_printed_is_refused_and_what_was_typed_stays(scene, client, wrong):
    answer = client.sign_in("ada").submit(AT, **FIRM | {"address": "Hinterhof 3"} | wrong)
    assert answer.status_code == 400 and 'aria-invalid="true"' in answer.text
    with scene.transactions.begin() as store:
        assert store.drivers.driver(scene.ada).vat_number == ""
