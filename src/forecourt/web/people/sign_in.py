"""Signing in: rate limits, the step between password and code, and the session that results."""

from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import quote
from uuid import UUID

from litestar.datastructures import Cookie
from litestar.response import Redirect

from forecourt.drivers import Account, Role, SecondFactor, SignIn, decrypt
from forecourt.flows.desk import CodeEntry, must_use_sso
from forecourt.flows.ports import Store
from forecourt.kernel import Text
from forecourt.web.frame import sealing
from forecourt.web.frame.responses import WebRequest, cookie, redirect_to, safe_path
from forecourt.web.frame.throttle import Throttle
from forecourt.web.frame.visitor import SESSION_COOKIE, SESSION_LIFE, cookie_of, origin_of, ports_of, wall_now

STEP_COOKIE = "fc_step"
KNOWN_COOKIE = "fc_known"  # a browser at which somebody has signed in before
BACK_COOKIE = "fc_back"  # the page somebody was on the way to when they signed up by email
_STEP_LIFE_S, _KNOWN_FOR_S = 600, 365 * 86_400
# People who leave a company are blocked there, and here at the next sign-in.
COMPANY_LIFE = timedelta(hours=12)
_SSO = "company"
_MINUTES_15, _HOUR, _DAY = 900.0, 3600.0, 86400.0


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """name: an email address, as anybody may try it; in a browser where its owner has signed in before, a separate name, so that nobody can
    lock people out of their account by trying it from elsewhere."""

    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class SsoSession:
    """The details of a single sign-on: the session at the provider, and whether a second factor was used. As in SignIn."""

    session: str = ""
    factor_shown: bool = False


class SignInLimits:
    """Rate limits: failed sign-ins by name and by origin; wrong codes after a right password by account; by origin, invalid links to choose
    a password, invalid requests of third-party apps, failed single sign-ons and forged logout notifications; and requested emails by
    address and by origin."""

    def __init__(self) -> None:
        self.by_name = Throttle(5, _MINUTES_15)
        self.by_origin = Throttle(30, _MINUTES_15)
        # Three of a million codes are valid at any time: whoever has the password must not have time to guess one.
        self.codes = Throttle(20, _DAY)
        self.links = Throttle(30, _MINUTES_15)
        self.apps = Throttle(100, _MINUTES_15)
        self.companies = Throttle(30, _MINUTES_15)
        self.sso_logouts = Throttle(30, _MINUTES_15)
        self.emails_by_address = Throttle(3, _HOUR)
        self.emails_by_origin = Throttle(30, _MINUTES_15)

    def wait_s(self, attempt: SignInAttempt) -> int:
        return max(self.by_name.wait_s(attempt.name), self.by_origin.wait_s(attempt.origin))

    def failed(self, attempt: SignInAttempt) -> None:
        self.by_name.failed(attempt.name)
        self.by_origin.failed(attempt.origin)

    def code_wait_s(self, account: Account, attempt: SignInAttempt) -> int:
        return max(self.wait_s(attempt), self.codes.wait_s(str(account.id)))

    def code_failed(self, account: Account, attempt: SignInAttempt) -> None:
        self.failed(attempt)
        self.codes.failed(str(account.id))

    def passed(self, account: Account, attempt: SignInAttempt) -> None:
        """All credentials were right."""
        self.by_name.succeeded(attempt.name)
        self.codes.succeeded(str(account.id))


def sign_in_limits(request: WebRequest) -> SignInLimits:
    limits: SignInLimits = request.app.state.sign_in_limits
    return limits


def sign_in_attempt(request: WebRequest, email: str) -> SignInAttempt:
    """email: in lower case."""
    known = sealing.unseal(ports_of(request).secret_key, "known", cookie_of(request, KNOWN_COOKIE)) or ""
    return SignInAttempt(known if known.startswith(f"{_mark(email)}~") else email, origin_of(request))


def too_many_text(wait_s: int) -> str:
    minutes = -(-wait_s // 60)
    if minutes < 120:
        return Text.counted(
            "Too many attempts. Wait {n} minute, then try again.", "Too many attempts. Wait {n} minutes, then try again.", n=minutes
        )
    return Text("Too many attempts. Wait {hours} hours.", hours=minutes // 60)


def complete_sign_in(request: WebRequest, store: Store, account: Account, back: str = "/", flash: str = "") -> Redirect:
    """After the password: a session; for an account with a second factor, the step that asks for its code; if passwords are not allowed,
    single sign-on."""
    if must_use_sso(store, account):
        return redirect_to(request, f"/login/company?back={quote(safe_path(back))}", "company_only")
    if store.factors.factor(account.id) is None:
        sign_in_limits(request).passed(account, sign_in_attempt(request, account.email))
        return redirect_to(request, page_after_sign_in(account, back), flash, open_session(request, store, account))
    return _to_code_step(request, account, back, flash)


def complete_sso_sign_in(request: WebRequest, store: Store, account: Account, back: str, sso_session: SsoSession) -> Redirect:
    """After the company's identity provider has named the person: as after the password, but without the step if a second factor was used
    there."""
    if sso_session.factor_shown or store.factors.factor(account.id) is None:
        return redirect_to(request, page_after_sign_in(account, back), "", open_session(request, store, account, sso_session))
    return _to_code_step(request, account, back, sso_session=sso_session)


def _to_code_step(request: WebRequest, account: Account, back: str, flash: str = "", sso_session: SsoSession | None = None) -> Redirect:
    ports, until_s = ports_of(request), int(wall_now().timestamp()) + _STEP_LIFE_S
    way = f"{_SSO}~{sso_session.session}" if sso_session else ""
    text = f"{account.id.hex}~{until_s}~{_fingerprint(account)}~{way}"
    step = cookie(request, STEP_COOKIE, sealing.seal(ports.secret_key, "step", text), max_age=_STEP_LIFE_S)
    return redirect_to(request, f"/login/code?back={quote(safe_path(back))}", flash, [step])


def account_at_code_step(request: WebRequest, store: Store) -> tuple[Account | None, SsoSession | None]:
    """The account whose password was right a moment ago, or that signed in through its company; None if that was too long ago, the password
    has changed or is no longer allowed since, or the session at the company has ended."""
    text = sealing.unseal(ports_of(request).secret_key, "step", cookie_of(request, STEP_COOKIE))
    if text is None:
        return None, None
    account_hex, until_s, fingerprint, *way = text.split("~")
    account, sso_session = store.drivers.account(UUID(account_hex)), SsoSession("".join(way[1:])) if way[:1] == [_SSO] else None
    if account is None or account.closed_at or int(until_s) <= wall_now().timestamp() or _fingerprint(account) != fingerprint:
        return None, None
    return (None if sso_session is None and must_use_sso(store, account) else account), sso_session


def open_session(request: WebRequest, store: Store, account: Account, sso_session: SsoSession | None = None) -> list[Cookie]:
    """A fresh secret for every sign-in; the store holds only its digest. The browser counts as known from then on."""
    secret, at, life = sealing.fresh_secret(), wall_now(), COMPANY_LIFE if sso_session else SESSION_LIFE
    opened = SignIn(sealing.digest(secret), account.id, at, at + life)
    if sso_session:
        opened = replace(opened, by_company=True, factor_shown=sso_session.factor_shown, company_session=sso_session.session)
    store.drivers.put_sign_in(opened)
    sealed = sealing.seal(ports_of(request).secret_key, "session", secret)
    known = sealing.seal(ports_of(request).secret_key, "known", f"{_mark(account.email)}~{sealing.fresh_secret()}")
    return [
        cookie(request, SESSION_COOKIE, sealed, max_age=int(life.total_seconds())),
        cookie(request, KNOWN_COOKIE, known, max_age=_KNOWN_FOR_S),
    ]


def entered_code(request: WebRequest, code: str) -> CodeEntry:
    """A code as just typed."""
    secret_key = ports_of(request).secret_key
    return CodeEntry(code, wall_now(), lambda factor: decrypt(secret_key, purpose_of(factor), factor.sealed))


def purpose_of(factor: SecondFactor | Account) -> str:
    """The purpose for which a secret is sealed: one account's second factor."""
    return f"factor:{(factor.id if isinstance(factor, Account) else factor.account_id).hex}"


def page_after_sign_in(account: Account, back: str) -> str:
    return safe_path(back) if safe_path(back) != "/" else start_page(account)


def start_page(account: Account | None) -> str:
    """The start page of an account."""
    if account is not None and account.role is Role.PARTNER:
        return "/partners"
    return "/console" if account and account.driver_id is None else "/"


def _mark(email: str) -> str:
    """A digest that the browser stores, so that nobody can read there who has signed in."""
    return sealing.digest(email).hex()[:16]


def _fingerprint(account: Account) -> str:
    """Changes when the password changes, or a session at the company ends."""
    return sealing.digest(f"{account.password_hash}{account.sso_ended_at or ''}").hex()[:16]
