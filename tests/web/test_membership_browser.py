"""In a real browser: a membership whose fee cannot be charged ends, and is joined again after payment."""

from datetime import timedelta

import pytest

from forecourt.flows.offers import queue_renewals
from forecourt.jobs.ports import WorkerPorts
from forecourt.jobs.tasks import Tasks

from .page_checks import check_page
from .test_browser import address, chromium, visit  # noqa: F401 - fixtures
from .test_debts_browser import bank_answers
from .test_offers_browser import filled

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
PHONE = {"width": 390, "height": 844}


def a_month_on(lived) -> None:
    """Runs the worker's renewals of memberships one month later."""
    lived.clock.at += timedelta(days=31)
    with lived.transactions.begin() as store:
        queue_renewals(store, lived.operator_id, lived.clock.at, lived.ids)
    works(lived)


def works(lived) -> None:
    """Runs the tasks that are due, and those they add."""
    tasks = Tasks(WorkerPorts(lived.transactions, lived.clock, lived.ids, None, None, None))
    while True:
        with lived.transactions.begin() as store:
            due = store.outbox.claim("task", lived.clock.at, 100, 20.0)
        if not due:
            return
        tasks.run_all(due)


def test_a_membership_month_whose_payment_fails_ends_the_membership_until_it_is_paid(chromium, address, lived):  # noqa: F811
    ops = visit(chromium, address, "ops").new_page()
    ops.goto(f"{address}/console/offers")
    filled(ops, "New plan", title="Market Plus", fee="9.90", vat="19", percent="10")
    ada = visit(chromium, address, "ada", viewport=PHONE).new_page()
    ada.goto(f"{address}/membership")
    ada.get_by_role("button", name="Join Market Plus").click()
    works(lived)
    bank_answers(lived, says=True)
    a_month_on(lived)
    bank_answers(lived, says=False)
    check_page(ada, address, "/membership")
    assert "We could not charge €9.90 for this month of Market Plus" in ada.get_by_role("alert").inner_text()
    a_month_on(lived)
    ada.set_viewport_size(PHONE)
    ada.goto(f"{address}/membership")
    assert "Market Plus ended on Sat 1 Aug 2026" in ada.get_by_role("alert").inner_text()
    ada.get_by_role("button", name="Join Market Plus").click()
    assert "Pay it, and you can join again." in ada.get_by_role("alert").inner_text()
    ada.get_by_role("link", name="Pay now").click()
    ada.get_by_role("button", name="Pay €9.90").click()
    bank_answers(lived, says=True)
    ada.goto(f"{address}/membership")
    ada.get_by_role("button", name="Join Market Plus").click()
    ada.get_by_text("You have Market Plus").wait_for()
    assert not ada.get_by_role("alert").count()
    with lived.transactions.begin() as store:
        assert store.ledger.sum_minor("EUR") == 0
