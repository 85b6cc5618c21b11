"""Whom a driver's receipts are made out to."""

import re

import pytest

from forecourt.flows.billing.invoicing import parties

AT = "/account/details"
FIRM = {
    "name": "Lovelace Engines GmbH",
    "address": "Werkstr. 7, 10999 Berlin",
    "vat_number": "de123456789",
    "order": "PO 4711",
    "country": "DE",
}


def test_a_company_as_buyer_appears_on_later_receipts_only(lived, client):
    client.sign_in("ada")
    assert client.submit(AT, **FIRM).status_code == 303 and "Lovelace Engines GmbH" in client.get("/account").text
    with lived.transactions.begin() as store:
        buyer = parties(store, lived.operator_id, store.drivers.driver(lived.ada)).buyer
        billed = store.documents.recent(lived.operator_id, 50)
    assert (buyer.name, buyer.address, buyer.vat_number) == ("Lovelace Engines GmbH", "Werkstr. 7, 10999 Berlin", "DE123456789")
    assert buyer.order == "PO 4711" and 'value="PO 4711"' in client.get(AT).text
    assert all(one.content.parties.buyer.name != buyer.name for one in billed)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"name": "x" * 101},
        {"address": "a\tb"},
        {"vat_number": "1"},
        {"vat_number": "DE/1"},
        {"order": "x" * 41},
        {"country": "XX"},
    ],
)
def test_invalid_buyer_details_are_refused_and_stay_in_the_form(scene, client, wrong):
    answer = client.sign_in("ada").submit(AT, **FIRM | {"address": "Hinterhof 3"} | wrong)
    assert answer.status_code == 400 and 'aria-invalid="true"' in answer.text
    with scene.transactions.begin() as store:
        assert store.drivers.driver(scene.ada).vat_number == ""


def chosen(page: str) -> str:
    return re.search(r'<option value="(..)" selected>', page.partition('name="country"')[2])[1]


def test_the_country_list_preselects_the_operators_country_and_uses_the_readers_language(lived, client) -> None:
    client.sign_in("ada")
    page = client.get(AT).text
    assert chosen(page) == "DE" and page.count("<option value=") >= 249
    german = client.get(AT, headers={"accept-language": "de"}).text
    assert ">Österreich</option>" in german or ">Austria</option>" in page
    assert client.submit(AT, **FIRM | {"vat_number": "U12345678", "country": "AT"}).status_code == 303
    with lived.transactions.begin() as store:
        buyer = parties(store, lived.operator_id, store.drivers.driver(lived.ada)).buyer
    assert (buyer.country, buyer.vat_number) == ("AT", "ATU12345678") and chosen(client.get(AT).text) == "AT"


def test_buyer_details_without_a_country_preselect_that_of_the_vat_number(lived, client) -> None:
    client.sign_in("ada").submit(AT, **FIRM | {"vat_number": "FR12345678901", "country": ""})
    assert chosen(client.get(AT).text) == "FR"
