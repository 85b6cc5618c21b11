"""The operator's drivers: search, enrol, assign cards; block a lost card."""

from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import Account, Duty, PayBy
from forecourt.flows.charging import move_card
from forecourt.flows.desk import (
    INVITATION_LIFETIME,
    DriverAccountRequest,
    assign_card,
    block_card,
    enrol_driver,
    password_key,
    rename_driver,
    resend_invitation,
)
from forecourt.flows.paying import set_driver_pay_by
from forecourt.kernel import BadInput, DriverId, EvseId, Refused
from forecourt.notices import LANGUAGES
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.lists import pager, requested_page
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, service_url, staff_member, visitor_of, wall_now
from forecourt.web.queries.console_start import start_outcome
from forecourt.web.queries.driver_now import driver_now
from forecourt.web.queries.drivers import PAYS, card_holder, driver_page, drivers_found

_HOME = "/console/drivers"
_PAYS = [(one.value, words) for one, words in PAYS.items()]


class EnrolForm(Struct):
    name: str = ""
    email: str = ""
    pay_by: str = PayBy.ACCOUNT
    language: str = LANGUAGES[0]


class InviteForm(Struct):
    email: str = ""


class CardForm(Struct):
    uid: str = ""
    label: str = ""
    do: str = ""


class EditForm(Struct):
    name: str
    pay_by: str


class BlockForm(Struct):
    uid: str
    do: str


@get("/drivers", sync_to_thread=True)
def drivers(request: WebRequest, q: FromQuery[str] = "") -> Response[Any]:
    return _drivers_page(request, q)


@post("/drivers", sync_to_thread=True, status_code=200)
def add(request: WebRequest, data: URLEncodedBody[EnrolForm]) -> Response[Any]:
    """They choose a password by a link shown once, so that only they know it."""
    try:
        with ports_of(request).transactions.begin() as store:
            account = enrol_driver(store, staff_member(request), _wanted(request, data))
    except Refused as error:
        return _drivers_page(request, form=data, error=error)
    assert account.driver_id is not None  # noqa: S101 - a driver's account has a driver
    return _driver_page(request, account.driver_id, invited=account)


@get("/drivers/{driver_id:uuid}", sync_to_thread=True)
def driver(request: WebRequest, driver_id: FromPath[UUID], start: FromQuery[UUID | None] = None) -> Response[Any]:
    """start: the socket at which staff started a charge for them."""
    return _driver_page(request, DriverId(driver_id), start=EvseId(start) if start else None)


@post("/drivers/{driver_id:uuid}/invite", sync_to_thread=True, status_code=200)
def invite(request: WebRequest, driver_id: FromPath[UUID], data: URLEncodedBody[InviteForm]) -> Response[Any]:
    """Make another link, or one for another address, while no password is chosen."""
    try:
        with ports_of(request).transactions.begin() as store:
            account = resend_invitation(store, staff_member(request), DriverId(driver_id), data.email)
    except Refused as error:
        return _driver_page(request, DriverId(driver_id), error=error)
    return _driver_page(request, DriverId(driver_id), invited=account)


@post("/drivers/{driver_id:uuid}/mend", sync_to_thread=True, status_code=200)
def edit(request: WebRequest, driver_id: FromPath[UUID], data: URLEncodedBody[EditForm]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            rename_driver(store, staff_member(request), DriverId(driver_id), data.name)
            set_driver_pay_by(store, staff_member(request), DriverId(driver_id), _pay_by(data.pay_by))
    except Refused as error:
        return _driver_page(request, DriverId(driver_id), form=data, error=error)
    return redirect_to(request, f"{_HOME}/{driver_id}", "kept")


@post("/drivers/{driver_id:uuid}/cards", sync_to_thread=True, status_code=200)
def card(request: WebRequest, driver_id: FromPath[UUID], data: URLEncodedBody[CardForm]) -> Response[Any]:
    """do "move": take it from its present holder."""
    is_move, by = data.do == "move", staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            (move_card if is_move else assign_card)(store, by, DriverId(driver_id), data.uid, data.label)
    except Refused as error:
        return _driver_page(request, DriverId(driver_id), form=data, error=error)
    return redirect_to(request, f"{_HOME}/{driver_id}", "card_moved" if is_move else "card_given")


@post("/drivers/{driver_id:uuid}/cards/state", sync_to_thread=True, status_code=303)
def state(request: WebRequest, driver_id: FromPath[UUID], data: URLEncodedBody[BlockForm]) -> Redirect:
    """do: "block" or "unblock"."""
    with ports_of(request).transactions.begin() as store:
        block_card(store, staff_member(request), DriverId(driver_id), data.uid, data.do == "block")
    return redirect_to(request, f"{_HOME}/{driver_id}", "card_blocked" if data.do == "block" else "card_unblocked")


def _wanted(request: WebRequest, data: EnrolForm) -> DriverAccountRequest:
    if data.language not in LANGUAGES:
        raise BadInput("language", "That language is not available.", "Choose one from the list.")
    return DriverAccountRequest(visitor_of(request).operator, data.name, data.email, "", data.language, _pay_by(data.pay_by))


def _pay_by(text: str) -> PayBy:
    if text not in list(PayBy):
        raise BadInput("pay_by", "That way to pay is not available.", "Choose one from the list.")
    return PayBy(text)


def _drivers_page(request: WebRequest, search_text: str = "", form: EnrolForm | None = None, error: Refused | None = None) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        found = drivers_found(store, visitor_of(request).operator, search_text[:100], requested_page(request))
    listed = {"rows": found.rows, "pages": pager(request, found, _HOME), "words": search_text}
    shown: dict[str, Any] = {**listed, "form": form or EnrolForm(), "error": error, "pays": _PAYS}
    return page(request, "console/drivers.html", status_of(error) if error else 200, **shown, tab="drivers")


def _driver_page(
    request: WebRequest,
    driver_id: DriverId,
    form: CardForm | EditForm | None = None,
    error: Refused | None = None,
    invited: Account | None = None,
    start: EvseId | None = None,
) -> Response[str]:
    ports, card_form = ports_of(request), form if isinstance(form, CardForm) else CardForm()
    with ports.transactions.begin() as store:
        now = ports.clock.now()
        view = driver_page(store, visitor_of(request).operator, driver_id, now)
        seen = driver_now(store, driver_id, now) if view.email else None
        holder = card_holder(store, visitor_of(request).operator, card_form.uid) if error and error.code == "card_taken" else None
        start_text = start_outcome(store, driver_id, start, now) if start else ""
    shown: dict[str, Any] = {
        "view": view,
        "now": seen,
        "start_outcome": start_text,
        "holder": holder,
        "edited": form if isinstance(form, EditForm) else None,
        "pays": _PAYS,
        "form": card_form,
        "error": error,
        "link": invitation(request, invited) if invited else "",
    }
    answer = page(request, "console/driver.html", status_of(error) if error else 200, **shown, tab="drivers")
    answer.headers["cache-control"] = "no-store"
    return answer


def invitation(request: WebRequest, account: Account) -> str:
    """The address at which an enrolled driver chooses a password."""
    return f"{service_url(request)}/password/{password_key(ports_of(request).secret_key, account, wall_now() + INVITATION_LIFETIME)}"


pages = Router("/", route_handlers=[drivers, add, driver, invite, edit, card, state], opt={"duty": Duty.SITES})
