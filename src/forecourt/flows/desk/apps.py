"""Third-party apps that act for drivers: registered by the operator, authorised by each driver, ended by either or by token reuse.

Instants are real time, as for sign-ins. If a code or token is invalid, its grant ends in the same unit of work: the edge commits
that, and then refuses.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from forecourt.drivers import (
    CODE_LIFE,
    Account,
    App,
    AppCode,
    AppGrant,
    AppScope,
    SecretKind,
    app_secret,
    is_redirect,
    parse_secret,
)
from forecourt.flows.desk.audit import Staff, note
from forecourt.flows.desk.signed_in import lock_signed_in_account
from forecourt.flows.ports.store import Store
from forecourt.kernel import BadInput, Conflict, NotFound

_MAX_APPS, _MAX_REDIRECTS, _MAX_GRANTS, _MAX_CHARS = 100, 10, 50, 500


@dataclass(frozen=True, slots=True)
class AppCodeRequest:
    """What a code is bound to. redirect, challenge: as the app sent them, already checked. scopes: what the app asks for."""

    app: App
    redirect: str
    challenge: str
    scopes: tuple[AppScope, ...] = (AppScope.DRIVER,)


@dataclass(frozen=True, slots=True)
class AppCodeExchange:
    code: str
    redirect: str
    verifier: str


@dataclass(frozen=True, slots=True)
class AppTokens:
    """scopes: what they are good for."""

    access: str
    refresh: str
    scopes: tuple[AppScope, ...]


def add_app(store: Store, by: Staff, name: str, redirects: Collection[str]) -> App:
    """Register a client without a secret. Raises BadInput, Conflict."""
    title, addresses = name.strip(), tuple(dict.fromkeys(redirects))
    if not 1 <= len(title) <= 60 or not title.isprintable():
        raise BadInput("name", "Enter the name that drivers know the app by.", "1 to 60 characters.")
    if not 1 <= len(addresses) <= _MAX_REDIRECTS:
        raise BadInput("redirects", "Enter the app's redirect addresses.", f"1 to {_MAX_REDIRECTS} addresses, one per line.")
    if invalid := [one for one in addresses if len(one) > _MAX_CHARS or not is_redirect(one)]:
        advice = "https://…, a scheme of the app's own (com.example.app:/back), or http://127.0.0.1/… on its own machine."
        raise BadInput("redirects", f"{invalid[0][:100]} cannot be a redirect address.", advice)
    existing = store.apps.apps(by.operator_id)
    if title in {one.name for one in existing}:
        raise Conflict("app_named", "There is already an app with this name.", "Drivers could confuse them: choose another name.")
    if len(existing) >= _MAX_APPS:
        raise Conflict("too_many_apps", f"There are {_MAX_APPS} apps.", "Remove one first.")
    app = App(by.ids.new(by.at), by.operator_id, title, addresses, by.at)
    store.apps.put_app(app)
    note(store, by, "app.add", title, ", ".join(addresses)[:1000])
    return app


def remove_app(store: Store, by: Staff, app_id: UUID) -> None:
    """Remove an app; it stops acting for drivers at once."""
    app = store.apps.app(app_id)
    if app is None or app.operator_id != by.operator_id:
        raise NotFound("app", "There is no such app.")
    store.apps.drop_app(app_id)
    note(store, by, "app.remove", app.name)


def authorise_app(
    store: Store, request: AppCodeRequest, account_id: UUID, session_digest: bytes, new_secret: Callable[[], str], at: datetime
) -> str:
    """A driver authorises an app: returns the code with which it gets its first tokens. session_digest: of the driver's sign-in; if that
    is being ended right now, nothing is authorised. new_secret: returns a fresh secret each time."""
    lock_signed_in_account(store, account_id, session_digest)
    for one in list(store.apps.grants_of(account_id))[: 1 - _MAX_GRANTS]:
        store.apps.drop_grant(one.family)
    code = app_secret(SecretKind.CODE, new_secret(), new_secret())
    stored = AppCode(code.digest, request.redirect, request.challenge)
    app = request.app
    store.apps.put_grant(AppGrant(code.family, app.operator_id, app.id, account_id, at, at + CODE_LIFE, stored, scopes=request.scopes))
    return code.text


def exchange_code(store: Store, app_id: UUID, exchange: AppCodeExchange, new_secret: Callable[[], str], at: datetime) -> AppTokens | None:
    """The first tokens for a code. None: it is invalid; if it ever was valid, everything obtained with it has ended."""
    code = parse_secret(exchange.code, SecretKind.CODE)
    grant = store.apps.lock_grant(code.family) if code else None
    if code is None or grant is None:
        return None
    if grant.app_id == app_id and at < grant.expires_at and grant.accepts_code(code, exchange.redirect, exchange.verifier):
        return _renewed(store, grant, code.stem, new_secret, at)
    store.apps.drop_grant(grant.family)
    return None


def refresh_app_tokens(
    store: Store, app_id: UUID, refresh: str, scopes: tuple[AppScope, ...], new_secret: Callable[[], str], at: datetime
) -> AppTokens | None:
    """The next tokens, for what the driver agreed to. None: it is not the newest refresh token, so somebody else may have it, and the whole
    grant ends. scopes: what the app asks for; empty: no more than it has. Raises BadInput, and changes nothing, if that is more."""
    token = parse_secret(refresh, SecretKind.REFRESH)
    grant = store.apps.lock_grant(token.family) if token else None
    if token is None or grant is None:
        return None
    if grant.app_id == app_id and grant.connected_at(at) and token.matches_digest(grant.refresh):
        if not all(grant.permits(one) for one in scopes):
            raise BadInput("invalid_scope", "The driver has not agreed to that.", "Ask the driver again.")
        return _renewed(store, grant, token.stem, new_secret, at)
    store.apps.drop_grant(grant.family)
    return None


def revoke_app_token(store: Store, app_id: UUID, token: str) -> None:
    """The app revokes its own grant by any of its tokens (RFC 7009); a token of another app, or of nobody, has no effect."""
    secrets = (parse_secret(token, kind) for kind in (SecretKind.REFRESH, SecretKind.ACCESS))
    for grant in [store.apps.lock_grant(one.family) for one in secrets if one]:
        if grant is not None and grant.app_id == app_id:
            store.apps.drop_grant(grant.family)


def revoke_app_grant(store: Store, account_id: UUID, family: bytes) -> None:
    """The driver revokes a grant."""
    grant = store.apps.grant(family)
    if grant is not None and grant.account_id == account_id:
        store.apps.drop_grant(family)


def revoke_app_grants(store: Store, account_id: UUID) -> None:
    for grant in store.apps.grants_of(account_id):
        store.apps.drop_grant(grant.family)


def grant_by_app_token(store: Store, access: str, at: datetime) -> AppGrant | None:
    """The grant by which an app acts with this token; None: it is invalid."""
    token = parse_secret(access, SecretKind.ACCESS)
    grant = store.apps.grant(token.family) if token else None
    return grant if token is not None and grant is not None and grant.admits(token, at) else None


def account_by_app_token(store: Store, access: str, at: datetime) -> Account | None:
    """The account for which an app acts with this token."""
    grant = grant_by_app_token(store, access, at)
    return store.drivers.account(grant.account_id) if grant else None


def find_app(store: Store, text: str) -> App | None:
    """Find an app by its id as text."""
    try:
        return store.apps.app(UUID(text))
    except ValueError:
        return None


def _renewed(store: Store, grant: AppGrant, stem: str, new_secret: Callable[[], str], at: datetime) -> AppTokens:
    access, refresh = (app_secret(kind, stem, new_secret()) for kind in (SecretKind.ACCESS, SecretKind.REFRESH))
    store.apps.put_grant(grant.renewed(access, refresh, at))
    return AppTokens(access.text, refresh.text, grant.scopes)
