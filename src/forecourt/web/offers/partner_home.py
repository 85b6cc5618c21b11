"""The partner's pages: accept a voucher, hand one out, today's activity, statements. One task per page."""

from typing import Any
from uuid import UUID

from litestar import Router, get, post
from litestar.handlers.base import BaseRouteHandler
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Response
from msgspec import Struct

from forecourt.drivers import Account, Role
from forecourt.flows.desk import operator_month
from forecourt.flows.offers import accept_gift, issue_partner_voucher, preview_gift
from forecourt.kernel import Forbidden, NotFound, Refused, month_name
from forecourt.offers import OfferKind, format_code
from forecourt.web.frame.code_attempts import limit_code_attempts
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.idempotency import idempotent, scoped_key
from forecourt.web.frame.responses import WebRequest, file_response, page, redirect_to
from forecourt.web.frame.visitor import Connection, ports_of, signed_in, visitor_of
from forecourt.web.queries.host_shares import host_view
from forecourt.web.queries.local_days import local_date, local_day
from forecourt.web.queries.qr_codes import qr_svg
from forecourt.web.queries.self_billing import statement_file, vat_view

_ONE_CUSTOMER_S = 30
_NO_VOUCHERS = (OfferKind.HOSTING, OfferKind.CORRECTION)


class CodeForm(Struct):
    code: str = ""


class OfferForm(Struct):
    """key: set when the form is rendered, so that pressing twice hands out one."""

    offer: UUID
    key: str = ""


async def partners_only(connection: Connection, handler: BaseRouteHandler) -> None:
    await signed_in(connection, handler)
    account = visitor_of(connection).account
    if account is None or account.role is not Role.PARTNER or account.partner_id is None:
        raise Forbidden("partner_only", "This part is for partners.", "Sign in with a partner's account.")


@get("/", sync_to_thread=True)
def today(request: WebRequest) -> Response[str]:
    return _today(request)


@post("/look", sync_to_thread=True, status_code=200)
def preview_voucher(request: WebRequest, data: URLEncodedBody[CodeForm]) -> Response[str]:
    """What accepting the voucher will do, before it is done."""
    ports, (account, partner_id) = ports_of(request), partner_of(request)
    try:
        with limit_code_attempts(request), ports.transactions.begin() as store:
            gift = preview_gift(store, account.operator_id, partner_id, data.code, ports.clock.now())
    except Refused as error:
        return _today(request, error, data.code)
    return page(request, "partner/confirm.html", gift=gift, code=format_code(gift.voucher.code), tab="today")


@post("/take", sync_to_thread=True, status_code=200)
def accept_voucher(request: WebRequest, data: URLEncodedBody[CodeForm]) -> Response[Any]:
    ports, (account, _) = ports_of(request), partner_of(request)
    try:
        with limit_code_attempts(request), ports.transactions.begin() as store:
            accept_gift(store, account, data.code, ports.clock.now())
    except Refused as error:
        return _today(request, error, data.code)
    return redirect_to(request, "/partners", "voucher_taken")


@post("/hand-out", sync_to_thread=True, status_code=200)
def hand_out_voucher(request: WebRequest, data: URLEncodedBody[OfferForm]) -> Response[str]:
    """A voucher for a customer, shown as a code to scan."""
    ports, (_, partner_id) = ports_of(request), partner_of(request)
    at = ports.clock.now()
    # Going back in the browser leads to the same form, for the next customer.
    key = f"{data.key[:60]}-{int(at.timestamp()) // _ONE_CUSTOMER_S}" if data.key else ""
    try:
        with ports.transactions.begin() as store, idempotent(store, scoped_key(request, "hand-out", key), at) as attempt:
            if attempt.fresh:
                attempt.answer = str(issue_partner_voucher(store, partner_id, data.offer, at, ports.ids).id).encode()
            voucher, offer = store.partners.voucher(UUID(attempt.answer.decode())), store.partners.offer(data.offer)
            if voucher is None or offer is None:
                raise NotFound("offer", "You have no such offer.")
    except Refused as error:
        return _today(request, error)
    code = format_code(voucher.code)
    return page(request, "partner/voucher.html", offer=offer, code=code, qr=qr_svg(code), voucher=voucher, tab="today")


@get("/statements/{name:str}", sync_to_thread=True)
def statement(request: WebRequest, name: FromPath[str]) -> Response[bytes]:
    """The PDF of one of this partner's own statements, or a file of a self-billed document, by its number."""
    account, partner_id = partner_of(request)
    with ports_of(request).transactions.begin() as store:
        return file_response(name, statement_file(store, account.operator_id, name, partner_id))


def _today(request: WebRequest, error: Refused | None = None, typed: str = "") -> Response[str]:
    """typed: the code that was refused."""
    ports, (account, partner_id) = ports_of(request), partner_of(request)
    now = ports.clock.now()
    with ports.transactions.begin() as store:
        partner, operator = store.partners.partner(partner_id), store.stations.operator(account.operator_id)
        zone = operator.zone
        day = local_day(local_date(now, zone), zone)
        used = [one for one in store.partners.redemptions(partner_id, day) if one.kind not in _NO_VOUCHERS]
        offers = [one for one in store.partners.offers(account.operator_id) if one.partner_id == partner_id]
        open_items = store.partners.open_items(partner_id)
        hosted = host_view(store, partner, open_items, now) if partner else None
        vat = vat_view(store, partner, now) if partner and hosted and hosted.hosts else None
        statements = [(one, store.partners.settled(one.id)) for one in store.partners.statements(account.operator_id, partner_id)]
        month_before = month_name(operator_month(store, account.operator_id, now, -1).start, zone)
    status = status_of(error) if error else 200
    return page(
        request,
        "partner/today.html",
        status,
        partner=partner,
        zone=zone,
        operator=operator.name,
        used=used,
        key=ports.ids.new(now),
        handing=[one for one in offers if partner and partner.active and one.kind is OfferKind.PURCHASE and one.runs(now)],
        unstated=[one for one in open_items if one.kind not in _NO_VOUCHERS],
        corrections=[one for one in open_items if one.kind is OfferKind.CORRECTION],
        hosted=hosted,
        vat=vat,
        vouchers=bool(offers or used) or hosted is None or not hosted.hosts,
        month_before=month_before,
        statements=statements,
        error=error,
        typed=typed,
        tab="today",
    )


def partner_of(request: WebRequest) -> tuple[Account, UUID]:
    account = visitor_of(request).require_account()
    if account.partner_id is None:
        raise Forbidden("partner_only", "This part is for partners.", "Sign in with a partner's account.")
    return account, account.partner_id


routes = Router("/partners", guards=[partners_only], route_handlers=[today, preview_voucher, accept_voucher, hand_out_voucher, statement])
