"""Crediting an issued invoice, in whole or in part, and refunding what was paid: the form and its effect."""

from typing import Any

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response

from forecourt.billing import DocumentKind, Invoice, creditable_amount, creditable_by_line, uncredited_lines
from forecourt.flows.billing import Credited, CreditRequest, issue_credit_note
from forecourt.flows.paying import refundable, returned_by_bank
from forecourt.kernel import BadInput, Conflict, Refused
from forecourt.web.frame.amounts import parse_amount
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.receipts import document_by_number, paid_state, receipt_view

# Which field of the form a refusal is about.
_FIELDS = {
    "credit_reason": "reason",
    **dict.fromkeys(("amount", "credit_amount", "credit_above_left", "credit_split", "refund_above_paid"), "amount"),
}


@get("/documents/{number:str}/credit", sync_to_thread=True)
def credit_page(request: WebRequest, number: FromPath[str]) -> Response[str]:
    return _page(request, number, {}, None)


@post("/documents/{number:str}/credit", sync_to_thread=True, status_code=200)
def credit(request: WebRequest, number: FromPath[str], data: URLEncodedBody[dict[str, str]]) -> Response[Any]:
    """In whole, by lines or by amount; of two operators acting at once, one is asked to look at what the other did."""
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            invoice = document_by_number(store, number, by.operator_id)
            collected = paid_state(store, invoice) == "monthly" or store.statements.of_document(invoice.id) is not None
            credited = issue_credit_note(store, by, _credit_request(invoice, data))
    except Refused as error:
        if error.code in ("document", "staff_only"):
            raise
        # The choices were made before another credit note, so only the reason is shown again.
        shown_again = {"reason": data.get("reason", "")} if error.code == "credited_meanwhile" else data
        return _page(request, number, shown_again, error)
    return redirect_to(request, f"/console/documents/{credited.note.number}", _flash(credited, collected))


def _flash(credited: Credited, collected: bool) -> str:
    """collected: by a monthly statement, the last or the next one."""
    if credited.by_hand.minor:
        return "credited_by_hand"
    if credited.refunded.minor:
        return "credited"
    if credited.had.minor:
        return "credited_had"
    return "credited_on_account" if collected else "credited_unpaid"


def _credit_request(invoice: Invoice, data: dict[str, str]) -> CreditRequest:
    """how: "whole", "lines" or "amount"; anything else is an incomplete form."""
    scope, seen = data.get("how", ""), data.get("seen", "")
    if scope not in ("whole", "lines", "amount") or not seen.isdecimal():
        raise BadInput("how", "What should be credited?", "Choose everything, some lines, or an amount.")
    lines = tuple(place for place in range(len(invoice.content.lines)) if scope == "lines" and f"line-{place}" in data)
    if scope == "lines" and not lines:
        raise BadInput("credit_lines", "No line is chosen.", "Choose at least one.")
    amount = parse_amount(data.get("amount", ""), invoice.currency, "amount") if scope == "amount" else None
    return CreditRequest(invoice.id, int(seen[:6]), data.get("reason", ""), lines, amount)


def _page(request: WebRequest, number: str, typed: dict[str, str], error: Refused | None) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        invoice = document_by_number(store, number, visitor_of(request).operator)
        if invoice.kind is not DocumentKind.INVOICE:
            raise Conflict("not_an_invoice", f"{number} is not an invoice.", "Only invoices can be credited.")
        notes = store.documents.credit_notes_of(invoice.id)
        payments = store.payments.of_document(invoice.id)
        shown = {
            "receipt": receipt_view(store, invoice),
            "notes": [(one.number, one.due) for one in notes],
            "left": creditable_amount(invoice, notes),
            "left_of": creditable_by_line(invoice, notes),
            "whole": uncredited_lines(invoice, notes),
            "there": refundable(store, payments, invoice.currency),
            "had": returned_by_bank(store, invoice),
            "stated": store.statements.of_document(invoice.id) is not None,
        }
    status = status_of(error) if error else 200
    field = _FIELDS.get(error.code, "") if error else ""
    return page(request, "console/credit.html", status, **shown, typed=typed, error=error, field=field, tab="documents")


pages = [credit_page, credit]
