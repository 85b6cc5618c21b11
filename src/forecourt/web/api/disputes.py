"""REST for the back office: disputed payments (chargebacks), with the evidence for each."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Router, get
from litestar.params import FromPath
from litestar.response import Response
from msgspec import Struct

from forecourt.flows.ports import Store
from forecourt.payments import Dispute
from forecourt.web.api.models import Amount, amount
from forecourt.web.api.openapi_completion import WithZip
from forecourt.web.api.pagination import PAGINATED, PageQuery, page_response
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, staff_only, visitor_of
from forecourt.web.queries.disputes import evidence, own_dispute, paid_for

_HOME = "/api/v1/disputes"


class DisputeItem(Struct):
    """A payment that a cardholder's bank has taken back. id: the processor's. state: "needs_answer", "under_review", "won" or "lost"; a
    verdict may be reversed. fee: what the processor charges for it. reason: the processor's code. answer_by: when evidence is due; null
    = nothing is. payment, document: what is disputed, and the number of the invoice or statement it paid; empty for a top-up.
    blocked_cards: cards blocked because of it. evidence: the address of a zip of the bill, the course of the charge, meter readings and
    the payment."""

    id: str
    state: str
    amount: Amount
    fee: Amount
    reason: str
    opened_at: datetime
    changed_at: datetime
    answer_by: datetime | None
    payment: UUID
    document: str
    driver: UUID
    blocked_cards: list[str]
    evidence: str


@get("/", sync_to_thread=True, **PAGINATED, summary="Disputed payments: open ones first, then decided ones, each latest first")
def list_disputes(request: WebRequest, part: PageQuery) -> Response[list[DisputeItem]]:
    """A dispute that is decided while you read may be missing in the parts that follow: read the list again, or its webhook."""
    with ports_of(request).transactions.begin() as store:
        return page_response(request, store.disputes.page(visitor_of(request).operator, part.newest(50)), lambda one: _item(store, one))


@get("/{name:str}", sync_to_thread=True, operation_class=WithZip, summary="One dispute as JSON; add .zip to its id for its evidence")
def get_dispute(request: WebRequest, name: FromPath[str]) -> Response[DisputeItem]:
    dispute_id, operator = name.removesuffix(".zip"), visitor_of(request).operator
    file: Response[Any]
    with ports_of(request).transactions.begin() as store:
        if dispute_id != name:
            file = Response(evidence(store, operator, dispute_id), media_type="application/zip")
            file.headers["content-disposition"] = f'attachment; filename="{name}"'
            return file
        return Response(_item(store, own_dispute(store, operator, dispute_id)))


def _item(store: Store, one: Dispute) -> DisputeItem:
    paid = paid_for(store, one)
    return DisputeItem(
        id=one.id,
        state=one.state.value.lower(),
        amount=amount(one.amount),
        fee=amount(one.fee),
        reason=one.reason,
        opened_at=one.opened_at,
        changed_at=one.changed_at,
        answer_by=one.answer_by,
        payment=one.payment_id,
        document=paid.number if paid else "",
        driver=one.driver_id,
        blocked_cards=list(one.blocked),
        evidence=f"{_HOME}/{one.id}.zip",
    )


routes = Router(_HOME, tags=["Back office"], guards=[staff_only], route_handlers=[list_disputes, get_dispute])
