"""Prepaid balances: the driver's page with its statement, top-ups and refunds; the operator's rules."""

from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import PayBy
from forecourt.flows.paying import refund_prepaid_balance, set_auto_top_up, set_pay_by, set_wallet_rules, top_up
from forecourt.flows.ports import PageRequest
from forecourt.kernel import BadInput, Conflict, PaymentId, instant_text
from forecourt.payments import AutoTopUp, WalletRules
from forecourt.web.frame.amounts import parse_amount
from forecourt.web.frame.idempotency import idempotent
from forecourt.web.frame.lists import csv_response, pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.stale_forms import check_form_version, form_version
from forecourt.web.frame.visitor import ports_of, signed_in, staff_member, visitor_of
from forecourt.web.queries.names import payer_name
from forecourt.web.queries.wallet import movements_of, parse_balance_amount, top_up_receipt, wallet_of, wallets_of

_HOME, _RULES = "/wallet", "/console/wallets"
_ALL = 100_000


class LoadForm(Struct):
    """wish: made with the page, so that pressing twice loads once."""

    amount: str
    wish: UUID


class AutoForm(Struct):
    threshold: str = ""
    amount: str = ""
    on: str = ""


class ReturnForm(Struct):
    """wish: made with the page, so that pressing twice sends back once."""

    amount: str
    wish: UUID


class PayByForm(Struct):
    pay_by: str


class WalletRulesForm(Struct):
    least_load: str
    most_load: str
    most_balance: str
    least_start: str
    auto_most: str
    seen: str = ""


@get("/wallet", sync_to_thread=True)
def balance(request: WebRequest) -> Response[str]:
    return wallet_page(request)


@post("/wallet/top-ups", sync_to_thread=True, status_code=200)
def load(request: WebRequest, data: URLEncodedBody[LoadForm]) -> Response[Any]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    try:
        with ports.transactions.begin() as store:
            amount = parse_balance_amount(store, driver_id, data.amount, "top_up_amount")
            top_up(store, driver_id, amount, data.wish, ports.clock.now(), ports.ids)
    except (BadInput, Conflict) as error:
        return wallet_page(request, load={"amount": data.amount, "error": error.full_message})
    return redirect_to(request, _HOME, "loading")


@post("/wallet/auto", sync_to_thread=True, status_code=200)
def auto(request: WebRequest, data: URLEncodedBody[AutoForm]) -> Response[Any]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    try:
        with ports.transactions.begin() as store:
            threshold = parse_balance_amount(store, driver_id, data.threshold, "top_up_threshold")
            amount = parse_balance_amount(store, driver_id, data.amount, "top_up_amount")
            wanted = AutoTopUp(store.drivers.driver(driver_id).operator_id, driver_id, threshold, amount, on=bool(data.on))
            set_auto_top_up(store, wanted, ports.clock.now(), ports.ids)
    except BadInput as error:
        field = "threshold" if error.code == "top_up_threshold" else "amount"
        entered = {"threshold": data.threshold, "amount": data.amount, f"{field}_error": error.full_message}
        return wallet_page(request, auto=entered)
    return redirect_to(request, _HOME, "auto_kept")


@post("/wallet/returns", sync_to_thread=True, status_code=200)
def refund_balance(request: WebRequest, data: URLEncodedBody[ReturnForm]) -> Response[Any]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    try:
        with ports.transactions.begin() as store:
            amount = parse_balance_amount(store, driver_id, data.amount, "return_above_balance")
            at = ports.clock.now()
            with idempotent(store, f"wallet/return/{driver_id}/{data.wish}", at) as attempt:
                if attempt.fresh:
                    refund_prepaid_balance(store, driver_id, amount, "asked by the driver", at, ports.ids)
    except BadInput as error:
        return wallet_page(request, back={"amount": data.amount, "error": error.full_message})
    return redirect_to(request, _HOME, "returning")


@post("/wallet/pay-by", sync_to_thread=True, status_code=303)
def pay_by(request: WebRequest, data: URLEncodedBody[PayByForm]) -> Redirect:
    """How the driver's charges are paid from now on."""
    if data.pay_by not in (PayBy.CARD, PayBy.WALLET):
        raise BadInput("pay_by", "Choose card or prepaid balance.")
    with ports_of(request).transactions.begin() as store:
        set_pay_by(store, visitor_of(request).require_driver(), PayBy(data.pay_by))
    return redirect_to(request, _HOME, "pay_by_kept")


@get("/wallet/statement.csv", sync_to_thread=True)
def statement(request: WebRequest) -> Response[Any]:
    """Every movement, oldest first, as the ledger has it."""
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        rows = movements_of(store, driver_id, PageRequest(limit=_ALL)).rows
    lines = ((instant_text(one.at), one.what, one.amount.amount, one.balance.amount, one.amount.currency) for one in reversed(rows))
    return csv_response("balance.csv", ("at", "what", "amount", "balance", "currency"), lines)


@get("/wallet/top-ups/{payment_id:uuid}", sync_to_thread=True)
def receipt(request: WebRequest, payment_id: FromPath[UUID]) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        view = top_up_receipt(store, PaymentId(payment_id), visitor_of(request).require_driver())
    return page(request, "driver/top_up.html", top_up=view, tab="account")


@get("/wallets", sync_to_thread=True)
def wallets(request: WebRequest) -> Response[str]:
    return _wallets(request, None, "")


@post("/wallets/rules", sync_to_thread=True, status_code=200)
def rules(request: WebRequest, data: URLEncodedBody[WalletRulesForm]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            currency = store.stations.operator(by.operator_id).currency
            amounts = (data.least_load, data.most_load, data.most_balance, data.least_start, data.auto_most)
            check_form_version(data.seen, store.wallets.rules(by.operator_id))
            set_wallet_rules(store, by, WalletRules(*(parse_amount(one, currency, "wallet_amount") for one in amounts)))
    except (BadInput, Conflict) as error:
        return _wallets(request, data, f"{error.text} {error.remedy}")
    return redirect_to(request, _RULES, "kept")


def wallet_page(request: WebRequest, **forms: dict[str, str]) -> Response[str]:
    """forms: what was typed and what is wrong with it, by form ("load", "auto", "back")."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        view = wallet_of(store, driver_id, requested_page(request))
        payer = payer_name(store, driver_id, ports.clock.now())
    request_id = ports.ids.new(ports.clock.now())
    pages, takes = pager(request, view.movements, _HOME), ports.payment_events is not None
    shown = {"wallet": view, "pages": pages, "forms": forms, "wish": request_id, "takes_cards": takes, "payer": payer}
    return page(request, "driver/wallet.html", 422 if forms else 200, **shown, tab="account")


def _wallets(request: WebRequest, form: WalletRulesForm | None, error: str) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        view = wallets_of(store, visitor_of(request).operator, requested_page(request))
    rules = view.rules
    amounts = (rules.least_load, rules.most_load, rules.most_balance, rules.least_start, rules.auto_most)
    shown = form or WalletRulesForm(*(str(one.amount) for one in amounts))
    values: dict[str, Any] = {"wallets": view, "pages": pager(request, view.page, "/console/wallets"), "form": shown, "error": error}
    values["seen"] = form_version(rules)
    return page(request, "console/wallets.html", 422 if error else 200, **values, tab="ledger")


pages: list[Any] = [wallets, rules]
routes = Router("/", guards=[signed_in], route_handlers=[balance, load, auto, refund_balance, pay_by, statement, receipt])
