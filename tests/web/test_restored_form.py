"""A console form that is refused keeps its input and states the reason; nothing is changed."""

from forecourt.flows.chargers import describe_bay
from forecourt.flows.desk import Staff
from forecourt.stations import BayTraits

from .conftest import KIND, NOW
from .forms import forms_of
from .test_console_driver_page import owes


def test_adding_an_unknown_driver_to_a_group_is_refused_and_the_entry_stays_in_the_form(scene, client):
    client.sign_in("ops")
    refused = client.submit("/console/prices/members", site="market", group="acme", email="nobody@example.org")
    assert refused.status_code == 404 and 'value="acme"' in refused.text and 'value="nobody@example.org"' in refused.text
    assert 'id="e-email"' in refused.text and "No drivers in groups yet." in refused.text


def test_an_unknown_payer_of_a_group_is_refused_and_the_entry_stays_in_the_form(scene, client):
    client.sign_in("ops").submit("/console/prices/members", site="market", group="acme", email="ada@example.org")
    refused = client.submit("/console/statements/payers", group="acme", email="nobody@example.org")
    assert refused.status_code == 400 and 'value="nobody@example.org"' in refused.text and "No driver signs in as" in refused.text
    assert "There is no group" in client.submit("/console/statements/payers", group="other", email="ada@example.org").text
    with scene.transactions.begin() as store:
        assert not list(store.statements.payers(scene.operator_id))


def test_reading_the_clearing_file_again_requires_a_valid_past_day(scene, client):
    client.sign_in("ops")
    for typed, why in (("soon", "is not a day"), ("2030-01-01", "no future days")):
        refused = client.submit("/console/clearing/read", since=typed)
        assert refused.status_code == 422 and f'value="{typed}"' in refused.text and why in refused.text


def test_a_debt_is_not_settled_by_an_incomplete_form_and_the_entries_stay(lived, client):
    with lived.transactions.begin() as store:
        owes(store, lived, blocks=False)
        document = store.documents.of_driver(lived.ada)[0].id
    where = f"/console/dunning/{document}"
    refused = client.sign_in("ops").submit(f"{where}/transfer?driver={lived.ada}", reference="RF18", amount="ten")
    assert refused.status_code == 400 and 'value="RF18"' in refused.text
    assert " open><summary>Settle" in refused.text and f"{where}/transfer?driver={lived.ada}" in refused.text
    assert "A write-off needs a reason." in client.submit(f"{where}/write-off", reason=" ").text
    assert "The transfer has no reference." in client.submit(f"{where}/transfer", reference=" ").text
    with lived.transactions.begin() as store:
        assert store.dunning.case(document).open


def test_after_a_colleagues_change_the_limits_form_keeps_own_entries_and_takes_over_the_rest(scene, client):
    at = "/console/sites/market/limits"
    mine, theirs = (forms_of(client.sign_in("ops").get(at).text, at)[-1].values for _ in range(2))
    looked = forms_of(client.submit(at, **{**theirs, "limit-0": "70", "do": "look"}).text, at)[-1].values
    assert client.submit(at, **{**looked, "do": "keep"}).status_code == 303
    refused = client.submit(at, **{**mine, "power": "40", "panel_name": "Roof", "do": "look"})
    again = forms_of(refused.text, at)[-1].values
    assert refused.status_code == 409 and "Your entries are kept below" in refused.text and "It is now no kW." in refused.text
    assert (again["power"], again["panel_name"], again["limit-0"]) == (["40"], ["Roof"], ["70"])
    refused = client.submit(at, **{**mine, "limit-0": "50", "do": "look"})
    assert forms_of(refused.text, at)[-1].values["limit-0"] == ["50"] and "It is now 70 A." in refused.text


def test_an_invalid_height_is_refused_and_all_entries_stay_in_the_form(lived, client):
    with lived.transactions.begin() as store:
        describe_bay(store, Staff(lived.operator_id, "ops", NOW, lived.ids), lived.evse(2), BayTraits((), 190))
    chosen = {"site": "market", "kind": KIND, "start": "2026-06-01T15:00:00+00:00", "minutes": "240", "energy": "40", "height": "2 m"}
    refused = client.sign_in("ada").submit("/bookings", **chosen, key="k" * 43)
    assert refused.status_code == 400 and 'value="2 m"' in refused.text and 'id="e-height"' in refused.text
    assert '<option value="240" selected' in refused.text and '<option value="40" selected' in refused.text
    assert 'value="2026-06-01T15:00:00+00:00" required checked' in refused.text
    times = client.submit("/bookings/times", **chosen).headers["location"]
    assert 'value="2 m"' in client.get(times).text and "is not a height in centimetres" in client.get(times).text


def test_a_datev_export_over_two_years_is_refused_and_the_entries_stay_in_the_form(lived, client):
    client.sign_in("ops")
    days = {"start": "2025-12-01", "end": "2026-06-01", "consultant": "1234", "client": "x", "chart": "SKR04"}
    refused = client.get("/console/ledger/datev", params=days)
    assert refused.status_code == 400 and 'value="2025-12-01"' in refused.text and 'value="1234"' in refused.text
    assert 'id="e-client"' in refused.text and "<option selected>SKR04" in refused.text
    assert "must lie in one year" in client.get("/console/ledger/datev", params={**days, "client": "1"}).text
    refused = client.submit("/console/ledger/months/2026-05/reopen", reason="A bill was missing")
    assert refused.status_code == 409 and "May 2026 is already open" in refused.text
