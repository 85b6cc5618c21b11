"""REST for the back office: payments, which link a ledger entry's subject to the bill that was paid."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get
from litestar.params import FromPath, QueryParameter
from msgspec import Struct

from forecourt.kernel import PaymentId
from forecourt.payments import DEBIT, PAYER_PRESENT, TRANSFER, WALLET, Payment
from forecourt.web.api.models import Amount, amount
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, staff_only, visitor_of
from forecourt.web.queries.clearing import payment_page
from forecourt.web.queries.statements import statement_by_number

_WAYS = {WALLET: "balance", TRANSFER: "transfer", DEBIT: "debit", PAYER_PRESENT: "page"}


class PaymentItem(Struct):
    """id: as the ledger names it (`subject`). document: the number of the invoice or statement it pays, empty for a top-up and for what was
    only held. way: "card" (a stored one), "page" (one given at the processor's page or a terminal), "balance", "transfer" or "debit".
    state: "holdasked", "atpayer", "withdrawing", "held", "capturing", "releasing", "charging", "captured", "refunding", "released",
    "expired", "declined" or "unknown". taken: what came in. returned: what of it went back since. reference: the processor's, or the
    bank's."""

    id: UUID
    document: str
    driver: UUID
    session: UUID | None
    booking: UUID | None
    top_up: bool
    way: str
    state: str
    made_at: datetime
    captured_at: datetime | None
    taken: Amount
    returned: Amount
    reference: str


@get("/", sync_to_thread=True, summary="The payments of an invoice or a statement, oldest first")
def list_payments(
    request: WebRequest, document: Annotated[str, QueryParameter(max_length=60, description="Its number.")]
) -> list[PaymentItem]:
    """An invoice on a monthly account is paid with its statement."""
    operator = visitor_of(request).operator
    with ports_of(request).transactions.begin() as store:
        invoice = store.documents.by_number(operator, document)
        paid = invoice.id if invoice else statement_by_number(store, operator, document).id
        return [_item(one, document) for one in store.payments.of_document(paid)]


@get("/{payment_id:uuid}", sync_to_thread=True, summary="One payment")
def get_payment(request: WebRequest, payment_id: FromPath[UUID]) -> PaymentItem:
    with ports_of(request).transactions.begin() as store:
        found = payment_page(store, visitor_of(request).operator, PaymentId(payment_id))
        return _item(found.payment, found.number)


def _item(one: Payment, document: str) -> PaymentItem:
    return PaymentItem(
        id=one.id,
        document=document,
        driver=one.driver_id,
        session=one.session_id,
        booking=one.booking_id,
        top_up=one.top_up is not None,
        way=_WAYS.get(one.method, "card"),
        state=one.state_name.lower(),
        made_at=one.made_at,
        captured_at=one.captured_at,
        taken=amount(one.taken),
        returned=amount(one.returned),
        reference=one.reference,
    )


routes = Router("/api/v1/payments", tags=["Back office"], guards=[staff_only], route_handlers=[list_payments, get_payment])
