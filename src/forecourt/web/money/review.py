"""What needs review by a person."""

from decimal import Decimal
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.flows.billing import bill_late_end, unbilled_amount_text
from forecourt.flows.desk import UNLAWFUL_PRICE, note
from forecourt.kernel import Conflict, Money, NotFound
from forecourt.web.frame.lists import number_or_none, pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.quarantine import quarantined
from forecourt.web.queries.unlawful_prices import unlawful_prices

_QUARANTINE = "/console/quarantine"


class LateForm(Struct):
    """The amount the person was shown; negative: to be credited."""

    amount: str = ""
    currency: str = ""


@get("/quarantine", sync_to_thread=True)
def quarantine(request: WebRequest) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        operator = visitor_of(request).operator
        prices, found = unlawful_prices(store, operator), quarantined(store, operator, requested_page(request))
    pages_ = pager(request, found, _QUARANTINE)
    return page(request, "console/quarantine.html", prices=prices, rows=found.rows, pages=pages_, tab="quarantine")


@post("/quarantine/{entry_id:uuid}/clear", sync_to_thread=True, status_code=303)
def clear(request: WebRequest, entry_id: FromPath[UUID]) -> Redirect:
    """A person has reviewed it: it leaves the list, and the log says who."""
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        entry = store.inbox.clear_quarantine(by.operator_id, entry_id, by.at)
        if entry is None:
            raise NotFound("entry", "There is no such entry any more.")
        if entry.code == UNLAWFUL_PRICE:
            raise Conflict("price_unlawful", "This price is still unlawful.", "Change it: it then leaves the list.")
        note(store, by, "quarantine.clear", entry.charger_id or entry.id, f"{entry.text}{unbilled_amount_text(store, entry)}")
    return redirect_to(request, _QUARANTINE, "looked_at")


@post("/quarantine/{entry_id:uuid}/bill", sync_to_thread=True, status_code=303)
def bill(request: WebRequest, entry_id: FromPath[UUID], data: URLEncodedBody[LateForm]) -> Redirect:
    """If pressed twice, or by two people, it is billed once: the second finds no entry."""
    by, amount = staff_member(request), number_or_none(data.amount.removeprefix("-"), "amount") or Decimal(0)
    is_less = data.amount.startswith("-")
    with ports_of(request).transactions.begin() as store:
        document = bill_late_end(store, by, entry_id, Money.of(-amount if is_less else amount, data.currency))
    return redirect_to(request, f"/console/documents/{document.number}", "late_credited" if is_less else "late_billed")


pages = [quarantine, clear, bill]
