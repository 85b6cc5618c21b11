"""What a site earned in a month, after fees, in the console."""

import csv
import io
from decimal import Decimal

from forecourt.kernel import Money, PaymentId
from forecourt.ledger import AccountKind
from forecourt.payments import Captured, ClearingLine, Payment
from forecourt.settlement import clearing_txn

AT = "/console/earnings?month=2026-06"


def fee_of(scene, number):
    """A bill is paid by card, and its row of the clearing file tells of 20 ct."""
    at = scene.clock.at
    with scene.transactions.begin() as store:
        bill = store.documents.by_number(scene.operator_id, number)
        state = Captured(bill.due, "pi_9", at, Money.zero(bill.currency))
        payment = Payment(
            PaymentId(scene.ids.new(at)), bill.operator_id, bill.driver_id, "pm_1", bill.currency, at, state, document_id=bill.id
        )
        store.payments.put(payment)
        store.ledger.post(clearing_txn(payment, ClearingLine("clr_9", payment.id, bill.due, Money(20, "EUR"), at)))


def test_site_earnings_are_revenue_less_card_fees(lived, client):
    fee_of(lived, "INV-2026-000003")
    with lived.transactions.begin() as store:
        site = store.stations.site(store.documents.by_number(lived.operator_id, "INV-2026-000003").content.site_id)
        revenue = -sum(one.minor for one in store.ledger.trial_balance(lived.operator_id, AccountKind.REVENUE))
    page = client.sign_in("ops").get(f"{AT}&site={site.slug}").text
    assert "Earnings for June 2026" in page and "Card processing fees" in page and "provisional" in page
    rows = list(csv.DictReader(io.StringIO(client.get(f"{AT}&form=csv").text)))
    assert sum(Decimal(row["net"]) for row in rows) == Decimal(revenue) / 100
    (row,) = [one for one in rows if one["site"] == site.name]
    assert row["processor_fees"] == "-0.20" and Decimal(row["left"]) == Decimal(row["net"]) - Decimal("0.20")
    assert sum(Decimal(row[kind]) for kind in ("energy", "charging_time", "idle_time", "session_fee")) <= Decimal(row["net"])


def test_a_month_without_entries_is_empty_and_an_invalid_month_refused(lived, client):
    ops = client.sign_in("ops")
    assert "No earnings in this month" in ops.get("/console/earnings?month=2026-02").text
    assert "No earnings in this month" in ops.get(f"{AT}&site=elsewhere").text
    assert ops.get("/console/earnings").status_code == 200 and ops.get("/console/earnings?month=June").status_code == 400
