"""The company's details on documents: changed in the console, for documents issued from then on."""

import re
from dataclasses import replace
from html import unescape

import pytest

from forecourt.drivers import PayBy
from forecourt.flows.billing.invoicing import parties
from forecourt.flows.paying import take_mandate
from forecourt.payments import parse_debtor_account

AT = "/console/company"
COMPANY = {"name": "Forecourt Demo", "legal_name": "Neue Ladewelt GmbH", "address": "Am Ufer 3, Berlin", "vat_number": "DE999999999"}


def changed(client, **fields: str):
    seen = re.search(r'name="seen" value="([^"]*)"', client.get(AT).text).group(1)
    return client.submit(AT, **{"seen": seen} | COMPANY | fields)


def test_changed_company_details_are_on_new_documents_and_not_on_issued_ones(lived, client):
    client.sign_in("ops")
    assert changed(client).status_code == 303 and 'value="Am Ufer 3, Berlin"' in client.get(AT).text
    with lived.transactions.begin() as store:
        old = store.documents.recent(lived.operator_id, 1)[0].content.parties.seller
        new = parties(store, lived.operator_id, store.drivers.driver(lived.ada)).seller
    assert (old.name, old.address) == ("Musterstrom GmbH", "Ringstraße 1, Musterstadt")
    assert (new.name, new.address) == ("Neue Ladewelt GmbH", "Am Ufer 3, Berlin")
    assert "Company's details changed" in unescape(client.get("/console/audit").text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"legal_name": ""},
        {"name": " "},
        {"vat_number": "none"},
        {"address": "x" * 301},
        {"address": "a\nb"},
        {"party_id": "LONG"},
        {"bank": "DE89370400440532013001"},
    ],
)
def test_invalid_company_details_are_refused_and_the_form_keeps_its_input(scene, client, wrong):
    client.sign_in("ops")
    answer = changed(client, vat_exemption="Section 19 UStG", **wrong)
    assert answer.status_code == 400 and 'value="Section 19 UStG"' in answer.text
    assert scene_operator(scene).legal_name != "Neue Ladewelt GmbH"


def test_a_change_based_on_outdated_company_details_is_refused(scene, client):
    client.sign_in("ops")
    assert client.submit(AT, seen="old", **COMPANY).status_code == 409
    assert scene_operator(scene).legal_name != "Neue Ladewelt GmbH"


def test_a_new_creditor_id_is_saved_only_with_a_choice_for_existing_mandates(scene, client):
    with scene.transactions.begin() as store:
        operator = replace(store.stations.operator(scene.operator_id), bank="DE02120300000000202051", creditor_id="DE98ZZZ09999999999")
        store.stations.put_operator(operator)
        store.drivers.put_driver(replace(store.drivers.driver(scene.ada), pay_by=PayBy.ACCOUNT))
        take_mandate(store, scene.ada, parse_debtor_account("Ada", "NL91ABNA0417164300"), scene.clock.now(), scene.ids)
    client.sign_in("ops")
    other = {"bank": operator.bank, "creditor_id": "DE48ZZZ08888888888"}
    asked = changed(client, **other)
    assert asked.status_code == 409 and asked.text.count('name="mandates"') == 2 and 'value="DE48ZZZ08888888888"' in asked.text
    assert scene_operator(scene) == operator and changed(client, **other, mandates="carry").status_code == 303
    assert scene_operator(scene).creditor_id == "DE48ZZZ08888888888"
    assert changed(client, bank="", mandates="").text.count('name="mandates"') == 1, "without a bank account, mandates can only be ended"


def scene_operator(scene):
    with scene.transactions.begin() as store:
        return store.stations.operator(scene.operator_id)
