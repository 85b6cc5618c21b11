"""The second factor under Account: enabled with an app's first code, recovery codes shown once, disabled with password and code."""

import base64
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from litestar import Router, get, post
from litestar.params import URLEncodedBody
from litestar.response import Response

from forecourt.drivers import RECOVERY_CODES, Account, SecondFactor, decrypt, normalise_code, recovery_digest, step_of
from forecourt.flows.desk import renew_recovery, turn_off_factor, turn_on_factor
from forecourt.flows.ports import Store
from forecourt.kernel import Text
from forecourt.web.frame import sealing
from forecourt.web.frame.responses import WebRequest, page, redirect_to
from forecourt.web.frame.visitor import ports_of, session_digest, signed_in, visitor_of, wall_now
from forecourt.web.people.passwords import ProofFailure, check_password
from forecourt.web.people.reauthentication import ProofForm, reauthenticate
from forecourt.web.people.sign_in import purpose_of, start_page
from forecourt.web.queries.qr_codes import qr_svg

_HOME = "/account/second-factor"
_SECRET_BYTES, _RECOVERY_BYTES = 20, 10
_WRONG_FIRST = {"code": Text("That code is wrong. Wait for the next one. If none works, your phone’s clock is wrong.")}


class FirstForm(ProofForm):
    sealed: str = ""


@get("", sync_to_thread=True)
def second_factor_page(request: WebRequest) -> Response[str]:
    account = visitor_of(request).require_account()
    with ports_of(request).transactions.begin() as store:
        factor = store.factors.factor(account.id)
    return _on(request, factor, {}) if factor else _off(request, secrets.token_bytes(_SECRET_BYTES), {})


@post("", sync_to_thread=True, status_code=200)
def turn_on(request: WebRequest, data: URLEncodedBody[FirstForm]) -> Response[Any]:
    """The secret came with the page, sealed for this account, and is saved once one of its codes was entered."""
    account, ports = visitor_of(request).require_account(), ports_of(request)
    secret = decrypt(ports.secret_key, purpose_of(account), data.sealed)
    if secret is None:
        return redirect_to(request, _HOME)
    step = step_of(secret, normalise_code(data.code), wall_now())
    if step is None:
        return _off(request, secret, _WRONG_FIRST)
    if failure := check_password(request, account, data.password):
        return failure.with_retry_after(_off(request, secret, {"password": failure.text}, failure.status))
    codes = _fresh_codes()
    factor = SecondFactor(account.id, data.sealed, ports.clock.now(), step, _digests(codes))
    with ports.transactions.begin() as store:
        turn_on_factor(store, account, factor, session_digest(request), ports.clock.now(), ports.ids)
    return _codes(request, codes)


@post("/off", sync_to_thread=True, status_code=200)
def turn_off(request: WebRequest, data: URLEncodedBody[ProofForm]) -> Response[Any]:
    ports = ports_of(request)

    def off(store: Store, account: Account) -> None:
        turn_off_factor(store, account, ports.clock.now(), ports.ids)

    if failure := reauthenticate(request, data, off):
        return _refused(request, failure)
    return redirect_to(request, "/account", "factor_off")


@post("/codes", sync_to_thread=True, status_code=200)
def new_codes(request: WebRequest, data: URLEncodedBody[ProofForm]) -> Response[Any]:
    codes = _fresh_codes()
    if failure := reauthenticate(request, data, lambda store, account: renew_recovery(store, account, _digests(codes))):
        return _refused(request, failure)
    return _codes(request, codes)


def _refused(request: WebRequest, failure: ProofFailure) -> Response[str]:
    with ports_of(request).transactions.begin() as store:
        factor = store.factors.factor(visitor_of(request).require_account().id)
    return failure.with_retry_after(_on(request, factor, {failure.field: failure.text}, failure.status))


def _off(request: WebRequest, secret: bytes, errors: Mapping[str, str], status: int = 422) -> Response[str]:
    """The secret as a picture for a phone, as a link on the phone itself, and as text to type."""
    account, ports = visitor_of(request).require_account(), ports_of(request)
    with ports.transactions.begin() as store:
        issuer = store.stations.operator(account.operator_id).name
    text = base64.b32encode(secret).decode()
    link = f"otpauth://totp/{quote(f'{issuer}:{account.email}')}?{urlencode({'secret': text, 'issuer': issuer}, quote_via=quote)}"
    values = {"qr": qr_svg(link), "link": link, "secret": _grouped(text, " "), "errors": errors, "email": account.email, "tab": "account"}
    sealed = sealing.encrypt(ports.secret_key, purpose_of(account), secret)
    needed, none_yet = visitor_of(request).lacks_factor, not account.password_hash
    shown_page = page(request, "auth/factor_off.html", status if errors else 200, **values, sealed=sealed, needed=needed, none_yet=none_yet)
    return _no_store(shown_page)


def _on(request: WebRequest, factor: SecondFactor | None, errors: dict[str, str], status: int = 422) -> Response[str]:
    account = visitor_of(request).require_account()
    with ports_of(request).transactions.begin() as store:
        zone = store.stations.operator(account.operator_id).zone
        needed = visitor_of(request).staff and store.stations.operator(account.operator_id).team_needs_factor
    values = {"factor": factor, "zone": zone, "needed": needed, "errors": errors, "email": account.email, "tab": "account"}
    return page(request, "auth/factor_on.html", status if errors else 200, **values)


def _codes(request: WebRequest, codes: list[str]) -> Response[str]:
    return _no_store(page(request, "auth/recovery.html", codes=codes, home=start_page(visitor_of(request).account), tab="account"))


def _no_store(answer: Response[str]) -> Response[str]:
    answer.headers["cache-control"] = "no-store"
    return answer


def _fresh_codes() -> list[str]:
    """80 random bits each: too many to guess, even for somebody who has the digests."""
    return [_grouped(base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode(), "-") for _ in range(RECOVERY_CODES)]


def _digests(codes: list[str]) -> tuple[bytes, ...]:
    return tuple(recovery_digest(code) for code in codes)


def _grouped(text: str, between: str) -> str:
    return between.join(text[start : start + 4] for start in range(0, len(text), 4))


_setting_up = Router("/", route_handlers=[second_factor_page, turn_on], opt={"before_factor": True})
routes = Router(_HOME, route_handlers=[_setting_up, turn_off, new_codes], guards=[signed_in])
