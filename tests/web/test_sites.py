"""Sites in the console: added, and described anew; what bills depend on stays once there are any."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from forecourt.kernel import ChargerId
from forecourt.stations import CardsTold, OfflineCards

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
NEW = {"name": "Hof", "slug": "hof", "country": "de", "zone": "Europe/Berlin", "currency": "eur", "latitude": "52,53", "limit_kw": "22"}


def site(scene, slug="hof"):
    with scene.transactions.begin() as store:
        return store.stations.site_by_slug(slug)


def test_a_site_is_added_with_its_limit(scene, client):
    assert 'value="Europe/Berlin"' in client.sign_in("ops").get("/console/new-site").text
    assert client.submit("/console/new-site", **NEW).headers["location"] == "/console/sites/hof"
    made = site(scene)
    assert (made.name, made.country, made.currency, str(made.latitude), made.power_limit_w) == ("Hof", "DE", "EUR", "52.53", 22_000)
    assert "Site added" in client.get("/console/audit").text
    assert "hof" not in client.get("/").text  # nobody can charge there yet


@pytest.mark.parametrize(
    ("field", "typed"),
    [("slug", "Two words"), ("slug", "market"), ("name", " "), ("country", "Germany"), ("zone", "Mars/Base"), ("currency", "euro"),
     ("latitude", "north"), ("longitude", "200"), ("limit_kw", "0"), ("limit_kw", "much")],
)  # fmt: skip
def test_a_wrong_field_is_told_where_it_stands_and_nothing_typed_is_lost(scene, client, field, typed):
    wrong = client.sign_in("ops").submit("/console/new-site", **{**NEW, field: typed})
    assert wrong.status_code == 400 and f'id="e-{field}"' in wrong.text
    assert [one for one in {**NEW, field: typed}.values() if f'value="{one}"' not in wrong.text] == []
    assert site(scene, "hof") is None


def test_name_address_and_position_change_at_any_time(scene, client):
    shown = client.sign_in("ops").get("/console/sites/market/details").text
    assert "there are charges or tariffs that depend on them" in shown and 'name="currency"' not in shown
    form = {"name": "Old Market", "address": "Marktplatz 5", "latitude": "52.5", "longitude": "13.3"}
    assert client.submit("/console/sites/market/details", **form).status_code == 303
    after = site(scene, "market")
    assert (after.name, after.address, str(after.longitude), after.currency) == ("Old Market", "Marktplatz 5", "13.3", "EUR")
    assert "name Market Square → Old Market" in client.get("/console/audit").text


def test_what_bills_depend_on_stays_even_if_somebody_sends_it(scene, client):
    form = {"name": "Market", "currency": "CHF"}
    refused = client.sign_in("ops").submit("/console/sites/market/details", **form)
    assert refused.status_code == 400 and "which depend on its currency" in refused.text
    assert site(scene, "market").currency == "EUR"


def test_a_site_without_charges_and_tariffs_may_move_to_another_zone(scene, client):
    client.sign_in("ops").submit("/console/new-site", **NEW)
    shown = client.get("/console/sites/hof/details").text
    assert 'name="zone"' in shown
    client.submit("/console/sites/hof/details", **{**NEW, "zone": "Europe/Vienna", "country": "AT"})
    assert (site(scene).zone, site(scene).country) == ("Europe/Vienna", "AT")


def test_which_cards_its_chargers_know_is_chosen_for_a_site_and_each_charger_says_what_became_of_it(scene, client):
    assert client.sign_in("ops").submit("/console/sites/market/offline-cards", which="REGULARS").status_code == 303
    assert site(scene, "market").offline_cards is OfflineCards.REGULARS
    assert "Cards that chargers know changed" in client.get("/console/audit").text
    said = {
        "It is told as soon as it has contact.": CardsTold(),
        "It is being told 2 cards.": CardsTold(9, 1, "x", 2, NOW),
        "It knows 1 card, as of": CardsTold(9, 1, "x", 1, NOW, taken=True, holds=True),
        "It took no list of cards (NotSupported)": CardsTold(9, 1, "", 1, NOW, refused="NotSupported"),
    }
    for words, cards in said.items():
        with scene.transactions.begin() as store:
            store.stations.put_charger(replace(store.stations.charger(ChargerId("CP-01")), cards=cards))
        assert words in client.get("/console/chargers/CP-01").text
    assert client.submit("/console/sites/market/offline-cards", which="EVERY").status_code == 400
