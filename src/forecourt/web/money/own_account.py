"""A driver's own documents: receipts, and the account with its cards and API tokens."""

from typing import Any

from litestar import Router, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect, Response
from msgspec import Struct

from forecourt.drivers import Account, SignIn, decrypt
from forecourt.flows.desk import Staff, block_card, lock_signed_in_account, register_card
from forecourt.flows.ports import Store
from forecourt.kernel import BadInput, Forbidden, Refused
from forecourt.web.frame import sealing
from forecourt.web.frame.code_attempts import limit_code_attempts
from forecourt.web.frame.errors import status_of
from forecourt.web.frame.idempotency import IdempotentForm, idempotent, submission_key
from forecourt.web.frame.lists import MONTHLY_PAGE_SIZE, MONTHLY_PREFIX, pager, requested_page
from forecourt.web.frame.responses import WebRequest, file_response, page, redirect_to, split_file_name
from forecourt.web.frame.visitor import API_TOKEN_LIFE, ports_of, session_digest, signed_in, visitor_of, wall_now
from forecourt.web.queries.bill_check import bill_check
from forecourt.web.queries.disputes import disputes_about
from forecourt.web.queries.own_account import account_view, api_tokens, connected_apps
from forecourt.web.queries.receipts import document_file, files_view, readable_document, receipt_view, receipts_of
from forecourt.web.queries.statements import credit_view, statements_of

_MAX_TOKENS = 20


class TokenForm(IdempotentForm):
    label: str = ""


class CardForm(Struct):
    uid: str = ""
    label: str = ""


class LostForm(Struct):
    uid: str


@get("/receipts", sync_to_thread=True)
def receipts(request: WebRequest) -> Response[str]:
    driver_id, ports = visitor_of(request).require_driver(), ports_of(request)
    with ports.transactions.begin() as store:
        found = receipts_of(store, driver_id, requested_page(request))
        months = statements_of(store, driver_id, requested_page(request, MONTHLY_PREFIX, MONTHLY_PAGE_SIZE))
        debt_status, credit = store.payments.debt_status(driver_id), credit_view(store, driver_id, ports.clock.now())
    shown: dict[str, Any] = {
        "receipts": found.rows,
        "months": months.rows,
        "owing": debt_status,
        "pages": pager(request, found, "/receipts"),
    }
    shown |= {"credit": credit}
    return page(request, "driver/receipts.html", **shown, month_pages=pager(request, months, "/receipts", MONTHLY_PREFIX), tab="receipts")


@get("/receipts/{name:str}", sync_to_thread=True)
def receipt(request: WebRequest, name: FromPath[str]) -> Response[Any]:
    """The page of a receipt; with .pdf or .xml after the number, its file or e-invoice."""
    driver_id = visitor_of(request).require_driver()
    number, ending = split_file_name(name)
    with ports_of(request).transactions.begin() as store:
        invoice = readable_document(store, number, driver_id)
        if ending:
            return file_response(name, document_file(store, invoice, ending))
        view, files, disputes = receipt_view(store, invoice), files_view(store, invoice), disputes_about(store, invoice)
    is_own = invoice.driver_id == driver_id
    return page(request, "driver/receipt.html", receipt=view, files=files, disputes=disputes, mine=is_own, tab="receipts")


@get("/receipts/{number:str}/check", sync_to_thread=True)
def check(request: WebRequest, number: FromPath[str]) -> Response[str]:
    """The bill recalculated now."""
    driver_id = visitor_of(request).require_driver()
    with ports_of(request).transactions.begin() as store:
        view = bill_check(store, readable_document(store, number, driver_id))
    return page(request, "driver/check.html", check=view, back=f"/receipts/{number}", tab="receipts")


@get("/account", sync_to_thread=True)
def account(request: WebRequest) -> Response[str]:
    return _account(request)


@post("/account/cards", sync_to_thread=True, status_code=200)
def link_card(request: WebRequest, data: URLEncodedBody[CardForm]) -> Response[Any]:
    driver_id = visitor_of(request).require_driver()
    try:
        with limit_code_attempts(request), ports_of(request).transactions.begin() as store:
            register_card(store, driver_id, data.uid, data.label)
    except Refused as error:
        return _account(request, error=error, card=data)
    return redirect_to(request, "/account", "card_linked")


@post("/account/cards/block", sync_to_thread=True, status_code=303)
def block_lost_card(request: WebRequest, data: URLEncodedBody[LostForm]) -> Redirect:
    """Only the driver's own. Only the operator can unblock it: whoever finds a card may find a phone, too."""
    ports, visitor = ports_of(request), visitor_of(request)
    driver_id, account = visitor.require_driver(), visitor.require_account()
    with ports.transactions.begin() as store:
        block_card(store, Staff(account.operator_id, str(account.id), ports.clock.now(), ports.ids), driver_id, data.uid, True)
    return redirect_to(request, "/account", "card_blocked")


@post("/account/tokens", sync_to_thread=True, status_code=200)
def new_token(request: WebRequest, data: URLEncodedBody[TokenForm]) -> Response[str]:
    """The secret is shown once; the store has only its digest. Pressing twice creates one token; as a browser shows the second answer
    only, the secret is stored, encrypted, with the first. Only a signed-in person may create one, so that no second token is left when a
    stolen one is revoked."""
    if visitor_of(request).bearer:
        raise Forbidden("token_by_token", "A token cannot create another token.", "Sign in and create one under Account.")
    key, account, ports = submission_key(request, "api-token", data), visitor_of(request).require_account(), ports_of(request)
    purpose = f"api-token:{account.id.hex}"
    try:
        with ports.transactions.begin() as store, idempotent(store, key, ports.clock.now()) as attempt:
            if attempt.fresh:
                lock_signed_in_account(store, account.id, session_digest(request))
                token = _create_token(store, account, data.label.strip())
                attempt.answer = sealing.encrypt(ports.secret_key, purpose, token.encode()).encode()
            secret = (decrypt(ports.secret_key, purpose, attempt.answer.decode()) or b"").decode()
            is_valid = store.drivers.sign_in(sealing.digest(secret)) is not None
    except (BadInput, Forbidden) as error:
        return _account(request, error=error, token=data)
    return _account(request, secret if is_valid else "")


@post("/account/tokens/{digest:str}/revoke", sync_to_thread=True, status_code=303)
def revoke_token(request: WebRequest, digest: FromPath[str]) -> Redirect:
    """Only one's own."""
    signed = visitor_of(request).require_account()
    with ports_of(request).transactions.begin() as store:
        for one in store.drivers.sign_ins(signed.id):
            if one.api and one.digest.hex() == digest:
                store.drivers.drop_sign_in(one.digest)
    return redirect_to(request, "/account", "revoked")


def _create_token(store: Store, account: Account, label: str) -> str:
    if not 1 <= len(label) <= 60:
        raise BadInput("label", "Name the token.", "1 to 60 characters.")
    if sum(1 for one in store.drivers.sign_ins(account.id) if one.api) >= _MAX_TOKENS:
        raise Forbidden("too_many_tokens", "You have {most} tokens.", "Revoke one first.", most=_MAX_TOKENS)
    at, secret = wall_now(), sealing.fresh_secret()
    store.drivers.put_sign_in(SignIn(sealing.digest(secret), account.id, at, at + API_TOKEN_LIFE, True, label))
    return secret


def _account(request: WebRequest, secret: str = "", error: Refused | None = None, **typed: CardForm | TokenForm) -> Response[str]:
    """A driver's own; staff of the operator and of partners have API tokens only. typed: what was refused, by form ("card", "token")."""
    signed = visitor_of(request).require_account()
    with ports_of(request).transactions.begin() as store:
        keys, now = api_tokens(store, signed, wall_now()), ports_of(request).clock.now()
        view = account_view(store, signed.driver_id, keys, now) if signed.driver_id else None
        apps = tuple(connected_apps(store, signed, wall_now()))
    shown: dict[str, Any] = {
        "form_key": ports_of(request).ids.new(now),
        "keys": keys,
        "apps": apps,
        "secret": secret,
        "error": error,
        "typed": typed,
        "card": typed.get("card", CardForm()),
    }
    status = status_of(error) if error else 200
    if view is None:
        home = "/console" if visitor_of(request).staff else "/partners"
        return page(request, "auth/tokens.html", status, **shown, home=home)
    return page(request, "driver/account.html", status, **shown, account=view, tab="account")


routes = Router(
    "/", guards=[signed_in], route_handlers=[receipts, receipt, check, account, link_card, block_lost_card, new_token, revoke_token]
)
