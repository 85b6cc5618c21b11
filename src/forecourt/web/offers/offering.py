"""The operator's plans, coupons, partners and their offers: make, pause, see what they cost, settle."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import Duty
from forecourt.flows.billing import settle_by_hand, state_now
from forecourt.flows.offers import (
    invite_partner,
    make_coupon,
    make_offer,
    open_plan,
    pause_coupon,
    pause_offer,
    publish_plan,
    put_partner,
)
from forecourt.kernel import BadInput, Conflict, NotFound, Refused
from forecourt.offers import Partner
from forecourt.web.frame.answers import Asked, file_answer, go, page
from forecourt.web.frame.failures import status_of
from forecourt.web.frame.lists import sites_chosen
from forecourt.web.frame.visit import ports_of, staff_member, visitor_of
from forecourt.web.offers.offer_forms import CouponForm, OfferForm, PartnerForm
from forecourt.web.offers.plan_forms import PlanForm
from forecourt.web.people.signing import hashing
from forecourt.web.queries.offering import offering_of
from forecourt.web.queries.places import open_sites
from forecourt.web.views.tariff_form import standard_rate

_HOME = "/console/offers"


class PauseForm(Struct):
    to: str = "pause"


class SettleForm(Struct):
    reference: str = ""


_Form = PlanForm | CouponForm | PartnerForm | OfferForm | SettleForm


@get("/offers", sync_to_thread=True)
def offers(request: Asked) -> Response[str]:
    return _page(request)


@post("/offers/plans", sync_to_thread=True, status_code=200)
def new_plan(request: Asked, data: URLEncodedBody[PlanForm]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            currency = store.stations.operator(visitor_of(request).operator).currency
            publish_plan(store, staff_member(request), data.terms(currency))
    except Refused as error:
        return _page(request, error, plan=data)
    return go(request, _HOME, "plan_made")


@post("/offers/plans/{plan_id:uuid}/pause", sync_to_thread=True, status_code=303)
def pause_plan(request: Asked, plan_id: FromPath[UUID], data: URLEncodedBody[PauseForm]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        open_plan(store, staff_member(request), plan_id, data.to != "pause")
    return go(request, _HOME, "plan_closed" if data.to == "pause" else "plan_opened")


@post("/offers/coupons", sync_to_thread=True, status_code=200)
def new_coupon(request: Asked, data: URLEncodedBody[CouponForm]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            currency = store.stations.operator(visitor_of(request).operator).currency
            make_coupon(store, staff_member(request), data.terms(ports_of(request).clock.now(), currency))
    except Refused as error:
        return _page(request, error, coupon=data)
    return go(request, _HOME, "coupon_made")


@post("/offers/coupons/{coupon_id:uuid}/pause", sync_to_thread=True, status_code=303)
def stop_coupon(request: Asked, coupon_id: FromPath[UUID], data: URLEncodedBody[PauseForm]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        pause_coupon(store, staff_member(request), coupon_id, data.to == "pause")
    return go(request, _HOME, "coupon_paused" if data.to == "pause" else "coupon_resumed")


@post("/offers/partners", sync_to_thread=True, status_code=200)
def new_partner(request: Asked, data: URLEncodedBody[PartnerForm]) -> Response[Any]:
    """A partner at all of the operator's places, with a sign-in for its till."""
    try:
        _add_partner(request, data)
    except Refused as error:
        return _page(request, error, partner=data)
    return go(request, _HOME, "partner_added")


@post("/offers/new", sync_to_thread=True, status_code=200)
def new_offer(request: Asked, data: URLEncodedBody[OfferForm]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            currency = store.stations.operator(visitor_of(request).operator).currency
            make_offer(store, staff_member(request), data.terms(ports_of(request).clock.now(), currency))
    except Refused as error:
        return _page(request, error, offer=data)
    return go(request, _HOME, "offer_made")


@post("/offers/{offer_id:uuid}/pause", sync_to_thread=True, status_code=303)
def stop_offer(request: Asked, offer_id: FromPath[UUID], data: URLEncodedBody[PauseForm]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        pause_offer(store, staff_member(request), offer_id, data.to == "pause")
    return go(request, _HOME, "offer_paused" if data.to == "pause" else "offer_resumed")


@post("/offers/partners/{partner_id:uuid}/state", sync_to_thread=True, status_code=303)
def state(request: Asked, partner_id: FromPath[UUID]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        state_now(store, staff_member(request), partner_id)
    return go(request, _HOME, "statement_made")


@post("/offers/statements/{statement_id:uuid}/settle", sync_to_thread=True, status_code=200, opt={"duty": Duty.MONEY})
def settle(request: Asked, statement_id: FromPath[UUID], data: URLEncodedBody[SettleForm]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            settle_by_hand(store, staff_member(request), statement_id, data.reference)
    except (BadInput, Conflict) as error:
        return _page(request, error, **{str(statement_id): data})
    return go(request, _HOME, "statement_settled")


@get("/offers/statements/{name:str}", sync_to_thread=True)
def statement(request: Asked, name: FromPath[str]) -> Response[bytes]:
    with ports_of(request).transactions.begin() as store:
        own = store.partners.statements(visitor_of(request).operator)
        found = next((one for one in own if f"{one.number}.pdf" == name), None)
        body = store.partners.pdf(found.id) if found else None
    if found is None:
        raise NotFound("statement", "There is no such statement.")
    if body is None:
        raise Conflict("pdf_not_yet", "The PDF is being made.", "Try again in a few seconds.")
    return file_answer(name, body)


def _page(request: Asked, error: Refused | None = None, **typed: _Form) -> Response[str]:
    """typed: by its name the form that was refused, as it was sent; the others are empty. A settled statement's is called by its id."""
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        view, seller = offering_of(store, operator, ports.clock.now()), store.stations.operator(operator)
    blank = PlanForm("", "", "" if seller.vat_exemption else standard_rate(seller.country))
    forms = {"plan": blank, "coupon": CouponForm(), "partner": PartnerForm(), "offer": OfferForm(), **typed}
    ticked = {name: set(sites_chosen(getattr(form, "sites", None))) for name, form in forms.items()}
    shown: dict[str, Any] = {"offering": view, "forms": forms, "ticked": ticked, "error": error, "refused": next(iter(typed), "")}
    return page(request, "console/offers.html", status_of(error) if error else 200, **shown, tab="offers")


def _add_partner(request: Asked, data: PartnerForm) -> None:
    if not 12 <= len(data.password) <= 200:
        raise BadInput("password", "The password is too short.", "Take 12 to 200 characters.")
    if "@" not in data.email.strip("@ "):
        raise BadInput("email", f"{data.email[:60]!r} is not an e-mail address.")
    ports = ports_of(request)
    with hashing():
        password_hash = ports.passwords.hash(data.password)
    with ports.transactions.begin() as store:
        by = staff_member(request)
        sites = tuple(site.id for site in open_sites(store, by.operator_id))
        email, handle, country = data.email.strip().lower(), data.handle.strip(), data.country.strip().upper()[:2]
        made = Partner(
            ports.ids.new(by.at), by.operator_id, handle, data.name.strip(), data.address.strip()[:200], email, sites, country=country
        )
        put_partner(store, by, made)
        invite_partner(store, by, made.id, email, password_hash)


pages: list[Any] = [
    offers, new_plan, pause_plan, new_coupon, stop_coupon, new_partner, new_offer, stop_offer, state, settle, statement,
]  # fmt: skip
