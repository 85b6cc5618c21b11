"""REST for what a driver owes: reading it, and paying at once."""

from datetime import datetime
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath
from msgspec import Struct

from forecourt.flows.paying import pay_debt
from forecourt.flows.ports import Store
from forecourt.kernel import DocumentId, DriverId
from forecourt.web.api.models import Amount, amount
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.debts import driver_debts


class DueItem(Struct):
    """number: of the unpaid receipt or statement. owed: the open amount, with fees. since: when its payment failed or fell due. level: of
    the last reminder, 0 before the first. blocks: no charge starts until it is paid. why: the last card was refused; may be empty. taken:
    it is being charged right now. bank, reference: for payment by transfer; may be empty."""

    document: UUID
    number: str
    owed: Amount
    since: datetime
    level: int
    blocks: bool
    why: str
    taken: bool
    bank: str
    reference: str


@get("/", sync_to_thread=True, summary="What you owe: bills and statements whose payment failed")
def list_dues(request: WebRequest) -> list[DueItem]:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        return _items(store, driver_id)


@post("/{document_id:uuid}/pay", sync_to_thread=True, status_code=202, summary="Pay it now, from the balance or the stored card")
def pay_due(request: WebRequest, document_id: FromPath[UUID]) -> list[DueItem]:
    """Returns what is then owed. The money is taken only once: sending it again is refused (409, `being_paid`) while the card is asked,
    and (409, `paid_already`) once it is paid.
    """
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        pay_debt(store, driver_id, DocumentId(document_id), ports.clock.now(), ports.ids)
        return _items(store, driver_id)


def _items(store: Store, driver_id: DriverId) -> list[DueItem]:
    return [
        DueItem(
            document=one.case.document_id,
            number=one.case.number,
            owed=amount(one.case.owed),
            since=one.case.since,
            level=one.case.level,
            blocks=one.case.blocks,
            why=one.reason,
            taken=one.being_charged,
            bank=one.bank,
            reference=one.reference,
        )
        for one in driver_debts(store, driver_id)
    ]


routes = Router("/api/v1/dues", tags=["Bills"], guards=[signed_in], route_handlers=[list_dues, pay_due])
