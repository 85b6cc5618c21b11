"""The operator's plans, coupons, partners and their offers: make, pause, see what they cost, settle."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import Duty
from forecourt.flows.billing import settle_by_hand, state_now
from forecourt.flows.offers import (
    CouponTerms,
    OfferTerms,
    invite_partner,
    make_coupon,
    make_offer,
    open_plan,
    pause_coupon,
    pause_offer,
    publish_plan,
    put_partner,
)
from forecourt.kernel import BadInput, Conflict, Money, NotFound, Span
from forecourt.offers import Cut, OfferKind, Partner
from forecourt.web.frame.answers import Asked, file_answer, go, page
from forecourt.web.frame.lists import number_or_none, sites_chosen
from forecourt.web.frame.visit import ports_of, staff_member, visitor_of
from forecourt.web.offers.plan_forms import PARKING, PlanForm
from forecourt.web.people.signing import hashing
from forecourt.web.queries.offering import offering_of
from forecourt.web.queries.places import open_sites
from forecourt.web.views.tariff_form import standard_rate

_HOME = "/console/offers"


class CouponForm(Struct):
    title: str
    kind: str
    worth: str
    days: int = 90
    most: str = ""
    budget: str = ""
    least: str = ""
    stacks: str = ""
    each: int = 1
    sites: list[UUID] | UUID | None = None


class PartnerForm(Struct):
    handle: str
    name: str
    email: str
    password: str
    address: str = ""
    country: str = ""


class OfferForm(Struct):
    partner: UUID
    kind: str
    title: str
    worth: str
    share: str = "100"
    least_kwh: str = ""
    budget: str = ""
    days: int = 365
    sites: list[UUID] | UUID | None = None


class PauseForm(Struct):
    to: str = "pause"


class SettleForm(Struct):
    reference: str = ""


@get("/offers", sync_to_thread=True)
def offers(request: Asked) -> Response[str]:
    ports, operator = ports_of(request), visitor_of(request).operator
    with ports.transactions.begin() as store:
        view, seller = offering_of(store, operator, ports.clock.now()), store.stations.operator(operator)
    blank = PlanForm("", "", "" if seller.vat_exemption else standard_rate(seller.country))
    return page(request, "console/offers.html", offering=view, blank=blank, tab="offers")


@post("/offers/plans", sync_to_thread=True, status_code=303)
def new_plan(request: Asked, data: URLEncodedBody[PlanForm]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        currency = store.stations.operator(visitor_of(request).operator).currency
        publish_plan(store, staff_member(request), data.terms(currency))
    return go(request, _HOME, "plan_made")


@post("/offers/plans/{plan_id:uuid}/pause", sync_to_thread=True, status_code=303)
def pause_plan(request: Asked, plan_id: FromPath[UUID], data: URLEncodedBody[PauseForm]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        open_plan(store, staff_member(request), plan_id, data.to != "pause")
    return go(request, _HOME, "plan_closed" if data.to == "pause" else "plan_opened")


@post("/offers/coupons", sync_to_thread=True, status_code=303)
def new_coupon(request: Asked, data: URLEncodedBody[CouponForm]) -> Redirect:
    now, worth = ports_of(request).clock.now(), number_or_none(data.worth, "worth") or Decimal(0)
    with ports_of(request).transactions.begin() as store:
        currency = store.stations.operator(visitor_of(request).operator).currency
        most = number_or_none(data.most, "most")
        terms = CouponTerms(
            title=data.title,
            cut=_coupon_cut(data.kind, worth, currency),
            validity=Span(now, now + timedelta(days=_days(data.days))),
            least_spend=_money(data.least, "least", currency),
            most_claims=int(most) if most else None,
            budget=_money(data.budget, "budget", currency),
            stacks=bool(data.stacks),
            per_driver=data.each,
            sites=sites_chosen(data.sites),
        )
        make_coupon(store, staff_member(request), terms)
    return go(request, _HOME, "coupon_made")


@post("/offers/coupons/{coupon_id:uuid}/pause", sync_to_thread=True, status_code=303)
def stop_coupon(request: Asked, coupon_id: FromPath[UUID], data: URLEncodedBody[PauseForm]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        pause_coupon(store, staff_member(request), coupon_id, data.to == "pause")
    return go(request, _HOME, "coupon_paused" if data.to == "pause" else "coupon_resumed")


@post("/offers/partners", sync_to_thread=True, status_code=303)
def new_partner(request: Asked, data: URLEncodedBody[PartnerForm]) -> Redirect:
    """A partner at all of the operator's places, with a sign-in for its till."""
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
    return go(request, _HOME, "partner_added")


@post("/offers/new", sync_to_thread=True, status_code=303)
def new_offer(request: Asked, data: URLEncodedBody[OfferForm]) -> Redirect:
    now, worth = ports_of(request).clock.now(), number_or_none(data.worth, "worth") or Decimal(0)
    with ports_of(request).transactions.begin() as store:
        by, currency = staff_member(request), store.stations.operator(visitor_of(request).operator).currency
        earned = data.kind == "gift"
        terms = OfferTerms(
            partner_id=data.partner,
            title=data.title,
            kind=OfferKind.EARNED if earned else OfferKind.PURCHASE,
            partner_percent=number_or_none(data.share, "share") or Decimal(0),
            validity=Span(now, now + timedelta(days=_days(data.days))),
            sites=sites_chosen(data.sites),
            cut=None if earned else Cut(seconds=int(worth * 60), dimensions=PARKING),
            least_wh=int((number_or_none(data.least_kwh, "least_kwh") or Decimal(0)) * 1000) if earned else 0,
            worth=Money.of(worth, currency) if earned else None,
            budget=_money(data.budget, "budget", currency),
        )
        make_offer(store, by, terms)
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


@post("/offers/statements/{statement_id:uuid}/settle", sync_to_thread=True, status_code=303, opt={"duty": Duty.MONEY})
def settle(request: Asked, statement_id: FromPath[UUID], data: URLEncodedBody[SettleForm]) -> Redirect:
    with ports_of(request).transactions.begin() as store:
        settle_by_hand(store, staff_member(request), statement_id, data.reference)
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


def _coupon_cut(kind: str, worth: Decimal, currency: str) -> Cut:
    if kind == "percent":
        return Cut(percent=worth)
    return Cut(energy_wh=int(worth * 1000)) if kind == "kwh" else Cut(amount=Money.of(worth, currency))


def _money(text: str, field: str, currency: str) -> Money | None:
    amount = number_or_none(text, field)
    return Money.of(amount, currency) if amount else None


def _days(days: int) -> int:
    if not 1 <= days <= 3650:
        raise BadInput("days", f"{days} days?", "Give 1 to 3650.")
    return days


pages: list[Any] = [
    offers, new_plan, pause_plan, new_coupon, stop_coupon, new_partner, new_offer, stop_offer, state, settle, statement,
]  # fmt: skip
