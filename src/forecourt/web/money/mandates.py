"""A driver's mandate: customers on account have statements collected from a bank account. For people and for programs."""

from typing import Any

from litestar import Router, delete, get, post, put
from litestar.params import JSONBody, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.flows.paying import BY_DRIVER, can_give_mandate, mandate_of, revoke_mandate, take_mandate
from forecourt.kernel import BadInput, Conflict, NotFound, Refused, instant_text
from forecourt.payments import Mandate, parse_debtor_account
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of

_HOME = "/mandate"


class MandateForm(Struct):
    holder: str = ""
    iban: str = ""
    agreed: str = ""


class MandateRequest(Struct, forbid_unknown_fields=True):
    """agreed: the account's holder authorizes the operator to collect, and the bank to carry it out."""

    holder: str
    iban: str
    agreed: bool


class MandateItem(Struct):
    """number: its mandate reference. account: its last four characters. creditor_id: who collects with it. given_at: RFC 3339."""

    number: str
    holder: str
    account: str
    creditor_id: str
    given_at: str


@get("/mandate", sync_to_thread=True)
def mandate(request: WebRequest) -> Response[str]:
    return _page(request, MandateForm())


@post("/mandate", sync_to_thread=True, status_code=200)
def give(request: WebRequest, data: URLEncodedBody[MandateForm]) -> Response[Any]:
    try:
        _give(request, data.holder, data.iban, bool(data.agreed))
    except (BadInput, Conflict) as error:
        return _page(request, data, error)
    return redirect_to(request, _HOME, "mandate_given")


@post("/mandate/end", sync_to_thread=True, status_code=303)
def end(request: WebRequest) -> Redirect:
    _end(request)
    return redirect_to(request, _HOME, "mandate_ended")


@get("/", sync_to_thread=True, guards=[signed_in], summary="The mandate by which your statements are collected")
def get_mandate(request: WebRequest) -> MandateItem:
    with ports_of(request).transactions.begin() as store:
        mandate = mandate_of(store, visitor_of(request).require_driver(), ports_of(request).clock.now())
    if mandate is None:
        raise NotFound("mandate", "You have not given a mandate.")
    return _item(mandate)


@put("/", sync_to_thread=True, guards=[signed_in], summary="Give a mandate, in place of the one before")
def set_mandate(request: WebRequest, data: JSONBody[MandateRequest]) -> MandateItem:
    return _item(_give(request, data.holder, data.iban, data.agreed))


@delete("/", sync_to_thread=True, status_code=200, guards=[signed_in], summary="End the mandate")
def end_mandate(request: WebRequest) -> MandateItem:
    """What was already sent to the bank is still collected."""
    return _item(_end(request))


def _give(request: WebRequest, holder: str, iban: str, agreed: bool) -> Mandate:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    account = parse_debtor_account(holder, iban)
    if not agreed:
        raise BadInput("agreed", "Nothing is collected unless you agree.", "Tick the box to agree.")
    with ports.transactions.begin() as store:
        return take_mandate(store, driver_id, account, ports.clock.now(), ports.ids)


def _end(request: WebRequest) -> Mandate:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        return revoke_mandate(store, driver_id, BY_DRIVER, ports.clock.now(), ports.ids)


def _item(one: Mandate) -> MandateItem:
    return MandateItem(one.number, one.account.holder, one.account.iban[-4:], one.creditor_id, instant_text(one.given_at))


def _page(request: WebRequest, typed: MandateForm, error: Refused | None = None) -> Response[str]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        driver = store.drivers.driver(driver_id)
        shown = {
            "mandate": mandate_of(store, driver_id, ports.clock.now()),
            "blocked": store.payments.debt_status(driver_id).blocked,
            "may_give": can_give_mandate(store, driver_id),
            "operator": store.stations.operator(driver.operator_id),
            "holder": typed.holder or driver.name,
        }
    return page(request, "driver/mandate.html", status_of(error) if error else 200, **shown, typed=typed, error=error, tab="account")


routes = Router("/", guards=[signed_in], route_handlers=[mandate, give, end])
api_routes = Router("/api/v1/mandate", tags=["Cards and mandates"], route_handlers=[get_mandate, set_mandate, end_mandate])
