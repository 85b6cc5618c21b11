"""A clearing file that was read: a payment's row and its payout, one of another amount, and one of nothing we know."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

from forecourt.billing import Invoice
from forecourt.flows.desk import Staff
from forecourt.flows.paying import clear, explain_finding, mark_clearing_read, reconcile
from forecourt.flows.ports import Store
from forecourt.kernel import Money, PaymentId
from forecourt.payments import Captured, ClearingLine, Payback, Payment, RowKind

from .conftest import Scene

PAYOUT = "po_00000001"


def owed_back(store: Store, payback_id: UUID, bill: Invoice, amount: Money, at: datetime) -> Payback:
    """What is to go back by transfer of a payment by card, as its bill says."""
    state = Captured(bill.due, "pi_back", at, Money.zero(bill.currency))
    payment = Payment(PaymentId(bill.id), bill.operator_id, bill.driver_id, "pm_1", bill.currency, at, state)
    store.payments.put(payment)
    one = Payback(payback_id, bill.operator_id, bill.driver_id, payment.id, bill.id, bill.number, amount, at)
    store.paybacks.put(one)
    return one


def reconciled(scene: Scene, bill: str) -> SimpleNamespace:
    """bill: the number of one that was paid by card. finding: an open one; payment: what it is about. Another one is explained."""
    now, cents = scene.clock.at, Money(1, "EUR")
    with scene.transactions.begin() as store:
        paid = store.documents.by_number(scene.operator_id, bill)
        (payment,) = store.payments.of_document(paid.id)
        at, fee, zero = payment.made_at, Money(20, "EUR"), Money.zero("EUR")
        right = ClearingLine("clr_1", payment.id, payment.taken + cents, fee, at, payout=PAYOUT)
        lines = [right, ClearingLine("clr_2", PaymentId(UUID(int=4)), Money(770, "EUR"), zero, at)]
        lines += [ClearingLine("clr_3", None, -right.net, zero, at, RowKind.PAYOUT, PAYOUT)]
        clear(store, lines, now, scene.ids)
        reconcile(store, now + timedelta(hours=7))
        mark_clearing_read(store, now, now)
        found = {one.doubt.subject: one for one in store.clearing.open_findings(scene.operator_id)}
        staff = Staff(scene.operator_id, "ops", now, scene.ids)
        explain_finding(store, staff, found["clr_2"].id, "A test of the processor's own, as its support says.")
    return SimpleNamespace(payment=payment.id, finding=found[f"{payment.id}/in"].id)
