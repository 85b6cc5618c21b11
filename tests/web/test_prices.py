"""Prices in the console: those in force, the editor with preview, publication under the law, history, groups."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from forecourt.kernel import SiteId
from forecourt.tariffs import number_text
from forecourt.web.frame.sealing import digest
from web.conftest import HARBOUR, KIND, TARIFF

DAY = {
    "site": "market", "scope": "site", "id": "DAY", "currency": "EUR", "tax_included": "NO", "enter": "1", "key": "k1",
    "kind-0": "energy", "price-0": "0,55", "vat-0": "19", "kind-1": "idle-minute", "price-1": "0.05", "vat-1": "19", "after-1": "240",
    "kind-2": "no-show", "price-2": "4", "vat-2": "19", "kind-3": "energy", "price-3": "",
    "sample_kwh": "10", "sample_minutes": "60", "sample_idle": "300",
}  # fmt: skip


def publish(client, **changes: str):
    return client.submit("/console/prices/edit", **DAY | {"action": "publish"} | changes)


def versions(scene, site_id: SiteId):
    with scene.transactions.begin() as store:
        return store.prices.versions(scene.operator_id, site_id)


def test_the_list_shows_prices_in_force_and_sites_without_one(scene, client):
    page = client.sign_in("ops").get("/console/prices?site=market").text
    assert "everyone" in page and "0.41 × 1.19" not in page and "/console/prices/versions/" in page and "no price" not in page
    entry = re.search(r"/console/prices/entries/([0-9a-f-]+)/end", page)
    assert "Running charges keep their price." in client.get(f"/console/prices/entries/{entry[1]}/end").text
    assert client.submit(f"/console/prices/entries/{entry[1]}/end").status_code == 303
    ended = client.get("/console/prices?site=market").text
    assert f"{KIND}: no price at all" in ended and "No one can charge" not in ended and "by card are not billed, until" in ended


def test_a_tariff_is_edited_as_form_lines_and_converted_back(scene, client):
    version = versions(scene, scene.site_id)[0]
    page = client.sign_in("ops").get(f"/console/prices/edit?site=market&version={version.id}").text
    assert 'value="0.34"' in page and 'value="22:00"' in page and 'value="0.04"' in page  # 2.40 an hour is 0.04 a minute
    assert page.count("<details open><summary") == 1, "of many lines the empty one stands open, the others say what they are"
    assert '<span class="soft small">17:00 to 21:00</span></span><strong class="num">0.49</strong>' in page
    assert page.count('class="price-line"') == 1 + sum(len(one["price_components"]) for one in TARIFF["elements"])


def test_the_preview_rates_a_sample_charge_as_billing_does(scene, client):
    token = client.sign_in("ops").token()
    shown = client.post("/console/prices/preview", data=DAY | {"_csrf": token}).text
    # 10 kWh x 0.55 + (60 + 300 - 240) min x 0.05, both x 1.19
    assert "€13.69" in shown and "Compared with the version before it" in shown and "Mess- und Eichgesetz" in shown


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"price-0": "cheap"}, "is not a number"),
        ({"price-0": "", "price-1": "", "price-2": ""}, "Enter at least one price"),
        ({"start-0": "25:00"}, "is not a time of day"),
        ({"step-0": "-1"}, "is not a whole number"),
        ({"vat-1": ""}, "The tax rate is missing."),
        ({"sample_kwh": "many"}, "is not a number"),
        ({"valid_from": "2027-03-28T02:30"}, "The clocks skip 02:30"),
        ({"valid_from": "2026-01-01T00:00"}, "cannot begin in the past"),
        ({"mode": "json", "raw": "{"}, "is not JSON"),
    ],
)
def test_an_invalid_field_is_marked_and_nothing_is_published(scene, client, wrong, words):
    token = client.sign_in("ops").token()
    assert words in client.post("/console/prices/preview", data=DAY | wrong | {"_csrf": token}).text
    answer = publish(client, **wrong)
    assert "sample_kwh" in wrong or (answer.status_code == 400 and words in answer.text and len(versions(scene, scene.site_id)) == 1)


def test_a_version_is_scheduled_shown_with_its_changes_and_withdrawn(scene, client):
    client.sign_in("ops")
    answer = publish(client, valid_from="2026-07-01T06:00")
    page = client.get(answer.headers["location"]).text
    assert "Scheduled" in page and "ops@example.org" in page and "<del>" in page and "Energy (22:00 to 06:00)" in page
    old, new = versions(scene, scene.site_id)
    assert old.valid_to == new.valid_from and number_text(new.tariff.elements[0].components[0].price) == "0.55"
    assert publish(client, valid_from="2026-07-01T06:00").headers["location"] == answer.headers["location"]  # the same form twice
    assert client.submit(f"/console/prices/versions/{new.id}/withdraw").status_code == 303
    assert "Withdrawn" in client.get(answer.headers["location"]).text and versions(scene, scene.site_id)[0].valid_to is None
    assert "Tariff version published" in (log := unescape(client.get("/console/audit").text)) and "Tariff version withdrawn" in log


def test_an_unlawful_tariff_is_refused_with_its_citation(scene, client):
    client.sign_in("ops")
    answer = publish(client, **{"kind-0": "time-minute"})
    assert answer.status_code == 409 and "Preisangabenverordnung" in answer.text and "Not allowed" in answer.text
    assert len(versions(scene, scene.site_id)) == 1


def test_the_preview_names_unchecked_legal_facts_and_qr_codes_satisfy_payment_rules_below_50_kw(scene, client):
    token = client.sign_in("ops").token()
    form = {"data": DAY | {"_csrf": token}}
    before = unescape(client.post("/console/prices/preview", **form).text)
    assert "Not checked: Of the charging point it is not known: all its means of payment, the day it was installed." in before
    assert "Check it. Offer one of card-reader, contactless, qr-code." in before and "Not allowed" not in before
    client.submit("/console/sites/market/codes")
    assert "Not checked" not in client.post("/console/prices/preview", **form).text
    assert publish(client).status_code == 303


def test_a_tariff_can_be_published_as_json(scene, client):
    version = versions(scene, scene.site_id)[0]
    page = client.sign_in("ops").get(f"/console/prices/edit?site=market&mode=json&version={version.id}").text
    assert "textarea" in page and "&#34;price_components&#34;" in page
    raw = version.source.replace("0.41", "0.43")
    answer = publish(client, mode="json", raw=raw)
    assert answer.status_code == 303 and versions(scene, scene.site_id)[-1].source == raw


def test_a_form_line_is_added_by_a_button_without_scripts(scene, client):
    client.sign_in("ops")
    more = client.submit("/console/prices/edit", **DAY | {"action": "more"})
    assert more.status_code == 200 and 'name="kind-3"' in more.text and 'value="0,55"' in more.text
    assert "€13.69" in client.submit("/console/prices/edit", **DAY | {"action": "look"}).text


def test_a_price_has_a_name_for_drivers_beside_the_tariff_id(scene, client):
    entry = re.search(r"/console/prices/entries/([0-9a-f-]+)/end", client.sign_in("ops").get("/console/prices?site=market").text)
    client.submit(f"/console/prices/entries/{entry[1]}/end")
    assert publish(client, id="MKT-7", name="Daytime").status_code == 303
    place = client.get("/api/v1/sites/market", headers={"authorization": "Bearer api-bob"}).json()
    assert place["quote"]["because"].startswith("Price 'Daytime', valid since")


def test_a_fleet_has_its_own_price(scene, client):
    client.sign_in("ops")
    publish(client, id="FLEET", enter="", **{"price-0": "0.30"})
    form = {"site": "market", "scope": "site", "name": "Fleet", "tariff": "FLEET", "plan": "acme", "key": "k2"}
    assert client.submit("/console/prices/entries/new", **form).status_code == 303
    assert client.submit("/console/prices/members", site="market", group="acme", email="ada@example.org").status_code == 303
    assert "with plan acme" in client.get("/console/prices?site=market").text
    ada = client.get("/api/v1/sites/market?energy_wh=10000", headers={"authorization": "Bearer api-ada"}).json()
    bob = client.get("/api/v1/sites/market?energy_wh=10000", headers={"authorization": "Bearer api-bob"}).json()
    assert ada["quote"]["total"]["amount"] == "3.57" and bob["quote"]["total"]["amount"] == "5.47"
    assert ada["quote"]["because"] == "Member price 'Fleet', valid since 1 June 2026"
    assert client.submit("/console/prices/members", site="market", group="acme", email="ada@example.org", action="end").status_code == 303


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"name": ""}, 400), ({"plan": ""}, 409), ({"tariff": "NONE"}, 409), ({"priority": "first"}, 400), ({"channel": "x"}, 400)],
)
def test_an_invalid_price_entry_is_refused_and_stays_in_the_form(scene, client, wrong, status):
    form = {"site": "market", "scope": "site", "name": "Fleet", "tariff": "DAY", "plan": "acme", "key": "k3"}
    answer = client.sign_in("ops").submit("/console/prices/entries/new", **form | wrong)
    assert answer.status_code == status and 'name="valid_from"' in answer.text


GROUPS = "/console/prices/groups"
CLASSES = {"class-0": "AC", "below-0": "23", "class-1": "DC", "below-1": "150", "class-2": "HPC"}


def grouped(client, **fields: str):
    seen = re.search(r'name="seen" value="([^"]*)"', client.get(f"{GROUPS}?site=market").text).group(1)
    return client.submit(GROUPS, **{"site": "market", "seen": seen} | CLASSES | fields)


def test_socket_kinds_can_be_grouped_for_prices(scene, client):
    client.sign_in("ops")
    assert grouped(client, **{"group-0": "Roof"}).status_code == 303
    assert 'value="Roof"' in client.get(f"{GROUPS}?site=market").text
    assert '<option value="Roof">' in client.get("/console/prices/entries/new?site=market").text


def test_operators_define_speed_classes_for_prices(scene, client):
    """They may stand in any order; a price for one of them holds at sockets of that speed."""
    client.sign_in("ops")
    classes = {"class-0": "Fast", "below-0": "", "class-1": "Slow", "below-1": "7", "class-2": ""}
    assert grouped(client, **classes).status_code == 303
    assert '<option value="Fast">Fast, 7 kW and above' in client.get("/console/prices/entries/new?site=market").text
    publish(client, id="FAST", enter="", **{"price-0": "0.60"})
    form = {"site": "market", "scope": "site", "name": "Fast", "tariff": "FAST", "power_class": "Fast", "key": "k9"}
    assert client.submit("/console/prices/entries/new", **form).status_code == 303
    refused = grouped(client)
    assert refused.status_code == 400 and "The price &#39;Fast&#39; is for &#39;Fast&#39;." in refused.text


@pytest.mark.parametrize(
    "wrong", [{"below-2": "400"}, {"below-1": "23"}, {"class-1": "AC"}, {"class-0": ""}, {"below-0": "many"}, {"below-0": "0"}]
)
def test_speed_classes_with_a_gap_are_refused_and_the_entries_stay(scene, client, wrong):
    client.sign_in("ops")
    answer = grouped(client, **{"group-0": "Roof garden"} | wrong)
    assert answer.status_code == 400 and 'value="Roof garden"' in answer.text


def test_saving_socket_groups_that_a_colleague_changed_is_refused(scene, client):
    client.sign_in("ops")
    answer = client.submit(GROUPS, site="market", seen="old", **{"group-0": "Roof"} | CLASSES)
    assert answer.status_code == 409 and 'value="Roof"' not in answer.text


def test_receipts_and_site_pages_state_which_price_applies_and_why(lived, client):
    assert "Price &#39;DAY&#39;, valid since 2 May 2026" in client.sign_in("ada").get("/receipts/INV-2026-000003").text
    assert "Price &#39;DAY&#39;" in client.get("/sites/market").text
    client.sign_in("ops")
    page = client.get("/console/documents/INV-2026-000003").text
    trace = client.get("/console/sessions/" + page.split("/console/sessions/")[1].split('"')[0]).text
    assert "Price &#39;DAY&#39;" in trace and "/console/prices/versions/" in trace


def test_the_week_chart_shows_where_the_next_version_takes_over(scene, client):
    client.sign_in("ops")
    publish(client, valid_from=(scene.clock.at + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"))
    version = versions(scene, scene.site_id)[0]
    page = client.get(f"/console/prices/versions/{version.id}").text
    assert "0.6545" in page and "0.4046" in page and "now-mark" in page  # 0.55 and 0.34, VAT included


def test_price_versions_of_unknown_or_foreign_sites_answer_404(scene, client):
    assert client.sign_in("ops").get(f"/console/prices/versions/{HARBOUR}").status_code == 404
    assert client.get("/console/prices?site=nowhere").status_code == 404
    assert client.sign_in("ada").get("/console/prices").status_code == 403


OPS = {"authorization": "Bearer api-ops"}
SOURCE = {**TARIFF, "elements": [{"price_components": [{"type": "ENERGY", "price": 0.33, "vat": 19}]}]}


def test_programs_publish_versions_and_entries_idempotently(scene, client):
    with scene.transactions.begin() as store:
        sign_in = store.drivers.sign_in(digest("ops"))
        store.drivers.put_sign_in(replace(sign_in, digest=digest("api-ops"), api=True))
    body = {"site": "market", "tariff": SOURCE, "valid_from": "2026-07-01T00:00:00Z"}
    first, again = (client.post("/api/v1/tariffs", json=body, headers=OPS | {"Idempotency-Key": "a"}) for _ in range(2))
    assert first.status_code == again.status_code == 201 and first.json() == again.json() and first.json()["state"] == "scheduled"
    assert [one.split(":")[0] for one in first.json()["not_checked"]] == ["eu-afir-payment"]  # no code is at its sockets yet
    assert [one["state"] for one in client.get("/api/v1/tariffs?site=market", headers=OPS).json()] == ["current", "scheduled"]
    assert client.delete(f"/api/v1/tariffs/{first.json()['id']}", headers=OPS).json()["state"] == "withdrawn"
    entry = {"site": "market", "name": "Fleet", "tariff_id": "DAY", "plan": "acme", "channel": "contract"}
    made = client.post("/api/v1/prices", json=entry, headers=OPS)
    listed = client.get("/api/v1/prices?site=market", headers=OPS).json()
    assert made.status_code == 201 and {one["name"] for one in listed} == {"DAY", "Fleet"}
    assert made.json()["not_checked"] == listed[0]["not_checked"] == []
    anybody = client.post("/api/v1/prices", json=entry | {"name": "Late", "channel": "adhoc", "plan": "", "priority": -1}, headers=OPS)
    assert [one.split(":")[0] for one in anybody.json()["not_checked"]] == ["eu-afir-payment"]
    assert client.post("/api/v1/prices", json=entry | {"plan": "other"}, headers=OPS).json()["code"] == "price_tie"
    assert client.delete(f"/api/v1/prices/{made.json()['id']}", headers=OPS).status_code == 200
    unlawful = {**SOURCE, "elements": [{"price_components": [{"type": "TIME", "price": 6}]}]}
    refused = client.post("/api/v1/tariffs", json=body | {"tariff": unlawful}, headers=OPS)
    assert refused.status_code == 409 and "Preisangabenverordnung" in refused.json()["detail"]
    assert client.get("/api/v1/tariffs", headers={"authorization": "Bearer api-ada"}).status_code == 403
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    assert {"get", "post"} <= set(paths["/api/v1/tariffs"]) & set(paths["/api/v1/prices"])


HOLIDAYS = {
    "kind-3": "energy", "price-3": "0.30", "vat-3": "19", "region": "DE-BE", "closed": "2026-12-24",
    "start-0": "16:00", "end-0": "21:00", "holidays-0": "as_sunday", **{f"day-0-{day}": "1" for day in range(5)},
}  # fmt: skip


def test_a_weekday_price_can_treat_public_holidays_as_sundays_and_lists_them(scene, client):
    client.sign_in("ops")
    page = client.get(publish(client, **HOLIDAYS).headers["location"]).text
    assert "Mon to Fri, holidays as Sundays" in page and "public holidays of DE-BE to the end of 2036 and 1 day added by you" in page
    version = versions(scene, scene.site_id)[-1]
    again = client.get(f"/console/prices/edit?site=market&version={version.id}").text
    assert '<option value="as_sunday" selected>' in again and '<option value="DE-BE" selected>' in again and 'value="2026-12-24"' in again


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"region": "", "closed": ""}, "which days are they?"),
        ({"closed": "24.12."}, "is not a day"),
        ({f"day-0-{day}": "1" for day in range(7)}, "including Sundays"),
        ({"holidays-0": "perhaps"}, "rule for holidays is unknown"),
        ({"region": "DE-XX"}, "There is no calendar of public holidays"),
    ],
)
def test_invalid_holidays_are_marked_at_their_field(scene, client, wrong, words):
    client.sign_in("ops")
    answer = publish(client, **HOLIDAYS | wrong)
    assert answer.status_code == 400 and words in unescape(answer.text) and len(versions(scene, scene.site_id)) == 1


def test_the_form_line_with_an_invalid_field_is_expanded(client):
    lines = {f"{name}-{n}": value for n in range(6) for name, value in (("kind", "energy"), ("price", f"0.{40 + n}"), ("vat", "19"))}
    client.sign_in("ops")
    page = publish(client, **{**lines, "price-4": "cheap"}).text
    opened = [one.split("</legend>")[0] for one in page.split('<legend class="hidden-visually">')[1:] if "<details open>" in one]
    assert opened == ["Price 5", "Price 7"] and 'id="e-price-4"' in page


def test_a_price_including_tax_is_listed_to_four_decimals_beside_the_entered_one(client):
    client.sign_in("ops")
    page = client.get(publish(client, id="FINE", enter="", **{"price-0": "0.495"}).headers["location"]).text
    assert "<strong>0.5891</strong>" in page and "0.495 without VAT" in page and "0.58905" not in page.split("Where it applies")[0]
