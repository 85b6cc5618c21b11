"""Sites in the console: adding and editing them; what bills depend on cannot be changed once there are any."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from forecourt.kernel import ChargerId, OperatorId
from forecourt.stations import OfflineCards, PublicFacts, SentCardList, VehicleKind

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
NEW = {"name": "Hof", "slug": "hof", "country": "de", "zone": "Europe/Berlin", "currency": "eur", "latitude": "52,53", "limit_kw": "22"}


def site(scene, slug="hof"):
    with scene.transactions.begin() as store:
        return store.stations.site_by_slug(slug)


def test_a_site_is_added_with_its_power_limit(scene, client):
    assert 'value="Europe/Berlin"' in client.sign_in("ops").get("/console/new-site").text
    assert client.submit("/console/new-site", **NEW).headers["location"] == "/console/sites/hof"
    made = site(scene)
    assert (made.name, made.country, made.currency, str(made.latitude), made.power_limit_w) == ("Hof", "DE", "EUR", "52.53", 22_000)
    assert "Site added" in client.get("/console/audit").text
    assert "hof" not in client.get("/").text  # nobody can charge there yet


def test_a_new_site_lists_what_is_missing_before_charging_is_possible(scene, client):
    """First a charger, then a price; each with the way to it."""
    client.sign_in("ops").submit("/console/new-site", **NEW)
    page = client.get("/console/sites/hof").text
    assert "No chargers yet" in page and 'href="/console/new-charger?site=hof"' in page and "no price" not in page
    socket = {"sockets": "1", "plug-1": "IEC_62196_T2", "supply-1": "three", "voltage_v-1": "230", "max_a-1": "16"}
    assert client.submit("/console/new-charger", id="HOF-1", site="hof", **socket).status_code == 200
    page = client.get("/console/sites/hof").text
    assert "No chargers yet" not in page and "no price at all" in page and 'href="/console/prices?site=hof"' in page


@pytest.mark.parametrize("page", ["prices", "bookings", "queue", "revenue"])
def test_pages_of_an_operator_without_sites_link_to_adding_one(scene, client, page):
    new = OperatorId(UUID(int=7))
    with scene.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(scene.operator_id), id=new, name="Hof"))
        store.drivers.put_account(replace(store.drivers.account(UUID(int=90)), operator_id=new))
    shown = client.sign_in("ops").get(f"/console/{page}")
    assert shown.status_code == 200 and "No sites yet" in shown.text and 'href="/console/new-site"' in shown.text


@pytest.mark.parametrize(
    ("field", "typed"),
    [("slug", "Two words"), ("slug", "market"), ("name", " "), ("country", "Germany"), ("zone", "Mars/Base"), ("currency", "euro"),
     ("region", "US-CA"), ("latitude", "north"), ("longitude", "200"), ("limit_kw", "0"), ("limit_kw", "much")],
)  # fmt: skip
def test_an_invalid_field_is_marked_and_all_entries_stay_in_the_form(scene, client, field, typed):
    wrong = client.sign_in("ops").submit("/console/new-site", **{**NEW, field: typed})
    assert wrong.status_code == 400 and f'id="e-{field}"' in wrong.text
    assert [one for one in {**NEW, field: typed}.values() if f'value="{one}"' not in wrong.text] == []
    assert site(scene, "hof") is None


def test_name_address_and_position_change_at_any_time(scene, client):
    shown = client.sign_in("ops").get("/console/sites/market/details").text
    assert "charges or tariffs depend on them" in shown and 'name="currency"' not in shown
    form = {"name": "Old Market", "address": "Marktplatz 5", "latitude": "52.5", "longitude": "13.3"}
    assert client.submit("/console/sites/market/details", **form).status_code == 303
    after = site(scene, "market")
    assert (after.name, after.address, str(after.longitude), after.currency) == ("Old Market", "Marktplatz 5", "13.3", "EUR")
    assert "name Market Square → Old Market" in client.get("/console/audit").text


def test_public_facts_entered_under_details_appear_in_open_data(scene, client):
    said = {"help_phone": "+49 30 123456", "renewable": "yes", "attended": "no", "disabled_spaces": "2", "car": "on", "lorry": "on"}
    form = {"name": "Market", "latitude": "52.5", "longitude": "13.3"}
    client.sign_in("ops")
    for field, typed in (("help_phone", "030 12"), ("disabled_spaces", "two"), ("attended", "maybe")):
        wrong = client.submit("/console/sites/market/details", **{**form, **said, field: typed})
        assert wrong.status_code == 400 and f'id="e-{field}"' in wrong.text
    assert client.submit("/console/sites/market/details", **form, **said).status_code == 303
    kept = PublicFacts("+49 30 123456", True, False, 2, (VehicleKind.CAR, VehicleKind.LORRY))
    assert site(scene, "market").facts == kept
    shown = client.get("/console/sites/market/details").text
    assert 'value="+49 30 123456"' in shown and shown.count(" checked") == 2 and 'value="no" selected' in shown
    assert "renewable not stated → yes; attended not stated → no" in client.get("/console/audit").text
    told = client.get(f"/open/{scene.operator_id}/datex2/static.xml").text
    assert "<afac:telephoneNumber>+49 30 123456<" in told and "<aegi:renewableSources>true<" in told


def test_the_state_of_a_site_can_be_changed_under_details_even_after_tariffs_exist(scene, client):
    form = {"name": "Market", "latitude": "52.5", "longitude": "13.3"}
    client.sign_in("ops").submit("/console/sites/market/details", **form, region="de-be")
    assert site(scene, "market").region == "DE-BE"
    assert 'value="DE-BE"' in client.get("/console/sites/market/details").text
    assert "region none → DE-BE" in client.get("/console/audit").text


def test_an_unknown_state_is_refused_where_states_have_their_own_laws(scene, client):
    american = {**NEW, "country": "US", "zone": "America/Los_Angeles", "currency": "USD"}
    wrong = client.sign_in("ops").submit("/console/new-site", **american, region="US-CAL")
    assert wrong.status_code == 400 and 'id="e-region"' in wrong.text
    client.submit("/console/new-site", **american, region="us-ca")
    assert site(scene).jurisdiction == "US-CA"


def test_currency_and_other_fields_bills_depend_on_cannot_be_changed_once_used(scene, client):
    form = {"name": "Market", "currency": "CHF"}
    refused = client.sign_in("ops").submit("/console/sites/market/details", **form)
    assert refused.status_code == 400 and "that depend on its currency" in refused.text
    assert site(scene, "market").currency == "EUR"


def test_a_site_without_charges_and_tariffs_may_move_to_another_zone(scene, client):
    client.sign_in("ops").submit("/console/new-site", **NEW)
    shown = client.get("/console/sites/hof/details").text
    assert 'name="zone"' in shown
    client.submit("/console/sites/hof/details", **{**NEW, "zone": "Europe/Vienna", "country": "AT"})
    assert (site(scene).zone, site(scene).country) == ("Europe/Vienna", "AT")


def test_the_offline_cards_of_a_site_are_chosen_and_each_charger_shows_the_state_of_its_list(scene, client):
    assert client.sign_in("ops").submit("/console/sites/market/offline-cards", which="REGULARS").status_code == 303
    assert site(scene, "market").offline_cards is OfflineCards.REGULARS
    assert "Cards stored on chargers changed" in client.get("/console/audit").text
    said = {
        "The list is sent once the charger is online.": SentCardList(),
        "Sending 2 cards.": SentCardList(9, 1, "x", 2, NOW),
        "1 card stored, as of": SentCardList(9, 1, "x", 1, NOW, taken=True, holds=True),
        "The charger refused the card list (NotSupported)": SentCardList(9, 1, "", 1, NOW, refused="NotSupported"),
    }
    for words, cards in said.items():
        with scene.transactions.begin() as store:
            store.stations.put_charger(replace(store.stations.charger(ChargerId("CP-01")), cards=cards))
        assert words in client.get("/console/chargers/CP-01").text
    assert client.submit("/console/sites/market/offline-cards", which="EVERY").status_code == 400
