"""What is wrong with a form stands beside its field too, and the words above the form lead there."""

import re

import pytest

from .offers_scene import with_offers

PLAN = {"title": "Plus", "fee": "9.90", "vat": "19", "percent": "10"}
COUPON = {"title": "May", "kind": "amount", "worth": "5", "days": "30", "each": "1"}
PARTNER = {"name": "Kiosk", "email": "k@example.org", "password": "x" * 12}
LINES = {"day": "2026-06-01", "currency": "EUR", "reason": "Fee", "account-0": "BANK", "debit-0": "1", "account-1": "BANK_FEES"}
RATE = {"seen": "", "percent-0": "7", "tax-0": "1771"}
WRONG = [
    ("/console/offers/plans", PLAN | {"fee": "ten"}, "plan-fee"),
    ("/console/offers/coupons", COUPON | {"days": "0"}, "coupon-days"),
    ("/console/offers/coupons", COUPON | {"title": " "}, "coupon-title"),
    (
        "/console/offers/partners",
        PARTNER | {"handle": "No Handle"},
        "partner-handle",
    ),
    ("/console/offers/new", {"title": "Coffee", "kind": "gift", "worth": "much"}, "offer-worth"),
    ("/console/sites/market/energy-costs", {"working_day": "noon 0.1", "earns": "0.4"}, "working_day"),
    ("/console/sites/market/energy-costs", {"working_day": "0:00 0.1", "earns": ""}, "earns"),
    ("/console/ledger/by-hand", LINES | {"credit-1": "one"}, "credit-1"),
    ("/console/ledger/by-hand", LINES | {"credit-1": "1", "reason": " "}, "reason"),
    ("/console/ledger/accounts", RATE | {"tax-0": "38x"}, "tax-0"),
    ("/console/ledger/accounts", RATE | {"percent-0": ""}, "percent-0"),
    ("/console/ledger/accounts", RATE | {"percent-1": "7,0", "tax-1": "1772"}, "percent-1"),
    ("/console/chargers/CP-01/retire-later", {"from_day": "2099-01-01"}, "from_day"),
]


@pytest.mark.parametrize(("action", "typed", "field"), WRONG)
def test_each_error_is_shown_at_its_field_and_linked_from_the_summary_above(scene, client, action, typed, field):
    if action == "/console/offers/new":
        typed = typed | {"partner": str(with_offers(scene).parking.partner_id)}
    if action == "/console/ledger/by-hand":
        typed = typed | {"key": "00000000-0000-0000-0000-000000000099"}
    page = client.sign_in("ops").submit(action, **typed).text
    assert stands_at(page, field)


def stands_at(page: str, field: str) -> bool:
    """A word of what is wrong, at that field alone, to which the words above the form lead."""
    told = re.search(rf'<span class="error" id="e-{field}">([^<]+)', page)
    marked = page.count('aria-invalid="true"') == 1 and re.search(rf'id="f-{field}"[^>]*aria-describedby="[^"]*e-{field}"', page)
    return bool(told and marked) and f'href="#f-{field}"' in page
