"""The console's forms for plans, coupons and offers, and what a driver sees of them on the site page."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from forecourt.flows.desk import Staff
from forecourt.flows.offers import PlanTerms, join_plan, revise_plan
from forecourt.kernel import Money
from forecourt.offers import DiscountRule
from forecourt.tariffs import Dimension

from .conftest import HARBOUR, MARKET, NOW
from .forms import forms_of
from .offers_scene import CAFE, with_offers

PLAN = {"title": "Market Plus", "fee": "12.50", "vat": "19", "percent": "15", "free_kwh": "20"}


@pytest.fixture
def offered(scene):
    return with_offers(scene)


def test_a_revised_plan_applies_to_new_members_and_existing_members_keep_their_version(scene, offered, client):
    with scene.transactions.begin() as store:
        join_plan(store, scene.ada, offered.plan.id, "", NOW, scene.ids)
    mine = client.sign_in("ada").get("/membership").text.split("You have ")[1].split("</section>")[0]
    assert "€9.90 a month" in mine and "Renews" in mine and "10 % off." in mine and "leave at the end of any month" in mine
    page = client.sign_in("ops").get(f"/console/offers/plans/{offered.plan.id}").text
    assert 'value="9.90"' in page and 'name="keep"' in page and "Existing members keep the version they bought" in page
    assert client.submit(f"/console/offers/plans/{offered.plan.id}", **PLAN, sites=str(MARKET)).status_code == 303
    with scene.transactions.begin() as store:
        first, second = store.memberships.versions(offered.plan.id)
        (membership,) = store.memberships.of_driver(scene.ada)
        assert membership.term(0).version_id == first.id and store.memberships.plan(offered.plan.id).version_id == second.id
        assert (second.fee, second.sites, second.benefits[0].energy_wh) == (Money(1250, "EUR"), (MARKET,), 20_000)
    assert "Plan changed" in client.get("/console/audit").text


def test_revising_a_plan_keeps_the_benefits_that_its_form_has_no_field_for(scene, offered, client):
    of_energy = DiscountRule(percent=Decimal(4), dimensions=frozenset({Dimension.ENERGY}))
    rich = (DiscountRule(energy_wh=5_000, least_wh=10_000), DiscountRule(percent=Decimal(3)), of_energy)
    with scene.transactions.begin() as store:
        by, terms = Staff(scene.operator_id, "ops", NOW, scene.ids), PlanTerms("Rich", Money(500, "EUR"), None, rich)
        revise_plan(store, by, offered.plan.id, terms)
    address = f"/console/offers/plans/{offered.plan.id}"
    page = client.sign_in("ops").get(address).text
    assert page.count('name="keep"') == 2 and 'name="keep" value="2.0" checked' in page and 'value="4"' in page
    assert client.submit(address, title="Rich", fee="6", percent="5", keep=["2.0", "2.1"]).status_code == 303
    with scene.transactions.begin() as store:
        last = store.memberships.versions(offered.plan.id)[-1]
    assert last.benefits == (rich[0], replace(of_energy, percent=Decimal(5)), rich[1])
    assert client.submit(address, title="Rich", fee="6", percent="5", keep="2.1").status_code == 409


def test_the_form_of_a_plan_in_another_currency_does_not_carry_over_the_old_amounts(scene, offered, client):
    """The same number in another currency is another price."""
    off = (
        DiscountRule(per_kwh=Decimal("0.07")),
        DiscountRule(per_kwh=Decimal("0.03"), least_wh=10_000),
        DiscountRule(percent=Decimal(4), least_wh=9_000),
    )
    with scene.transactions.begin() as store:
        by, terms = Staff(scene.operator_id, "ops", NOW, scene.ids), PlanTerms("Rich", Money(777, "EUR"), None, off)
        revise_plan(store, by, offered.plan.id, terms)
    address = f"/console/offers/plans/{offered.plan.id}"
    assert 'value="7.77"' in client.sign_in("ops").get(address).text
    with scene.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(scene.operator_id), currency="CHF"))
    page = client.get(address).text
    assert "the next one is in CHF" in page and 'value="Rich"' in page and 'value="7.77"' not in page and 'value="0.07"' not in page
    assert 'value="2.1"' not in page and 'name="keep" value="2.2" checked' in page
    assert client.submit(address, title="Rich", fee="6", keep="2.1").status_code == 409


def test_a_plan_can_give_its_members_priority_when_power_is_short(scene, offered, client):
    address = f"/console/offers/plans/{offered.plan.id}"
    assert client.sign_in("ops").submit(address, title="Ahead", fee="3", share="150").status_code == 303
    assert client.submit(address, title="Ahead", fee="3", share="400").status_code == 400
    assert client.submit(address, title="Ahead", fee="3", share="150.9").status_code == 400
    assert 'name="share" type="text" value="150"' in client.get(address).text
    assert "energy needs count 150 % when power is short" in client.get(address).text
    assert "energy needs count 150 % when power is short" in client.sign_in("bob").get("/membership").text


def test_a_plan_without_benefits_is_refused_and_the_form_keeps_its_input(offered, client):
    answer = client.sign_in("ops").submit(f"/console/offers/plans/{offered.plan.id}", title="Only a fee", fee="3,00")
    assert answer.status_code == 400 and "Not saved." in answer.text and 'value="Only a fee"' in answer.text


@pytest.mark.parametrize(
    ("path", "typed", "wrong"),
    [
        ("plans", {"title": "Plus", "percent": "5"}, {"fee": "five"}),
        ("coupons", {"title": "Spring", "budget": "900"}, {"worth": "ten"}),
        ("coupons", {"title": "Summer", "worth": "5"}, {"days": ""}),
        ("partners", {"handle": "kiosk", "address": "Kai 9", "email": "kiosk@example.org"}, {"password": "short"}),
        ("new", {"title": "Tea", "least_kwh": "7.5", "kind": "gift"}, {"partner": str(CAFE), "worth": "two"}),
        ("new", {"title": "Cake", "worth": "2", "kind": "gift"}, {"partner": str(CAFE), "least_kwh": "0.0001"}),
        ("coupons", {"title": "Drop", "kind": "kwh"}, {"worth": "1.0001"}),
    ],
)
def test_a_refused_form_for_an_offer_stays_open_and_keeps_its_input(offered, client, path, typed, wrong):
    answer = client.sign_in("ops").submit(
        f"/console/offers/{path}", **typed, **wrong, **({} if path == "partners" else {"sites": str(HARBOUR)})
    )
    assert answer.status_code == 400 and answer.text.count('<details class="why" open>') == 1
    assert all(f'value="{one}"' in answer.text for one in typed.values())
    assert answer.text.count(" checked><span>Harbour") == (path != "partners")


def test_a_coupon_has_sites_and_a_limit_per_driver(scene, client):
    coupon = {"title": "Harbour", "kind": "percent", "worth": "10", "each": "3"}
    assert client.sign_in("ops").submit("/console/offers/coupons", **coupon, sites=[str(HARBOUR)]).status_code == 303
    assert client.submit("/console/offers/coupons", **{**coupon, "title": "All", "each": "0"}).status_code == 400
    half = client.submit("/console/offers/coupons", **{**coupon, "title": "Half", "most": "0.5"})
    assert half.status_code == 400 and "is not a whole number" in half.text
    with scene.transactions.begin() as store:
        (made,) = store.coupons.coupons(scene.operator_id)
    assert (made.per_driver, made.sites) == (3, (HARBOUR,)) and "at Harbour Car Park" in client.get("/console/offers").text


def test_submitting_the_form_of_a_plan_coupon_or_offer_twice_makes_one(scene, offered, client):
    forms = {
        "plans": {"title": "Twice", "fee": "5", "percent": "5"},
        "coupons": {"title": "Twice", "kind": "percent", "worth": "10"},
        "new": {"partner": str(CAFE), "kind": "minutes", "title": "Twice", "worth": "60", "share": "50"},
    }
    client.sign_in("ops")
    for path, form in forms.items():
        at = f"/console/offers/{path}"
        key = next(one.values["key"][0] for one in forms_of(client.get("/console/offers").text, "/") if one.buttons[0][0] == at)
        for title in ("Twice", "Twice", "Gone back to and changed"):
            assert client.submit(at, **{**form, "title": title}, sites=str(HARBOUR), key=key).status_code == 303
    with scene.transactions.begin() as store:
        whose, partners = scene.operator_id, store.partners
        made = [
            one.title for kind in (store.memberships.plans(whose), store.coupons.coupons(whose), partners.offers(whose)) for one in kind
        ]
    assert (made.count("Twice"), made.count("Gone back to and changed")) == (3, 3)


def test_a_partner_sees_the_error_of_an_invalid_voucher_code_once_at_the_field(offered, client):
    page = client.sign_in("till").submit("/partners/look", code="0000-0000-0000").text
    said = page.split('id="e-code">')[1].split(".")[0]
    assert said and page.count(said) == 1


def test_a_voucher_form_resubmitted_at_once_gives_the_same_voucher_and_later_a_new_one(scene, offered, client):
    form = next(one for one in forms_of(client.sign_in("till").get("/partners").text, "/") if "hand-out" in one.buttons[0][0])
    codes = []
    for wait_s in (0, 1, 60):
        scene.clock.at += timedelta(seconds=wait_s)
        codes += re.findall(r"<figcaption><code>([^<]+)</code>", client.post("/partners/hand-out", data=form.values).text)
    assert codes[0] == codes[1] != codes[2] and len(codes) == 3
    with scene.transactions.begin() as store:
        assert store.partners.offer(offered.parking.id).issued == 2


def test_an_offer_is_shown_at_its_own_sites_only_and_not_while_paused(scene, offered, client):
    client.sign_in("ops")
    offer = {"partner": str(CAFE), "kind": "minutes", "title": "An hour free", "worth": "60", "share": "50"}
    assert client.submit("/console/offers/new", **offer, sites=[str(HARBOUR), str(MARKET)]).status_code == 303
    market, harbour = (client.get(f"/sites/{slug}").text for slug in ("market", "harbour"))
    assert "An hour free" in market and "An hour free" in harbour and "ask for the code" in harbour
    assert "Coffee from 5 kWh" in market and "Coffee from 5 kWh" not in harbour and "Charge at least 5.00 kWh here" in market
    client.submit(f"/console/offers/{offered.coffee.id}/pause", to="pause")
    assert "Coffee from 5 kWh" not in client.get("/sites/market").text


def test_offers_of_a_partner_who_has_left_cannot_be_paused_or_resumed(offered, client):
    client.sign_in("ops")
    pause = f"/console/offers/{offered.coffee.id}/pause"
    assert pause in client.get("/console/offers").text
    assert client.submit(f"/console/offers/partners/{CAFE}/end").status_code == 303
    page = client.get("/console/offers").text
    assert pause not in page and "Café Strom has left" in page


def test_an_offer_at_an_unknown_site_is_refused(offered, client):
    offer = {"partner": str(CAFE), "kind": "minutes", "title": "Elsewhere", "worth": "60", "sites": str(CAFE)}
    assert client.sign_in("ops").submit("/console/offers/new", **offer).status_code == 400


def test_a_member_sees_the_membership_discount_on_the_site_page(scene, offered, client):
    before = client.sign_in("ada").get("/sites/market").text
    with scene.transactions.begin() as store:
        join_plan(store, scene.ada, offered.plan.id, "", NOW, scene.ids)
    after = client.get("/sites/market").text
    assert "Discount: Market Plus" in after and "Discount: Market Plus" not in before


def test_the_vat_rate_of_a_new_plan_defaults_to_the_sellers_rate_and_to_none_when_exempt(scene, client):
    asked = re.compile(r'name="vat"[^>]*value="([^"]*)"|value="([^"]*)"[^>]*name="vat"')

    def rate() -> str:
        found = asked.search(client.get("/console/offers").text)
        return found[1] or found[2] or ""

    client.sign_in("ops")
    taxed = rate()
    with scene.transactions.begin() as store:
        store.stations.put_operator(replace(store.stations.operator(scene.operator_id), vat_exemption="Small business"))
    assert (taxed, rate()) == ("19", "")


@pytest.mark.parametrize("days", ["", "two weeks", "1.5"])
def test_a_partner_form_with_an_invalid_payment_term_is_refused_and_keeps_its_input(offered, client, days):
    answer = client.sign_in("ops").submit(f"/console/offers/partners/{CAFE}", name="Café Süd", pay_within_days=days)
    assert answer.status_code == 422 and 'value="Café Süd"' in answer.text and 'id="e-pay_within_days"' in answer.text
