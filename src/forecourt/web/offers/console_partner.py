"""The operator's page of one partner: its balance and statements, its details, pausing and ending."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import Duty
from forecourt.flows.billing import payee_fingerprint, set_payee
from forecourt.flows.desk import own_partner
from forecourt.flows.offers import (
    PartnerDetails,
    change_partner,
    details_fingerprint,
    end_partner,
    invite_partner,
    pause_partner,
    save_partner,
)
from forecourt.kernel import BadInput, Conflict
from forecourt.offers import Partner
from forecourt.web.frame.amounts import parse_whole
from forecourt.web.frame.responses import WebRequest, file_response, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.offers.offer_forms import PartnerForm
from forecourt.web.people.login import hashing_slot
from forecourt.web.queries.offers import partner_page
from forecourt.web.queries.self_billing import statement_file
from forecourt.web.queries.site_lookup import open_sites


class DetailsForm(Struct):
    name: str = ""
    email: str = ""
    address: str = ""
    country: str = ""
    vat_number: str = ""
    pay_within_days: str = "14"
    seen: str = ""


class AccountForm(Struct):
    bank: str = ""
    seen: str = ""


class PauseForm(Struct):
    to: str = "pause"


@get("/offers/partners/{partner_id:uuid}", sync_to_thread=True)
def partner(request: WebRequest, partner_id: FromPath[UUID]) -> Response[str]:
    return _page(request, partner_id, None, None)


@post("/offers/partners/{partner_id:uuid}", sync_to_thread=True, status_code=200)
def change(request: WebRequest, partner_id: FromPath[UUID], data: URLEncodedBody[DetailsForm]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            details = (
                data.name,
                data.email,
                data.address,
                data.country,
                data.vat_number,
                parse_whole(data.pay_within_days, "pay_within_days"),
            )
            change_partner(store, by, partner_id, PartnerDetails(*details), data.seen)
    except (BadInput, Conflict) as error:
        return _page(request, partner_id, data, error)
    return redirect_to(request, _home(partner_id), "partner_changed")


@get("/offers/partners/{partner_id:uuid}/account", sync_to_thread=True, opt={"duty": Duty.MONEY})
def account(request: WebRequest, partner_id: FromPath[UUID]) -> Response[str]:
    return _account(request, partner_id)


@post("/offers/partners/{partner_id:uuid}/account", sync_to_thread=True, status_code=200, opt={"duty": Duty.MONEY})
def save_account(request: WebRequest, partner_id: FromPath[UUID], data: URLEncodedBody[AccountForm]) -> Response[Any]:
    """The bank account may be changed only by staff who may pay out money, not by those who make offers."""
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            set_payee(store, by, partner_id, data.bank, data.seen)
    except (BadInput, Conflict) as error:
        return _account(request, partner_id, data.bank, error)
    return redirect_to(request, _home(partner_id), "partner_account")


@post("/offers/partners/{partner_id:uuid}/pause", sync_to_thread=True, status_code=303)
def pause(request: WebRequest, partner_id: FromPath[UUID], data: URLEncodedBody[PauseForm]) -> Redirect:
    by = staff_member(request)
    with ports_of(request).transactions.begin() as store:
        pause_partner(store, by, own_partner(store, by.operator_id, partner_id), data.to == "pause")
    return redirect_to(request, _home(partner_id), "partner_paused" if data.to == "pause" else "partner_resumed")


@get("/offers/partners/{partner_id:uuid}/end", sync_to_thread=True)
def ending(request: WebRequest, partner_id: FromPath[UUID]) -> Response[str]:
    return _ending(request, partner_id)


@post("/offers/partners/{partner_id:uuid}/end", sync_to_thread=True, status_code=200)
def end(request: WebRequest, partner_id: FromPath[UUID]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store:
            end_partner(store, by, own_partner(store, by.operator_id, partner_id))
    except Conflict as error:
        return _ending(request, partner_id, error)
    return redirect_to(request, _home(partner_id), "partner_ended")


@get("/offers/statements/{name:str}", sync_to_thread=True)
def statement(request: WebRequest, name: FromPath[str]) -> Response[bytes]:
    """The PDF of a partner's statement, or a file of a self-billed document, by its number."""
    with ports_of(request).transactions.begin() as store:
        return file_response(name, statement_file(store, visitor_of(request).operator, name))


def _home(partner_id: UUID) -> str:
    return f"/console/offers/partners/{partner_id}"


def _stored_form(known: Partner) -> DetailsForm:
    details = (known.name, known.email, known.address, known.country, known.vat_number, str(known.pay_within_days))
    return DetailsForm(*details)


def _page(request: WebRequest, partner_id: UUID, form: DetailsForm | None, error: BadInput | Conflict | None) -> Response[str]:
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        view = partner_page(store, own_partner(store, operator, partner_id), ports.clock.now())
    known, stale = view.row.partner, isinstance(error, Conflict)
    shown: dict[str, Any] = {"view": view, "form": _stored_form(known) if form is None or stale else form, "error": error}
    return page(request, "console/partner.html", _status(error), **shown, seen=details_fingerprint(known), tab="offers")


def _account(request: WebRequest, partner_id: UUID, typed: str | None = None, error: BadInput | Conflict | None = None) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        known = own_partner(store, visitor_of(request).operator, partner_id)
    stale = typed is None or isinstance(error, Conflict)
    shown = {"partner": known, "typed": known.bank if stale else typed, "seen": payee_fingerprint(known), "error": error}
    return page(request, "console/partner_account.html", _status(error), **shown, tab="offers")


def _ending(request: WebRequest, partner_id: UUID, error: Conflict | None = None) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        known = own_partner(store, visitor_of(request).operator, partner_id)
    return page(request, "console/partner_end.html", _status(error), partner=known, error=error, tab="offers")


def _status(error: BadInput | Conflict | None) -> int:
    return 200 if error is None else 409 if isinstance(error, Conflict) else 422


def add_partner(request: WebRequest, data: PartnerForm) -> None:
    """At all of the operator's places, with a sign-in for its till."""
    if not 12 <= len(data.password) <= 200:
        raise BadInput("password", "The password is too short.", "Use 12 to 200 characters.")
    if "@" not in data.email.strip("@ "):
        raise BadInput("email", f"{data.email[:60]!r} is not an email address.")
    ports = ports_of(request)
    with hashing_slot():
        password_hash = ports.passwords.hash(data.password)
    with ports.transactions.begin() as store:
        by = staff_member(request)
        sites = tuple(site.id for site in open_sites(store, by.operator_id))
        email, handle, country = data.email.strip().lower(), data.handle.strip(), data.country.strip().upper()[:2]
        partner = Partner(
            ports.ids.new(by.at), by.operator_id, handle, data.name.strip(), data.address.strip()[:200], email, sites, country=country
        )
        save_partner(store, by, partner)
        invite_partner(store, by, partner.id, email, password_hash)


pages: list[Any] = [partner, change, account, save_account, pause, ending, end, statement]
