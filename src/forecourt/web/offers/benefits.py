"""A driver's membership, coupons and vouchers."""

from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.flows.offers import cancel_plan, change_plan, join_plan, redeem_code
from forecourt.kernel import NotFound, Refused
from forecourt.web.frame.code_attempts import limit_code_attempts
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.queries.benefits import VOUCHERS, benefits_of


class PlanForm(Struct):
    plan: UUID
    code: str = ""


class CodeForm(Struct):
    code: str = ""


@get("/membership", sync_to_thread=True)
def membership(request: WebRequest) -> Response[str]:
    return _page(request)


@post("/membership/join", sync_to_thread=True, status_code=200)
def join(request: WebRequest, data: URLEncodedBody[PlanForm]) -> Response[Any]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    try:
        with limit_code_attempts(request), ports.transactions.begin() as store:
            join_plan(store, driver_id, data.plan, data.code, ports.clock.now(), ports.ids)
    except Refused as error:
        return _page(request, error, data.code, data.plan)
    return redirect_to(request, "/membership", "member")


@post("/membership/change", sync_to_thread=True, status_code=200)
def change(request: WebRequest, data: URLEncodedBody[PlanForm]) -> Response[Any]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    try:
        with limit_code_attempts(request), ports.transactions.begin() as store:
            change_plan(store, driver_id, data.plan, data.code, ports.clock.now())
    except Refused as error:
        return _page(request, error, data.code, data.plan)
    return redirect_to(request, "/membership", "plan_changed")


@get("/membership/cancel", sync_to_thread=True)
def cancel_page(request: WebRequest) -> Response[str]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        view = benefits_of(store, driver_id, ports.clock.now()).membership
    if view is None:
        raise NotFound("membership", "You do not have a membership.")
    return page(request, "driver/membership_cancel.html", membership=view, tab="account")


@post("/membership/cancel", sync_to_thread=True, status_code=303)
def cancel(request: WebRequest) -> Redirect:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        cancel_plan(store, driver_id, ports.clock.now())
    return redirect_to(request, "/membership", "plan_cancelled")


@post("/codes", sync_to_thread=True, status_code=200)
def code(request: WebRequest, data: URLEncodedBody[CodeForm]) -> Response[Any]:
    """Redeem a coupon or a partner's voucher."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    try:
        with limit_code_attempts(request), ports.transactions.begin() as store:
            redeem_code(store, driver_id, data.code, ports.clock.now(), ports.ids)
    except Refused as error:
        return _page(request, error, data.code)
    return redirect_to(request, "/membership", "code_taken")


def _page(request: WebRequest, error: Refused | None = None, typed: str = "", plan: UUID | None = None) -> Response[str]:
    """typed: a code that was refused; plan: the one it was for, None: a coupon or voucher."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    with ports.transactions.begin() as store:
        view = benefits_of(store, driver_id, ports.clock.now(), requested_page(request, limit=VOUCHERS))
    status, pages = status_of(error) if error else 200, pager(request, view.vouchers, "/membership")
    if view.unpaid and error and error.code == "month_unpaid":
        error = None  # the page shows this anyway, and how to pay
    shown: dict[str, Any] = {"benefits": view, "pages": pages, "error": error, "typed": typed[:120], "asked": str(plan or "")}
    return page(request, "driver/membership.html", status, **shown, tab="account")


routes = Router("/", guards=[signed_in], route_handlers=[membership, join, change, cancel_page, cancel, code])
