"""The client of identity providers: their metadata (OpenID Connect Discovery), the exchange of a code, and their signing keys. No unit of
work waits for them."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import BoundedSemaphore, Lock
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from forecourt.drivers import (
    ExpectedClaims,
    Identity,
    ProviderLogout,
    UnknownKey,
    check_id_token,
    identity_of,
    read_logout_token,
    signed_claims,
)
from forecourt.flows.ports import HttpClient, HttpRequest, HttpResponse, PartnerUnreachable
from forecourt.kernel import BadInput, Conflict
from forecourt.web.frame.visitor import wall_now

_TIMEOUT_S = 5.0
_CACHE_S, _KEYS_REFRESH_S = 600.0, 30.0
_MAX_CACHED, _MAX_KEYS = 1000, 100
_AUTH_METHODS = ("client_secret_basic", "client_secret_post")
_MAX_CONCURRENT = 4  # waiting threads would stop every other page
_CONTACT = "Contact the person who manages sign-in at your company, or try again later."
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Provider:
    """userinfo: empty = none. auth_methods: how it accepts our secret: client_secret_basic (header), client_secret_post (body)."""

    issuer: str
    authorize: str
    token: str
    keys: str
    userinfo: str
    auth_methods: tuple[str, ...]

    def authorization_url(self, client_id: str, redirect: str, state: str, nonce: str, verifier: str) -> str:
        """The address a browser is redirected to. With PKCE, S256 (RFC 7636)."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        params = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect,
            "scope": "openid email",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.authorize}{'&' if '?' in self.authorize else '?'}{urlencode(params)}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """An authorization code, and what is needed to exchange it."""

    client_id: str
    secret: str
    code: str
    verifier: str
    redirect: str
    nonce: str


class Providers:
    """Caches metadata and keys for ten minutes. now: seconds of a monotonic clock."""

    def __init__(self, post: HttpClient, now: Callable[[], float] = time.monotonic) -> None:
        self._post, self._now = post, now
        self._slots, self._lock = BoundedSemaphore(_MAX_CONCURRENT), Lock()
        self._found: dict[str, tuple[float, Provider]] = {}
        self._keys: dict[str, tuple[float, list[Mapping[str, Any]]]] = {}

    def provider(self, issuer: str) -> Provider:
        """The provider's metadata. Raises Conflict if it cannot be reached or its answer is invalid."""
        if found := self._cached(self._found, issuer, _CACHE_S):
            return found
        with self._slot():
            document = self._get_json(
                HttpRequest("GET", f"{issuer.rstrip('/')}/.well-known/openid-configuration", within_s=_TIMEOUT_S), "configuration"
            )
        return self._store(self._found, issuer, _provider(issuer, document))

    def identity(self, provider: Provider, exchange: Exchange) -> Identity:
        """The person a code was issued for. Raises Conflict, BadInput."""
        with self._slot():
            answer = self._token(provider, exchange)
            claims = self._claims(provider, str(answer.get("id_token", "")))
            check_id_token(claims, ExpectedClaims(provider.issuer, exchange.client_id, exchange.nonce), wall_now())
            if "email" not in claims and provider.userinfo and isinstance(answer.get("access_token"), str):
                claims = {**self._userinfo(provider, answer["access_token"], claims["sub"]), **claims}
        return identity_of(claims, provider.issuer)

    def ended(self, provider: Provider, client_id: str, token: str) -> ProviderLogout:
        """The session that a logout token ends. Raises Conflict, BadInput."""
        with self._slot():
            claims = self._claims(provider, token)
        return read_logout_token(claims, provider.issuer, client_id, wall_now())

    def _token(self, provider: Provider, exchange: Exchange) -> Mapping[str, Any]:
        fields = {
            "grant_type": "authorization_code",
            "code": exchange.code,
            "redirect_uri": exchange.redirect,
            "code_verifier": exchange.verifier,
        }
        for way in provider.auth_methods:
            answer = self._send(_with_secret(HttpRequest("POST", provider.token, within_s=_TIMEOUT_S), exchange, fields, way))
            document = _object(answer.body)
            if answer.http_status == 200 and document is not None:
                return document
            error = str((document or {}).get("error", ""))
            if error != "invalid_client":  # some accept one method per client; refusing the other does not use up the code
                break
        raise _refusal(error, answer.http_status)

    def _claims(self, provider: Provider, token: str) -> dict[str, Any]:
        """The verified claims. If no key fits, the keys are fetched once more: providers rotate them."""
        try:
            return signed_claims(token, self._known_keys(provider, _CACHE_S))
        except UnknownKey:
            pass
        try:
            return signed_claims(token, self._known_keys(provider, _KEYS_REFRESH_S))
        except UnknownKey:
            raise BadInput("id_token", "The provider’s answer about you is not signed with its own key.", _CONTACT) from None

    def _known_keys(self, provider: Provider, age_s: float) -> list[Mapping[str, Any]]:
        cached = self._cached(self._keys, provider.keys, age_s)
        if cached is not None:
            return cached
        keys = self._get_json(HttpRequest("GET", provider.keys, within_s=_TIMEOUT_S), "keys").get("keys")
        if not isinstance(keys, list):
            raise _invalid_answer("keys")
        known: list[Mapping[str, Any]] = [one for one in keys[:_MAX_KEYS] if isinstance(one, dict)]
        return self._store(self._keys, provider.keys, known)

    def _userinfo(self, provider: Provider, access: str, subject: str) -> Mapping[str, Any]:
        """The email claims of the same person from the userinfo endpoint."""
        headers = {"authorization": f"Bearer {access}", "accept": "application/json"}
        document = self._get_json(HttpRequest("GET", provider.userinfo, headers, within_s=_TIMEOUT_S), "userinfo")
        if document.get("sub") != subject:  # OpenID Connect Core, 5.3.2
            raise _invalid_answer("userinfo")
        return {name: document[name] for name in ("email", "email_verified", "xms_edov", "hd") if name in document}

    def _get_json(self, request: HttpRequest, document_name: str) -> Mapping[str, Any]:
        answer = self._send(request)
        document = _object(answer.body)
        if answer.http_status != 200 or document is None:
            raise _invalid_answer(document_name)
        return document

    def _send(self, request: HttpRequest) -> HttpResponse:
        try:
            return self._post.send(request)
        except PartnerUnreachable as error:
            text = f"{urlsplit(request.url).hostname} cannot be reached: {error}."
            raise Conflict("provider_away", text, "Try again in a few minutes, or contact the person who manages it.") from error

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(timeout=2):
            raise Conflict("provider_busy", "Many people are signing in right now.", "Try again in a few seconds.")
        try:
            yield
        finally:
            self._slots.release()

    def _cached(self, cache: dict[str, tuple[float, _T]], name: str, age_s: float) -> _T | None:
        with self._lock:
            at, value = cache.get(name, (0.0, None))
            return value if value is not None and self._now() - at < age_s else None

    def _store(self, cache: dict[str, tuple[float, _T]], name: str, value: _T) -> _T:
        with self._lock:
            if len(cache) >= _MAX_CACHED:
                cache.clear()
            cache[name] = (self._now(), value)
        return value


def random_text() -> str:
    """256 random bits: a state, a nonce, a verifier."""
    return secrets.token_urlsafe(32)


def _provider(issuer: str, document: Mapping[str, Any]) -> Provider:
    if document.get("issuer") != issuer:
        raise Conflict(
            "issuer_other",
            f"The provider calls itself {str(document.get('issuer'))[:200]}, not {issuer}.",
            "Enter the issuer exactly as the provider writes it. For Entra ID, use your own tenant’s issuer.",
        )
    found = {name: document.get(name, "") for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")}
    schemes = {urlsplit(issuer).scheme, "https"}
    if not all(one == "" or _is_address(one, schemes) for one in found.values()):
        raise _invalid_answer("configuration")
    authorize, token, keys, userinfo = found.values()
    if not (authorize and token and keys):
        raise _invalid_answer("configuration")
    methods = document.get("token_endpoint_auth_methods_supported")
    auth_methods = tuple(one for one in _AUTH_METHODS if one in methods) if isinstance(methods, list) else _AUTH_METHODS[:1]
    if not auth_methods:
        raise Conflict(
            "provider_ways",
            "The provider does not accept the client secret in the way we send it.",
            "Allow client_secret_basic or client_secret_post for this service.",
        )
    return Provider(issuer, authorize, token, keys, userinfo, auth_methods)


def _is_address(url: object, schemes: Collection[str]) -> bool:
    """Whether it is a plain server address to which a browser may be redirected."""
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and parts.username is None and not parts.fragment
    except ValueError:
        return False


def _with_secret(request: HttpRequest, exchange: Exchange, fields: Mapping[str, str], way: str) -> HttpRequest:
    """RFC 6749, 2.3.1."""
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
    if way == _AUTH_METHODS[0]:
        pair = f"{quote(exchange.client_id, safe='')}:{quote(exchange.secret, safe='')}"
        headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        fields = {**fields, "client_id": exchange.client_id, "client_secret": exchange.secret}
    return replace(request, headers=headers, body=urlencode(fields).encode())


def _refusal(error: str, status: int) -> Conflict:
    match error:
        case "invalid_client" | "unauthorized_client":
            return Conflict("provider_secret", "The provider does not accept the client secret: it is wrong or has expired.", _CONTACT)
        case "invalid_grant":
            return Conflict("provider_code", "The provider says that this sign-in was already used or has expired.", "Start again.")
        case _:
            detail = f"{error[:60]!r}" if error else f"code {status}"
            return Conflict("provider_refused", f"The provider refused the sign-in: {detail}.", _CONTACT)


def _invalid_answer(document_name: str) -> Conflict:
    return Conflict("provider_unfit", f"The provider's {document_name} cannot be read.", _CONTACT)


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
