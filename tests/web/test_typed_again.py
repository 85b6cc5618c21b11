"""A form of the console that is refused comes back with what was typed and the reason; nothing is changed."""

from .test_desk import owes


def test_a_driver_that_is_not_there_joins_no_group_and_stands_as_typed(scene, client):
    client.sign_in("ops")
    refused = client.submit("/console/prices/members", site="market", group="acme", email="nobody@example.org")
    assert refused.status_code == 404 and 'value="acme"' in refused.text and 'value="nobody@example.org"' in refused.text
    assert 'id="e-email"' in refused.text and "Nobody is in a group." in refused.text


def test_a_payer_that_is_not_there_stands_as_typed_beside_its_group(scene, client):
    client.sign_in("ops").submit("/console/prices/members", site="market", group="acme", email="ada@example.org")
    refused = client.submit("/console/statements/payers", group="acme", email="nobody@example.org")
    assert refused.status_code == 400 and 'value="nobody@example.org"' in refused.text and "No driver signs in as" in refused.text
    assert "There is no group" in client.submit("/console/statements/payers", group="other", email="ada@example.org").text
    with scene.transactions.begin() as store:
        assert not list(store.statements.payers(scene.operator_id))


def test_the_clearing_file_is_read_from_a_day_that_is_one_and_was(scene, client):
    client.sign_in("ops")
    for typed, why in (("soon", "is not a day"), ("2030-01-01", "nothing of days to come")):
        refused = client.submit("/console/clearing/read", since=typed)
        assert refused.status_code == 422 and f'value="{typed}"' in refused.text and why in refused.text


def test_a_debt_is_not_settled_by_half_a_form_and_the_other_half_stays(lived, client):
    with lived.transactions.begin() as store:
        owes(store, lived, blocks=False)
        document = store.documents.of_driver(lived.ada)[0].id
    where = f"/console/dunning/{document}"
    refused = client.sign_in("ops").submit(f"{where}/transfer?driver={lived.ada}", reference="RF18", amount="ten")
    assert refused.status_code == 400 and 'value="RF18"' in refused.text
    assert " open><summary>Settle" in refused.text and f"{where}/transfer?driver={lived.ada}" in refused.text
    assert "A write-off says why." in client.submit(f"{where}/write-off", reason=" ").text
    assert "A transfer has a reference." in client.submit(f"{where}/transfer", reference=" ").text
    with lived.transactions.begin() as store:
        assert store.dunning.case(document).open
