"""REST for memberships, codes and vouchers: the driver's own, and what a partner's till does."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Response
from msgspec import Meta, Struct

from forecourt.flows.offers import (
    accept_gift,
    cancel_plan,
    change_plan,
    issue_partner_voucher,
    join_plan,
    look_up_code,
    preview_gift,
    redeem_code,
)
from forecourt.flows.ports import ListOrder, Store, page_of
from forecourt.kernel import DriverId, NotFound, Span
from forecourt.offers import Offer, OfferKind, Voucher, format_code
from forecourt.web.api.models import Amount, amount
from forecourt.web.api.pagination import ALL, PAGINATED, PageQuery, page_response
from forecourt.web.api.shared import Key, json_answer, to_json
from forecourt.web.frame.code_attempts import limit_code_attempts
from forecourt.web.frame.idempotency import idempotent, request_digest, scoped_key
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, signed_in, visitor_of
from forecourt.web.offers.partner_home import partner_of, partners_only
from forecourt.web.queries.benefits import MembershipView, PlanView, VoucherView, benefits_of

Code = Annotated[str, Meta(min_length=1, max_length=32)]


class PlanRequest(Struct, forbid_unknown_fields=True):
    """code: of a group's plan."""

    plan: UUID
    code: Annotated[str, Meta(max_length=32)] = ""


class CodeRequest(Struct, forbid_unknown_fields=True):
    code: Code


class VoucherRequest(Struct, forbid_unknown_fields=True):
    offer: UUID


class PlanItem(Struct):
    """fee: per month, with VAT. group: the only one it is for. saved: what it would have taken off your charges of the last 30 days."""

    id: str
    title: str
    fee: Amount
    benefits: list[str]
    group: str
    mine: bool
    charges: int
    saved: Amount | None


class MembershipItem(Struct):
    """renews_at: null if it ends. next: the plan from then on, if another was chosen."""

    title: str
    fee: Amount
    renews_at: datetime | None
    ends_at: datetime | None
    next: str
    allowances: list[str]


class CodeItem(Struct):
    """What a code is for, in its issuer's words."""

    code: str
    title: str


class VoucherItem(Struct):
    """state: ready, spent (its budget is used up), used, ended or expired. for_partner: to be shown there; otherwise the next charge uses
    it."""

    code: str
    title: str
    partner: str
    state: str
    valid_until: datetime
    for_partner: bool


class BenefitsItem(Struct):
    """What your next charges use: coupons in words, and vouchers."""

    coupons: list[str]
    vouchers: list[VoucherItem]


class OfferItem(Struct):
    """kind: PURCHASE (you hand vouchers out) or EARNED (you accept them)."""

    id: str
    title: str
    kind: str
    valid_until: datetime
    issued: int
    used: int


class IssuedVoucherItem(Struct):
    """A voucher you handed out."""

    code: str
    offer: str
    issued_at: datetime
    valid_until: datetime
    state: str


class RedemptionItem(Struct):
    """credit: what the operator pays you for it."""

    code: str
    offer: str
    credit: Amount


@get("/plans", sync_to_thread=True, guards=[signed_in], summary="Membership plans you can join")
def list_plans(request: WebRequest) -> list[PlanItem]:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        return [_plan(view) for view in benefits_of(store, driver_id, ports_of(request).clock.now()).plans]


@get("/membership", sync_to_thread=True, guards=[signed_in], summary="Your membership")
def get_membership(request: WebRequest) -> MembershipItem:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        return _membership(store, driver_id, ports_of(request).clock.now())


@post("/membership", sync_to_thread=True, guards=[signed_in], summary="Join a plan; the first month is invoiced at once")
def create_membership(request: WebRequest, data: JSONBody[PlanRequest], key: Key = "") -> Response[MembershipItem]:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now = ports.clock.now()
    with (
        limit_code_attempts(request),
        ports.transactions.begin() as store,
        idempotent(store, scoped_key(request, "join", key), now, request_digest(request, data)) as attempt,
    ):
        if attempt.fresh:
            join_plan(store, driver_id, data.plan, data.code, now, ports.ids)
            attempt.answer = to_json(_membership(store, driver_id, now))
    return json_answer(attempt.answer, 201)


@put("/membership", sync_to_thread=True, guards=[signed_in], summary="Change to another plan from next month")
def update_membership(request: WebRequest, data: JSONBody[PlanRequest]) -> MembershipItem:
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now = ports.clock.now()
    with limit_code_attempts(request), ports.transactions.begin() as store:
        change_plan(store, driver_id, data.plan, data.code, now)
        return _membership(store, driver_id, now)


@delete("/membership", sync_to_thread=True, status_code=200, guards=[signed_in], summary="Leave at the end of the month")
def cancel_membership(request: WebRequest) -> MembershipItem:
    """Leaving twice has no further effect."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now = ports.clock.now()
    with ports.transactions.begin() as store:
        cancel_plan(store, driver_id, now)
        return _membership(store, driver_id, now)


@get("/codes/{code:str}", sync_to_thread=True, guards=[signed_in], summary="What a coupon or voucher code is for")
def get_code(request: WebRequest, code: FromPath[str]) -> CodeItem:
    """Changes nothing. After ten wrong codes, no further answers are given for 15 minutes."""
    ports, account = ports_of(request), visitor_of(request).require_account()
    visitor_of(request).require_driver()
    with limit_code_attempts(request), ports.transactions.begin() as store:
        return CodeItem(code, look_up_code(store, account.operator_id, code, ports.clock.now()))


@post("/codes", sync_to_thread=True, guards=[signed_in], summary="Add a coupon or voucher to your account")
def add_code(request: WebRequest, data: JSONBody[CodeRequest], key: Key = "") -> Response[CodeItem]:
    """Your next charge uses it, including one in progress. After ten wrong codes, no further answers are given for 15 minutes."""
    ports, driver_id = ports_of(request), visitor_of(request).require_driver()
    now = ports.clock.now()
    with (
        limit_code_attempts(request),
        ports.transactions.begin() as store,
        idempotent(store, scoped_key(request, "code", key), now, request_digest(request, data)) as attempt,
    ):
        if attempt.fresh:
            attempt.answer = to_json(CodeItem(data.code, redeem_code(store, driver_id, data.code, now, ports.ids)))
    return json_answer(attempt.answer, 201)


@get("/benefits", sync_to_thread=True, guards=[signed_in], summary="Your coupons and your latest 20 vouchers, usable ones first")
def get_benefits(request: WebRequest) -> BenefitsItem:
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        view = benefits_of(store, driver_id, ports_of(request).clock.now())
    return BenefitsItem([words for words, is_used_up in view.coupons if not is_used_up], [_voucher(one) for one in view.vouchers.rows])


@get("/partner/offers", sync_to_thread=True, guards=[partners_only], summary="For partners: your current offers")
def list_partner_offers(request: WebRequest) -> list[OfferItem]:
    now, (account, partner_id) = ports_of(request).clock.now(), partner_of(request)
    with ports_of(request).transactions.begin() as store:
        partner = store.partners.partner(partner_id)
        own = [one for one in store.partners.offers(account.operator_id) if one.partner_id == partner_id]
        running = [one for one in own if partner is not None and partner.active and one.runs(now)]
        return [OfferItem(str(one.id), one.title, str(one.kind), one.validity.end, one.issued, one.used) for one in running]


_GIVEN: ListOrder[Voucher] = ListOrder(lambda one: (one.issued_at, one.id), (datetime, UUID))


@get(
    "/partner/vouchers",
    sync_to_thread=True,
    guards=[partners_only],
    **PAGINATED,
    summary="For partners: vouchers issued in a period, newest first",
)
def list_partner_vouchers(
    request: WebRequest, part: PageQuery, start: FromQuery[datetime], end: FromQuery[datetime]
) -> Response[list[IssuedVoucherItem]]:
    """Vouchers for charging. Earned ones belong to the drivers until they show them."""
    _, partner_id = partner_of(request)
    with ports_of(request).transactions.begin() as store:
        given = [one for one in store.partners.vouchers_at(partner_id, Span(start, end)) if one.kind is OfferKind.PURCHASE]
        shown = page_of(given, _GIVEN, part.newest(ALL))
        return page_response(request, shown, lambda one: _issued(one, store.partners.offer(one.offer_id)))


@post("/partner/vouchers", sync_to_thread=True, guards=[partners_only], summary="For partners: hand out a voucher")
def create_partner_voucher(request: WebRequest, data: JSONBody[VoucherRequest], key: Key = "") -> Response[IssuedVoucherItem]:
    ports, (_, partner_id) = ports_of(request), partner_of(request)
    now = ports.clock.now()
    with (
        ports.transactions.begin() as store,
        idempotent(store, scoped_key(request, "hand-out", key), now, request_digest(request, data)) as attempt,
    ):
        if attempt.fresh:
            made = issue_partner_voucher(store, partner_id, data.offer, now, ports.ids)
            attempt.answer = to_json(_issued(made, store.partners.offer(made.offer_id)))
    return json_answer(attempt.answer, 201)


@get("/partner/redemptions/{code:str}", sync_to_thread=True, guards=[partners_only], summary="For partners: preview redeeming a voucher")
def preview_redemption(request: WebRequest, code: FromPath[str]) -> RedemptionItem:
    """Changes nothing. After ten wrong codes, no further answers are given for 15 minutes."""
    ports, (account, partner_id) = ports_of(request), partner_of(request)
    with limit_code_attempts(request), ports.transactions.begin() as store:
        gift = preview_gift(store, account.operator_id, partner_id, code, ports.clock.now())
        return RedemptionItem(format_code(gift.voucher.code), gift.offer.title, amount(gift.credit))


@post("/partner/redemptions", sync_to_thread=True, guards=[partners_only], summary="For partners: redeem a voucher")
def redeem_voucher(request: WebRequest, data: JSONBody[CodeRequest], key: Key = "") -> Response[RedemptionItem]:
    """It will be on your statement. A voucher is redeemed once; send a key to repeat the request safely."""
    ports, (account, _) = ports_of(request), partner_of(request)
    now = ports.clock.now()
    with (
        limit_code_attempts(request),
        ports.transactions.begin() as store,
        idempotent(store, scoped_key(request, "redeem", key), now, request_digest(request, data)) as attempt,
    ):
        if attempt.fresh:
            gift = accept_gift(store, account, data.code, now)
            attempt.answer = to_json(RedemptionItem(format_code(gift.voucher.code), gift.offer.title, amount(gift.credit)))
    return json_answer(attempt.answer, 201)


def _membership(store: Store, driver_id: DriverId, at: datetime) -> MembershipItem:
    view: MembershipView | None = benefits_of(store, driver_id, at).membership
    if view is None:
        raise NotFound("membership", "You do not have a membership.", "Join a plan from GET /plans.")
    return MembershipItem(view.title, amount(view.fee), view.renews_at, view.ends_at, view.next_title, list(view.allowances))


def _plan(view: PlanView) -> PlanItem:
    saved = amount(view.saved) if view.saved else None
    return PlanItem(view.id, view.title, amount(view.fee), list(view.benefits), view.group, view.mine, view.charges, saved)


def _voucher(view: VoucherView) -> VoucherItem:
    return VoucherItem(view.code, view.title, view.partner, view.state, view.valid_until, view.for_partner)


def _issued(one: Voucher, offer: Offer | None) -> IssuedVoucherItem:
    return IssuedVoucherItem(format_code(one.code), offer.title if offer else "", one.issued_at, one.valid_until, one.state_name.lower())


routes = Router(
    "/api/v1", tags=["Offers"],
    route_handlers=[
        list_plans, get_membership, create_membership, update_membership, cancel_membership, get_code, add_code, get_benefits,
        list_partner_offers, list_partner_vouchers, create_partner_voucher, preview_redemption, redeem_voucher,
    ],
)  # fmt: skip
