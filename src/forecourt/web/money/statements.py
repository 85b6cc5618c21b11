"""Monthly accounts: a driver's statements, and the operator's, with the payer of each fleet."""

from dataclasses import replace
from typing import Any

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.billing import AccountStatement
from forecourt.flows.billing import set_payer
from forecourt.flows.ports import ALL_STATEMENTS, ListPage, PageRequest, Store
from forecourt.kernel import BadInput
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import csv_response, pager, query_values, requested_page
from forecourt.web.frame.responses import WebRequest, file_response, page, redirect_to, split_file_name
from forecourt.web.frame.visitor import ports_of, signed_in, staff_member, visitor_of
from forecourt.web.money.document_search import STATEMENT_FIELDS, STATEMENT_STATES, parse_statement_search
from forecourt.web.queries.statements import (
    STATEMENT_COLUMNS,
    statement_by_number,
    statement_list,
    statement_pdf,
    statement_rows,
    statement_view,
)

_HOME = "/console/statements"


class PayerForm(Struct):
    group: str
    email: str = ""


@get("/statements", sync_to_thread=True)
def accounts(request: WebRequest) -> Response[str]:
    return _accounts(request)


@post("/statements/payers", sync_to_thread=True, status_code=200)
def payer(request: WebRequest, data: URLEncodedBody[PayerForm]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            set_payer(store, staff_member(request), data.group, data.email)
    except BadInput as error:
        return _accounts(request, data, error)
    return redirect_to(request, _HOME, "kept")


@get("/statements/{name:str}", sync_to_thread=True)
def account(request: WebRequest, name: FromPath[str]) -> Response[Any]:
    """A statement; with .pdf or .csv after the number, its file."""
    operator, (number, ending) = visitor_of(request).operator, _number_and_format(name)
    with ports_of(request).transactions.begin() as store:
        found = statement_by_number(store, operator, number)
        if ending:
            return _file(store, found, name, ending)
        view = statement_view(store, found)
    return page(request, "console/statement.html", view=view, home=_HOME, documents="/console/documents", tab="documents")


@get("/statements/{name:str}", sync_to_thread=True)
def own(request: WebRequest, name: FromPath[str]) -> Response[Any]:
    driver_id, (number, ending) = visitor_of(request).require_driver(), _number_and_format(name)
    with ports_of(request).transactions.begin() as store:
        found = statement_by_number(store, store.drivers.driver(driver_id).operator_id, number, driver_id)
        if ending:
            return _file(store, found, name, ending)
        view = statement_view(store, found)
    return page(request, "driver/statement.html", view=view, home="/receipts", documents="/receipts", tab="receipts")


def _accounts(request: WebRequest, typed: PayerForm | None = None, error: BadInput | None = None) -> Response[str]:
    ports, operator, wrong = ports_of(request), visitor_of(request).operator, None
    with ports.transactions.begin() as store:
        try:
            wanted = parse_statement_search(request, store, operator, ports.clock.now())
            view = statement_list(store, operator, requested_page(request), wanted)
        except BadInput as refused:
            wrong, view = refused, replace(statement_list(store, operator, PageRequest(limit=1), ALL_STATEMENTS), page=ListPage(()))
    shown: dict[str, Any] = {"accounts": view, "pages": pager(request, view.page, _HOME), "typed": typed, "error": error}
    shown |= {"asked": query_values(request, STATEMENT_FIELDS), "states": STATEMENT_STATES, "wrong": wrong}
    refusal = error or wrong
    return page(request, "console/statements.html", status_of(refusal) if refusal else 200, **shown, tab="documents")


def _number_and_format(name: str) -> tuple[str, str]:
    return (name.removesuffix(".csv"), "csv") if name.endswith(".csv") else split_file_name(name)


def _file(store: Store, found: AccountStatement, name: str, ending: str) -> Response[Any]:
    return (
        csv_response(name, STATEMENT_COLUMNS, statement_rows(store, found))
        if ending == "csv"
        else file_response(name, statement_pdf(store, found))
    )


pages: list[Any] = [accounts, payer, account]
routes = Router("/", guards=[signed_in], route_handlers=[own])
