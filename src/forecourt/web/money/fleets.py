"""A fleet's own pages, for its payer: charges, drivers with their cards, and their limits."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.drivers import Limits
from forecourt.flows.charging import stop_for_payer
from forecourt.flows.desk import (
    INVITATION_LIFETIME,
    Staff,
    add_fleet_driver,
    assign_fleet_card,
    block_fleet_card,
    operator_month,
    paid_groups,
    remove_fleet_driver,
    set_cost_centre,
    set_limits,
)
from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, DriverId, NotFound, Refused, SessionId, Span
from forecourt.web.frame.amounts import parse_amount
from forecourt.web.frame.code_attempts import limit_code_attempts
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.field_errors import field_errors
from forecourt.web.frame.lists import csv_response, pager, paginate, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of, wall_now
from forecourt.web.queries.accounting_months import parse_month
from forecourt.web.queries.fleets import CHARGE_COLUMNS, TOTAL_COLUMNS, fleet_charge_rows, fleet_member, fleet_total_rows, fleet_view

_HOME = "/fleet"


class DriverForm(Struct):
    name: str = ""
    email: str = ""


class CardForm(Struct):
    uid: str = ""
    label: str = ""


class BlockForm(Struct):
    uid: str
    do: str


class LimitsForm(Struct):
    """Amounts as typed, empty for none. uid empty: the driver's."""

    charge: str = ""
    day: str = ""
    month: str = ""
    uid: str = ""


class CentreForm(Struct):
    """uid empty: the driver's."""

    centre: str = ""
    uid: str = ""


@get(_HOME, sync_to_thread=True)
def fleet(request: WebRequest, month: FromQuery[str] = "") -> Response[Any]:
    """?by=: what the sums are grouped by."""
    return _fleet(request, month)


@get(f"{_HOME}/charges.csv", sync_to_thread=True)
def charges(request: WebRequest, month: FromQuery[str] = "") -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        payer_id = payer_of(store, request)
        rows = list(fleet_charge_rows(store, payer_id, requested_month(store, payer_id, month, ports_of(request).clock.now())))
    return csv_response("charges.csv", CHARGE_COLUMNS, rows)


@get(f"{_HOME}/sums.csv", sync_to_thread=True)
def sums(request: WebRequest, month: FromQuery[str] = "") -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        payer_id = payer_of(store, request)
        rows = list(fleet_total_rows(store, payer_id, requested_month(store, payer_id, month, ports_of(request).clock.now())))
    return csv_response("sums.csv", TOTAL_COLUMNS, rows)


@post(f"{_HOME}/drivers", sync_to_thread=True, status_code=200)
def add(request: WebRequest, data: URLEncodedBody[DriverForm]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            add_fleet_driver(
                store, acting_payer(request), payer_of(store, request), data.name, data.email, wall_now() + INVITATION_LIFETIME
            )
    except (BadInput, Refused) as error:
        return _fleet(request, "", data, error)
    return redirect_to(request, _HOME, "fleet_invited")


@get(f"{_HOME}/drivers/{{driver_id:uuid}}", sync_to_thread=True)
def driver(request: WebRequest, driver_id: FromPath[UUID]) -> Response[Any]:
    return _driver(request, DriverId(driver_id))


@post(f"{_HOME}/drivers/{{driver_id:uuid}}/cards", sync_to_thread=True, status_code=200)
def card(request: WebRequest, driver_id: FromPath[UUID], data: URLEncodedBody[CardForm]) -> Response[Any]:
    try:
        with limit_code_attempts(request), ports_of(request).transactions.begin() as store:
            assign_fleet_card(store, acting_payer(request), payer_of(store, request), DriverId(driver_id), data.uid, data.label)
    except (BadInput, Refused) as error:
        return _driver(request, DriverId(driver_id), error, card=data)
    return redirect_to(request, f"{_HOME}/drivers/{driver_id}", "auto_kept")


@post(f"{_HOME}/drivers/{{driver_id:uuid}}/cards/state", sync_to_thread=True, status_code=303)
def state(request: WebRequest, driver_id: FromPath[UUID], data: URLEncodedBody[BlockForm]) -> Response[Any]:
    """do: "block" or "unblock"."""
    with ports_of(request).transactions.begin() as store:
        block_fleet_card(store, acting_payer(request), payer_of(store, request), DriverId(driver_id), data.uid, data.do == "block")
    return redirect_to(request, f"{_HOME}/drivers/{driver_id}", "card_blocked" if data.do == "block" else "auto_kept")


@post(f"{_HOME}/drivers/{{driver_id:uuid}}/centre", sync_to_thread=True, status_code=200)
def centre(request: WebRequest, driver_id: FromPath[UUID], data: URLEncodedBody[CentreForm]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            set_cost_centre(store, acting_payer(request), payer_of(store, request), DriverId(driver_id), data.centre, data.uid)
    except BadInput as error:
        return _driver(request, DriverId(driver_id), error, centre=data)
    return redirect_to(request, f"{_HOME}/drivers/{driver_id}", "auto_kept")


@post(f"{_HOME}/drivers/{{driver_id:uuid}}/limits", sync_to_thread=True, status_code=200)
def limits(request: WebRequest, driver_id: FromPath[UUID], data: URLEncodedBody[LimitsForm]) -> Response[Any]:
    try:
        amounts = {name: text for name, text in (("charge", data.charge), ("day", data.day), ("month", data.month)) if text.strip()}
        wanted = Limits(**{name: parse_amount(text, visitor_of(request).currency, name) for name, text in amounts.items()})
        with ports_of(request).transactions.begin() as store:
            set_limits(store, acting_payer(request), payer_of(store, request), DriverId(driver_id), wanted, data.uid)
    except BadInput as error:
        return _driver(request, DriverId(driver_id), error, limits=data)
    return redirect_to(request, f"{_HOME}/drivers/{driver_id}", "auto_kept")


@post(f"{_HOME}/drivers/{{driver_id:uuid}}/charges/{{session_id:uuid}}/stop", sync_to_thread=True, status_code=303)
def stop(request: WebRequest, driver_id: FromPath[UUID], session_id: FromPath[UUID]) -> Response[Any]:
    with ports_of(request).transactions.begin() as store:
        stop_for_payer(store, acting_payer(request), payer_of(store, request), DriverId(driver_id), SessionId(session_id))
    return redirect_to(request, f"{_HOME}/drivers/{driver_id}", "fleet_stop")


@post(f"{_HOME}/drivers/{{driver_id:uuid}}/leave", sync_to_thread=True, status_code=303)
def leave(request: WebRequest, driver_id: FromPath[UUID]) -> Response[Any]:
    with ports_of(request).transactions.begin() as store:
        remove_fleet_driver(store, acting_payer(request), payer_of(store, request), DriverId(driver_id))
    return redirect_to(request, _HOME, "fleet_left")


def _fleet(request: WebRequest, month: str, form: DriverForm | None = None, error: Refused | None = None) -> Response[str]:
    now, by = ports_of(request).clock.now(), request.query_params.get("by", "")
    with ports_of(request).transactions.begin() as store:
        payer_id = payer_of(store, request)
        view = fleet_view(store, payer_id, requested_month(store, payer_id, month, now), by, requested_page(request), now)
    rows, sum_pages = paginate(request, view.sums, _HOME)
    shown: dict[str, Any] = {"view": view, "sums": rows, "more": sum_pages, "pages": pager(request, view.charges, _HOME)}
    shown |= {"form": form or DriverForm(), "error": error, "at": field_errors(error, {"email_taken": "email"})}
    return page(request, "driver/fleet.html", status_of(error) if error else 200, **shown, tab="account")


def _driver(
    request: WebRequest, driver_id: DriverId, error: Refused | None = None, **typed: CardForm | CentreForm | LimitsForm
) -> Response[str]:
    """typed: what was refused, by the form ("card", "centre", "limits")."""
    now = ports_of(request).clock.now()
    with ports_of(request).transactions.begin() as store:
        view = fleet_member(store, payer_of(store, request), driver_id, now)
    shown: dict[str, Any] = {"view": view, "typed": typed, "form": typed.get("card", CardForm()), "error": error}
    shown["at"] = field_errors(error, {"card_taken": "uid", "token_uid": "uid"})
    return page(request, "driver/fleet_driver.html", status_of(error) if error else 200, **shown, tab="account")


def payer_of(store: Store, request: WebRequest) -> DriverId:
    """The visitor as payer of a fleet. Raises NotFound for anybody else."""
    payer_id = visitor_of(request).require_driver()
    if not paid_groups(store, payer_id):
        raise NotFound("fleet", "You do not pay for a fleet.", "The operator sets who pays.")
    return payer_id


def acting_payer(request: WebRequest) -> Staff:
    """The person who makes a change, for the log."""
    account, ports = visitor_of(request).require_account(), ports_of(request)
    return Staff(account.operator_id, str(account.id), ports.clock.now(), ports.ids)


def requested_month(store: Store, payer_id: DriverId, month: str, now: datetime) -> Span:
    """ "2026-06" in the operator's zone; the current month if it is missing or invalid."""
    operator_id = store.drivers.driver(payer_id).operator_id
    try:
        return operator_month(store, operator_id, parse_month(month))
    except BadInput:
        return operator_month(store, operator_id, now)


routes = Router("/", guards=[signed_in], route_handlers=[fleet, charges, sums, add, driver, card, state, centre, limits, stop, leave])
