"""The way in: how often somebody may try, the step between password and code, and the session at the end of it."""

from urllib.parse import quote
from uuid import UUID

from litestar.datastructures import Cookie
from litestar.response import Redirect

from forecourt.drivers import Account, Role, SecondFactor, SignIn
from forecourt.flows.desk import Shown
from forecourt.flows.ports import Store
from forecourt.kernel import Text
from forecourt.web.frame import sealing
from forecourt.web.frame.answers import Asked, cookie, go, own_path
from forecourt.web.frame.throttle import Throttle
from forecourt.web.frame.visit import SESSION_COOKIE, SESSION_LIFE, ports_of, wall_now

STEP_COOKIE = "fc_step"
BACK_COOKIE = "fc_back"  # where somebody was on the way to when they signed up by mail
_STEP_LIFE_S = 600
_MINUTES_15, _HOUR, _DAY = 900.0, 3600.0, 86400.0


class Doors:
    """The counters of failed sign-ins, by e-mail and by address of origin; of wrong codes after a right password, by account; of links
    to a password that are none, by origin; and of letters asked for with one, by both."""

    def __init__(self) -> None:
        self.by_email = Throttle(5, _MINUTES_15)
        self.by_origin = Throttle(30, _MINUTES_15)
        # Three of a million codes fit at any time: who has the password must not have time to find one.
        self.codes = Throttle(20, _DAY)
        self.links = Throttle(30, _MINUTES_15)
        self.letters_by_email = Throttle(3, _HOUR)
        self.letters_by_origin = Throttle(30, _MINUTES_15)

    def wait_s(self, email: str, origin: str) -> int:
        return max(self.by_email.wait_s(email), self.by_origin.wait_s(origin))

    def failed(self, email: str, origin: str) -> None:
        self.by_email.failed(email)
        self.by_origin.failed(origin)

    def code_wait_s(self, account: Account, origin: str) -> int:
        return max(self.wait_s(account.email, origin), self.codes.wait_s(str(account.id)))

    def code_failed(self, account: Account, origin: str) -> None:
        self.failed(account.email, origin)
        self.codes.failed(str(account.id))

    def passed(self, account: Account) -> None:
        """All that is asked for was right."""
        self.by_email.succeeded(account.email)
        self.codes.succeeded(str(account.id))


def doors_of(request: Asked) -> Doors:
    doors: Doors = request.app.state.doors
    return doors


def too_many(wait_s: int) -> str:
    minutes = -(-wait_s // 60)
    if minutes < 120:
        return Text.counted(
            "Too many tries. Wait {n} minute, then try again.", "Too many tries. Wait {n} minutes, then try again.", n=minutes
        )
    return Text("Too many tries. Wait {hours} hours.", hours=minutes // 60)


def let_in(request: Asked, store: Store, account: Account, back: str = "/", flash: str = "") -> Redirect:
    """After the password: a session, or where the account has a second factor, the step that asks for its code."""
    if store.factors.factor(account.id) is None:
        doors_of(request).passed(account)
        return go(request, target_of(account, back), flash, [open_session(request, store, account)])
    ports = ports_of(request)
    text = f"{account.id.hex}~{int(wall_now().timestamp()) + _STEP_LIFE_S}~{_fingerprint(account)}"
    step = cookie(request, STEP_COOKIE, sealing.seal(ports.secret_key, "step", text), max_age=_STEP_LIFE_S)
    return go(request, f"/login/code?back={quote(own_path(back))}", flash, [step])


def account_at_step(request: Asked, store: Store) -> Account | None:
    """Whose password was right a moment ago; None where that is too long ago, or the password is another one by now."""
    text = sealing.unseal(ports_of(request).secret_key, "step", request.cookies.get(STEP_COOKIE, ""))
    if text is None:
        return None
    account_hex, until_s, fingerprint = text.split("~")
    account = store.drivers.account(UUID(account_hex))
    if account is None or account.closed_at or int(until_s) <= wall_now().timestamp() or _fingerprint(account) != fingerprint:
        return None
    return account


def open_session(request: Asked, store: Store, account: Account) -> Cookie:
    """A fresh secret for every sign-in; the store keeps its digest alone."""
    secret, at = sealing.fresh_secret(), wall_now()
    store.drivers.put_sign_in(SignIn(sealing.digest(secret), account.id, at, at + SESSION_LIFE))
    sealed = sealing.seal(ports_of(request).secret_key, "session", secret)
    return cookie(request, SESSION_COOKIE, sealed, max_age=int(SESSION_LIFE.total_seconds()))


def digest_here(request: Asked) -> bytes:
    """Of the sign-in of this very browser."""
    return sealing.digest(sealing.unseal(ports_of(request).secret_key, "session", request.cookies.get(SESSION_COOKIE, "")) or "")


def shown(request: Asked, code: str) -> Shown:
    """A code as somebody typed it just now."""
    secret_key = ports_of(request).secret_key
    return Shown(code, wall_now(), lambda factor: sealing.reveal(secret_key, purpose_of(factor), factor.sealed))


def purpose_of(factor: SecondFactor | Account) -> str:
    """What a secret is sealed for: one account's second factor."""
    return f"factor:{(factor.id if isinstance(factor, Account) else factor.account_id).hex}"


def target_of(account: Account, back: str) -> str:
    return own_path(back) if own_path(back) != "/" else home_of(account)


def home_of(account: Account | None) -> str:
    """The page on which somebody begins."""
    if account is not None and account.role is Role.PARTNER:
        return "/partners"
    return "/console" if account and account.driver_id is None else "/"


def _fingerprint(account: Account) -> str:
    return sealing.digest(account.password_hash).hex()[:16]
