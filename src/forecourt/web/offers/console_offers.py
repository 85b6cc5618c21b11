"""The operator's plans, coupons, partners and their offers: create, pause, see the cost, settle."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import Duty
from forecourt.flows.billing import issue_statement_now, settle_manually
from forecourt.flows.offers import (
    create_coupon,
    create_offer,
    open_plan,
    pause_coupon,
    pause_offer,
    publish_plan,
)
from forecourt.kernel import BadInput, Refused
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.idempotency import idempotent, submission_key
from forecourt.web.frame.lists import selected_sites
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, staff_member, visitor_of
from forecourt.web.offers.console_partner import add_partner
from forecourt.web.offers.form_errors import FIELD_IDS, errors_by_field
from forecourt.web.offers.offer_forms import CouponForm, OfferForm, PartnerForm
from forecourt.web.offers.plan_forms import PlanForm
from forecourt.web.queries.offers import offers_page
from forecourt.web.views.tariff_form import standard_rate

_HOME = "/console/offers"


class PauseForm(Struct):
    to: str = "pause"


class SettleForm(Struct):
    reference: str = ""


_Form = PlanForm | CouponForm | PartnerForm | OfferForm | SettleForm


@get("/offers", sync_to_thread=True)
def offers(request: WebRequest) -> Response[str]:
    return _page(request)


@post("/offers/plans", sync_to_thread=True, status_code=200)
def new_plan(request: WebRequest, data: URLEncodedBody[PlanForm]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store, idempotent(store, submission_key(request, "plan", data), by.at) as attempt:
            currency = store.stations.operator(visitor_of(request).operator).currency
            if attempt.fresh:
                publish_plan(store, by, data.terms(currency))
    except Refused as error:
        return _page(request, error, plan=data)
    return redirect_to(request, _HOME, "plan_made")


@post("/offers/plans/{plan_id:uuid}/pause", sync_to_thread=True, status_code=303)
def pause_plan(request: WebRequest, plan_id: FromPath[UUID], data: URLEncodedBody[PauseForm]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        open_plan(store, staff_member(request), plan_id, data.to != "pause")
    return redirect_to(request, _HOME, "plan_closed" if data.to == "pause" else "plan_opened")


@post("/offers/coupons", sync_to_thread=True, status_code=200)
def new_coupon(request: WebRequest, data: URLEncodedBody[CouponForm]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store, idempotent(store, submission_key(request, "coupon", data), by.at) as attempt:
            currency = store.stations.operator(visitor_of(request).operator).currency
            if attempt.fresh:
                create_coupon(store, by, data.terms(by.at, currency))
    except Refused as error:
        return _page(request, error, coupon=data)
    return redirect_to(request, _HOME, "coupon_made")


@post("/offers/coupons/{coupon_id:uuid}/pause", sync_to_thread=True, status_code=303)
def stop_coupon(request: WebRequest, coupon_id: FromPath[UUID], data: URLEncodedBody[PauseForm]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        pause_coupon(store, staff_member(request), coupon_id, data.to == "pause")
    return redirect_to(request, _HOME, "coupon_paused" if data.to == "pause" else "coupon_resumed")


@post("/offers/partners", sync_to_thread=True, status_code=200)
def new_partner(request: WebRequest, data: URLEncodedBody[PartnerForm]) -> Response[Any]:
    """Create a partner at all of the operator's places, with a sign-in for its till."""
    try:
        add_partner(request, data)
    except Refused as error:
        return _page(request, error, partner=data)
    return redirect_to(request, _HOME, "partner_added")


@post("/offers/new", sync_to_thread=True, status_code=200)
def new_offer(request: WebRequest, data: URLEncodedBody[OfferForm]) -> Response[Any]:
    by = staff_member(request)
    try:
        with ports_of(request).transactions.begin() as store, idempotent(store, submission_key(request, "offer", data), by.at) as attempt:
            currency = store.stations.operator(visitor_of(request).operator).currency
            if attempt.fresh:
                create_offer(store, by, data.terms(by.at, currency))
    except Refused as error:
        return _page(request, error, offer=data)
    return redirect_to(request, _HOME, "offer_made")


@post("/offers/{offer_id:uuid}/pause", sync_to_thread=True, status_code=303)
def stop_offer(request: WebRequest, offer_id: FromPath[UUID], data: URLEncodedBody[PauseForm]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        pause_offer(store, staff_member(request), offer_id, data.to == "pause")
    return redirect_to(request, _HOME, "offer_paused" if data.to == "pause" else "offer_resumed")


@post("/offers/partners/{partner_id:uuid}/state", sync_to_thread=True, status_code=303)
def state(request: WebRequest, partner_id: FromPath[UUID]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        issue_statement_now(store, staff_member(request), partner_id)
    return redirect_to(request, _HOME, "statement_made")


@post("/offers/statements/{statement_id:uuid}/settle", sync_to_thread=True, status_code=200, opt={"duty": Duty.MONEY})
def settle(request: WebRequest, statement_id: FromPath[UUID], data: URLEncodedBody[SettleForm]) -> Response[Any]:
    try:
        with ports_of(request).transactions.begin() as store:
            settle_manually(store, staff_member(request), statement_id, data.reference)
    except BadInput as error:
        return _page(request, error, **{str(statement_id): data})
    return redirect_to(request, _HOME, "statement_settled")


def _page(request: WebRequest, error: Refused | None = None, **typed: _Form) -> Response[str]:
    """typed: by name, the refused form as it was sent; the others are empty. The form to settle a statement is named by the statement's
    id."""
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        view, seller = offers_page(store, operator, ports.clock.now()), store.stations.operator(operator)
    blank = PlanForm("", "", "" if seller.vat_exemption else standard_rate(seller.country))
    forms = {"plan": blank, "coupon": CouponForm(), "partner": PartnerForm(), "offer": OfferForm(), **typed}
    ticked = {name: set(selected_sites(getattr(form, "sites", None))) for name, form in forms.items()}
    shown: dict[str, Any] = {"offering": view, "forms": forms, "ticked": ticked, "error": error, "refused": next(iter(typed), "")}
    shown |= {"told": {form: errors_by_field(form, error if form in typed else None) for form in FIELD_IDS}, "ids": FIELD_IDS}
    shown |= {"key": ports.ids.new(ports.clock.now())}
    return page(request, "console/offers.html", status_of(error) if error else 200, **shown, tab="offers")


pages: list[Any] = [
    offers, new_plan, pause_plan, new_coupon, stop_coupon, new_partner, new_offer, stop_offer, state, settle, ]  # fmt: skip
