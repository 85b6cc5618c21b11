"""REST for memberships, codes and vouchers: the pages' flows, their limits on guessing, their errors as problem documents."""

from datetime import timedelta
from decimal import Decimal

import pytest

from forecourt.flows.billing import rate_and_invoice
from forecourt.flows.desk import Staff
from forecourt.flows.offers import PlanTerms, publish_plan
from forecourt.kernel import Money
from forecourt.offers import DiscountRule

from .conftest import NOW
from .offers_scene import with_offers

ADA, BOB, TILL = ({"authorization": f"Bearer api-{name}"} for name in ("ada", "bob", "till"))
WINDOW = {"site": "market", "kind": "Type 2 11 kW", "start": "2026-06-01T13:00:00Z", "end": "2026-06-01T15:00:00Z", "energy_wh": 10_000}


@pytest.fixture
def offered(scene):
    return with_offers(scene)


def code_of(client, path, body, who, **headers):
    return client.post(f"/api/v1{path}", json=body, headers=who | headers)


def billed(scene):
    """Ada charges 7.2 kWh an hour for two hours, parks for half an hour, and is billed."""
    with scene.transactions.begin() as store:
        token = store.drivers.tokens_of(scene.ada)[0].uid
    scene.charge(3, token, scene.clock.at, 150, 7_200, end=True, rest=30)
    with scene.transactions.begin() as store:
        (record,) = store.sessions.records_of(scene.ada)
        return rate_and_invoice(store, record.session_id, scene.clock.at + timedelta(hours=3), scene.ids)


def test_a_driver_lists_plans_joins_one_once_changes_to_another_and_leaves(offered, client):
    listed = client.get("/api/v1/plans", headers=ADA).json()
    assert [(one["title"], one["fee"]["amount"], one["mine"]) for one in listed] == [
        ("Fleet", "0.00", False),
        ("Market Plus", "9.90", False),
    ]
    assert client.get("/api/v1/membership", headers=ADA).status_code == 404
    body = {"plan": str(offered.plan.id)}
    first, again = (code_of(client, "/membership", body, ADA, **{"Idempotency-Key": "k1"}) for _ in range(2))
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert code_of(client, "/membership", body, ADA).json()["code"] == "member_already"
    fleet = {"plan": str(offered.fleet.id), "code": offered.fleet.join_code}
    assert client.put("/api/v1/membership", json=fleet, headers=ADA).json()["next"] == "Fleet"
    left = client.delete("/api/v1/membership", headers=ADA).json()
    assert left["ends_at"] and left["renews_at"] is None
    assert client.get("/api/v1/membership", headers=BOB).status_code == 404


def test_a_membership_with_free_energy_shows_how_much_of_it_is_used(scene, client):
    terms = PlanTerms("Campus", Money(490, "EUR"), Decimal(19), (DiscountRule(energy_wh=30_000),))
    with scene.transactions.begin() as store:
        plan = publish_plan(store, Staff(scene.operator_id, "ops", NOW, scene.ids), terms)
    joined = code_of(client, "/membership", {"plan": str(plan.id)}, ADA, **{"Idempotency-Key": "k1"})
    assert joined.json()["allowances"] == ["0.00 kWh of 30.0 kWh used"]
    assert joined.json() == client.get("/api/v1/membership", headers=ADA).json()


def test_a_quote_and_a_booking_have_the_members_discount_and_the_coupon(scene, offered, client):
    full = client.post("/api/v1/quotes", json=WINDOW, headers=ADA).json()
    code_of(client, "/membership", {"plan": str(offered.plan.id)}, ADA)
    code_of(client, "/codes", {"code": offered.coupon.code}, ADA)
    quote = client.post("/api/v1/quotes", json=WINDOW, headers=ADA).json()
    assert [line["what"] for line in quote["lines"]][-2:] == ["Discount: Market Plus", "Discount: Welcome"]
    assert float(quote["due"]["amount"]) == pytest.approx(float(full["due"]["amount"]) * 0.9 - 2, abs=0.011)
    booking = code_of(client, "/bookings", WINDOW, ADA).json()
    assert booking["quote"] == quote["due"]


def test_a_coupon_code_is_looked_up_redeemed_once_and_discounted_on_the_receipt(scene, offered, client):
    code = offered.coupon.code
    assert client.get(f"/api/v1/codes/{code}", headers=ADA).json()["title"] == "Welcome"
    assert client.get("/api/v1/benefits", headers=ADA).json() == {"coupons": [], "vouchers": []}
    assert code_of(client, "/codes", {"code": code}, ADA).status_code == 201
    assert code_of(client, "/codes", {"code": code}, ADA).json()["code"] == "coupon_had"
    assert client.get("/api/v1/benefits", headers=ADA).json()["coupons"] == ["Welcome: €2.00 off"]
    invoice = billed(scene)
    receipt = client.get(f"/api/v1/receipts/{invoice.number}", headers=ADA).json()
    assert receipt["due"] == {"amount": str(invoice.due.amount), "currency": "EUR"}
    assert any(line["what"] == "Discount: Welcome" for line in receipt["lines"])


def test_a_partners_parking_voucher_is_used_by_a_driver_and_shown_as_used_to_both(scene, offered, client):
    made = code_of(client, "/partner/vouchers", {"offer": str(offered.parking.id)}, TILL, **{"Idempotency-Key": "till-1"})
    again = code_of(client, "/partner/vouchers", {"offer": str(offered.parking.id)}, TILL, **{"Idempotency-Key": "till-1"})
    assert made.status_code == 201 and made.json() == again.json()
    assert code_of(client, "/codes", {"code": made.json()["code"]}, ADA).status_code == 201
    invoice = billed(scene)
    receipt = client.get(f"/api/v1/receipts/{invoice.number}", headers=ADA).json()
    (paid,) = receipt["paid_by_others"]
    assert paid["what"] == "30 free minutes, paid by Café Strom"
    assert float(receipt["due"]["amount"]) == pytest.approx(float(receipt["total"]["amount"]) + float(paid["amount"]["amount"]))
    span = {"start": NOW.isoformat(), "end": (NOW + timedelta(days=1)).isoformat()}
    (issued,) = client.get("/api/v1/partner/vouchers", params=span, headers=TILL).json()
    assert (issued["code"], issued["state"]) == (made.json()["code"], "used")


def test_an_earned_voucher_is_redeemed_once_and_by_the_partner_only(scene, offered, client):
    billed(scene)
    (coffee,) = client.get("/api/v1/benefits", headers=ADA).json()["vouchers"]
    assert coffee["for_partner"] and client.get("/api/v1/partner/vouchers/", headers=TILL).status_code >= 400
    looked = client.get(f"/api/v1/partner/redemptions/{coffee['code']}", headers=TILL).json()
    assert looked == {"code": coffee["code"], "offer": "Coffee from 5 kWh", "credit": {"amount": "2.40", "currency": "EUR"}}
    taken = code_of(client, "/partner/redemptions", {"code": coffee["code"]}, TILL)
    assert taken.status_code == 201 and taken.json() == looked
    refused = code_of(client, "/partner/redemptions", {"code": coffee["code"]}, TILL)
    assert (refused.status_code, refused.json()["code"]) == (409, "voucher_used")
    assert code_of(client, "/partner/redemptions", {"code": coffee["code"]}, ADA).status_code == 403


GUESSES = [
    ("ada", lambda client, code, _: client.get(f"/api/v1/codes/{code}", headers=ADA)),
    ("ada", lambda client, code, _: code_of(client, "/codes", {"code": code}, ADA)),
    ("ada", lambda client, code, offered: code_of(client, "/membership", {"plan": str(offered.fleet.id), "code": code}, ADA)),
    ("till", lambda client, code, _: client.get(f"/api/v1/partner/redemptions/{code}", headers=TILL)),
    ("till", lambda client, code, _: code_of(client, "/partner/redemptions", {"code": code}, TILL)),
]


@pytest.mark.parametrize(("who", "guess"), GUESSES)
def test_after_ten_wrong_codes_even_a_valid_code_is_refused_with_retry_after(scene, offered, client, who, guess):
    billed(scene)
    with scene.transactions.begin() as store:
        coffee = store.partners.vouchers_of(scene.ada)[0].code
    right = coffee if who == "till" else offered.fleet.join_code
    wrong = ["K7QM-2X9P-4TDA", "K7QM-2X9P-4TDB", "hello"]
    answers = [guess(client, wrong[count % 3], offered).status_code for count in range(10)]
    assert set(answers) <= {400, 404, 409} and 429 not in answers
    stopped = guess(client, right, offered)
    assert (stopped.status_code, stopped.json()["code"]) == (429, "too_many_codes") and int(stopped.headers["retry-after"]) > 800
    assert stopped.headers["content-type"] == "application/problem+json"


def test_wrong_codes_count_per_account_over_pages_and_rest_together(offered, client):
    client.sign_in("ada")
    for _ in range(10):
        client.submit("/codes", code="hello")
    assert client.submit("/codes", code=offered.coupon.code).status_code == 429
    assert code_of(client, "/codes", {"code": offered.coupon.code}, ADA).status_code == 429
    assert code_of(client, "/codes", {"code": offered.coupon.code}, BOB).status_code == 201


def test_after_ten_wrong_codes_a_partners_page_refuses_a_valid_code(scene, offered, client):
    billed(scene)
    with scene.transactions.begin() as store:
        coffee = store.partners.vouchers_of(scene.ada)[0].code
    client.sign_in("till")
    for _ in range(10):
        client.submit("/partners/take", code="hello")
    assert client.submit("/partners/take", code=coffee).status_code == 429


@pytest.mark.parametrize(
    ("path", "body"),
    [("/codes", {}), ("/codes", {"code": ""}), ("/codes", {"code": "x", "more": 1}), ("/membership", {"plan": "x"})],
)
def test_a_malformed_body_is_a_problem_document(offered, client, path, body):
    answer = code_of(client, path, body, ADA)
    assert answer.status_code == 400 and answer.headers["content-type"] == "application/problem+json" and answer.json()["code"]


def test_every_call_for_plans_codes_and_vouchers_has_a_summary_in_openapi(client):
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    for path in ("plans", "membership", "codes", "benefits", "partner/offers", "partner/vouchers", "partner/redemptions"):
        calls = paths[f"/api/v1/{path}"]
        assert all(call["summary"] for call in calls.values())
