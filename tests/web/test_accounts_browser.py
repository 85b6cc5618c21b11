"""A fleet on account in a real browser: one monthly statement with every charge, its files, and one payment for it."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest

from forecourt.drivers import Account, Driver, GroupMember, PayBy, Role, SignIn
from forecourt.jobs.account_pdf import AccountPrinter, print_account_statements
from forecourt.kernel import DriverId
from forecourt.web.frame.sealing import digest

from .conftest import NOW
from .page_checks import check_page
from .test_browser import address, chromium, visit  # noqa: F401 - fixtures
from .test_debts_browser import bank_answers, goes_on

pytestmark = pytest.mark.browser


def a_fleet(lived) -> DriverId:
    """A company with an account and a group of two drivers that it will pay for."""
    firm = DriverId(lived.ids.new(NOW))
    with lived.transactions.begin() as store:
        store.drivers.put_driver(Driver(firm, lived.operator_id, "Vans Ltd", "pay@vans.example", "en", PayBy.ACCOUNT, "pm_vans"))
        account = Account(lived.ids.new(NOW), lived.operator_id, "pay@vans.example", Role.DRIVER, "", firm)
        store.drivers.put_account(account)
        ada = store.drivers.sign_in(digest("ada"))
        store.drivers.put_sign_in(SignIn(digest("vans"), account.id, ada.created_at, ada.expires_at))
        members = [one for one in store.drivers.drivers(lived.operator_id) if one.name in ("Driver 1", "Driver 2")]
        for one in members:
            store.drivers.put_member(GroupMember(lived.operator_id, "vans", one.id, NOW - timedelta(days=1)))
    return firm


def test_charges_of_a_fleets_drivers_come_on_one_monthly_statement_that_the_fleet_pays(chromium, address, lived):  # noqa: F811
    firm = a_fleet(lived)
    ops = visit(chromium, address, "ops", viewport={"width": 1280, "height": 900}).new_page()
    ops.goto(f"{address}/console/statements")
    ops.get_by_label("vans, 2 drivers: paid by").fill("pay@vans.example")
    ops.get_by_role("button", name="Save").click()
    ops.get_by_text("Done.").wait_for()
    lived.clock.at += timedelta(days=30)
    goes_on(lived, 1)
    with lived.transactions.begin() as store:
        (statement,) = store.statements.of_driver(firm)
        charged = [one for one in store.documents.recent(lived.operator_id) if one.content.parties.buyer.name in ("Driver 1", "Driver 2")]
    assert statement.due == sum((one.due for one in charged[1:]), charged[0].due)
    print_account_statements(lived.transactions, AccountPrinter())
    lived.clock.at += timedelta(days=1)

    vans = visit(chromium, address, "vans", viewport={"width": 390, "height": 844}).new_page()
    vans.goto(f"{address}/receipts")
    vans.get_by_text(statement.number).click()
    for one in charged:
        assert vans.get_by_text(one.number).is_visible()
    assert vans.request.get(f"{address}/statements/{statement.number}.pdf").body().startswith(b"%PDF")
    rows = list(csv.DictReader(io.StringIO(vans.request.get(f"{address}/statements/{statement.number}.csv").text())))
    assert {row["document"] for row in rows} == {one.number for one in charged} and all(row["socket"] and row["card"] for row in rows)
    assert sum(Decimal(row["due"]) for row in rows) == statement.due.amount
    assert [sum(Decimal(row[name]) for row in rows) for name in ("net", "vat")] == [
        sum(one.net.amount for one in charged), sum(one.content.tax.amount for one in charged),
    ]  # fmt: skip
    check_page(vans, address, f"/statements/{statement.number}"), check_page(ops, address, f"/console/statements/{statement.number}")

    vans.goto(f"{address}/dues")  # the collection was declined
    vans.get_by_role("button", name="Pay").click()
    vans.get_by_text("Your payment is on its way.").first.wait_for()
    bank_answers(lived, says=True)
    vans.goto(f"{address}/receipts")
    assert vans.get_by_text("Paid").first.is_visible()
    ada = visit(chromium, address, "ada").new_page()
    assert ada.goto(f"{address}/statements/{statement.number}").status == 404
    assert ada.request.get(f"{address}/statements/{statement.number}.csv").status == 404
