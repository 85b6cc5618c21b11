"""The debtor accounts of single customers, for the accountant's file."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import URLEncodedBody
from litestar.response import Response

from forecourt.flows.billing import customer_addressed, number_customers, set_debtor_numbers
from forecourt.kernel import BadInput, Refused
from forecourt.ledger import COLLECTIVE, CustomerAccount
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.field_errors import field_errors
from forecourt.web.frame.lists import csv_response
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.queries.debtor_accounts import customer_rows

Fields = dict[str, str]
_HOME = "/console/ledger/debtors"
_COLUMNS = ("number", "name", "fleet_or_partner", "address", "country", "vat_number", "email", "since")


@get("/ledger/debtors", sync_to_thread=True)
def debtors(request: WebRequest) -> Response[Any]:
    """?form=csv: the numbers with names and addresses, for the accountant's master data."""
    if request.query_params.get("form") != "csv":
        return _page(request)
    with ports_of(request).transactions.begin() as store:
        rows = [one for one in customer_rows(store, visitor_of(request).operator) if one.number]
    cells = ((one.number, one.name, one.kind, one.address, one.country, one.vat_number, one.email, one.since) for one in rows)
    return csv_response("debtor-accounts.csv", _COLUMNS, list(cells))


@post("/ledger/debtors", sync_to_thread=True, status_code=200)
def save_debtors(request: WebRequest, data: URLEncodedBody[Fields]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            if data.get("action") == "fill":
                number_customers(store, by, [one.customer for one in customer_rows(store, by.operator_id)])
            else:
                wanted, seen = _typed(data)
                if data.get("email", "").strip() or data.get("number", "").strip():
                    wanted[customer_addressed(store, by, data.get("email", ""))] = _number(data.get("number", ""), "number")
                set_debtor_numbers(store, by, wanted, seen)
    except Refused as error:
        return _page(request, data, error)
    return redirect_to(request, _HOME, "kept")


def _typed(data: Fields) -> tuple[dict[UUID, str], dict[UUID, str]]:
    """The numbers of the listed customers: as typed, and as they were displayed. Raises BadInput that names the field of the row."""
    wanted: dict[UUID, str] = {}
    seen: dict[UUID, str] = {}
    for name, number in data.items():
        row = name.removeprefix("number-")
        if row != name:
            customer = _customer(row)
            wanted[customer], seen[customer] = _number(number, name), data.get(f"seen-{row}", "")
    return wanted, seen


def _customer(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadInput("number", "There is no such customer.", "Reload the page.") from error


def _number(text: str, field: str) -> str:
    try:
        return CustomerAccount(UUID(int=0), text).number
    except BadInput as error:
        raise BadInput(field, error.text, error.remedy) from error


def _page(request: WebRequest, typed: Fields | None = None, error: Refused | None = None) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        rows = customer_rows(store, visitor_of(request).operator)
    stale = typed is None or (error is not None and error.code == "accounts_changed")
    fields = {} if stale or typed is None else typed
    shown = [(one, fields.get(f"number-{one.customer}", one.number)) for one in rows]
    added = {"email": fields.get("email", ""), "number": fields.get("number", "")}
    values = {"rows": shown, "added": added, "error": error, "at": field_errors(error), "collective": COLLECTIVE}
    return page(request, "console/debtor_accounts.html", status_of(error) if error else 200, **values, tab="ledger")


pages = [debtors, save_debtors]
