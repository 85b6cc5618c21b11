"""What needs review by a person."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import Duty
from forecourt.flows.billing import bill_late_end, unbilled_amount_text
from forecourt.flows.desk import UNLAWFUL_PRICE, note
from forecourt.flows.prices import acknowledge_unlawful_price, withdraw_acknowledgement
from forecourt.kernel import BadInput, Conflict, Money, NotFound
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import number_or_none, pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.quarantine import quarantined
from forecourt.web.queries.unlawful_prices import unlawful_prices
from forecourt.web.views.price import UnlawfulPrice

_QUARANTINE = "/console/quarantine"


class LateForm(Struct):
    """The amount the person was shown; negative: to be credited."""

    amount: str = ""
    currency: str = ""


class ReasonForm(Struct):
    reason: str = ""


@get("/quarantine", sync_to_thread=True)
def quarantine(request: WebRequest) -> Response[str]:
    return _review_page(request)


def _review_page(request: WebRequest, refused: tuple[UUID, str, BadInput | Conflict] | None = None) -> Response[str]:
    """refused: the entry of the form that was refused, the reason entered, and why."""
    prices: tuple[UnlawfulPrice, ...] = ()
    with ports_of(request).transactions.begin() as store:
        operator = visitor_of(request).operator
        if Duty.PRICES in visitor_of(request).duties:  # others can do nothing about them
            prices = unlawful_prices(store, operator)
        found = quarantined(store, operator, requested_page(request))
    entry_id, typed, error = refused or ("", "", None)
    values = {"error": error, "refused": str(entry_id), "typed": typed, "pages": pager(request, found, _QUARANTINE), "tab": "quarantine"}
    return page(request, "console/quarantine.html", status_of(error) if error else 200, prices=prices, rows=found.rows, **values)


@post("/quarantine/{entry_id:uuid}/acknowledge", sync_to_thread=True, status_code=200, opt={"duty": Duty.PRICES})
def acknowledge(request: WebRequest, entry_id: FromPath[UUID], data: URLEncodedBody[ReasonForm]) -> Response[Any]:
    """An unlawful price stays as it is, for a reason: it is listed apart until what it was found by changes."""
    try:
        with ports_of(request).transactions.begin() as store:
            acknowledge_unlawful_price(store, staff_member(request), entry_id, data.reason)
    except (BadInput, Conflict) as refused:
        return _review_page(request, (entry_id, data.reason, refused))
    return redirect_to(request, _QUARANTINE, "price_acknowledged")


@post("/quarantine/{entry_id:uuid}/withdraw", sync_to_thread=True, status_code=303, opt={"duty": Duty.PRICES})
def withdraw(request: WebRequest, entry_id: FromPath[UUID]) -> Redirect:
    """An acknowledged price needs review again."""
    with ports_of(request).transactions.begin() as store:
        withdraw_acknowledgement(store, staff_member(request), entry_id)
    return redirect_to(request, _QUARANTINE, "price_reopened")


@post("/quarantine/{entry_id:uuid}/clear", sync_to_thread=True, status_code=303)
def clear(request: WebRequest, entry_id: FromPath[UUID]) -> Redirect:
    """A person has reviewed it: it leaves the list, and the log says who."""
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        entry = store.inbox.clear_quarantine(by.operator_id, entry_id, by.at)
        if entry is None:
            raise NotFound("entry", "There is no such entry any more.")
        if entry.code == UNLAWFUL_PRICE:
            raise Conflict("price_unlawful", "This price is still unlawful.", "Change it, or acknowledge it with a reason.")
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


pages = [quarantine, acknowledge, withdraw, clear, bill]
