"""Third-party apps that act for a driver: OAuth 2 (RFC 6749, secured as in RFC 9700) for public clients, with PKCE (RFC 7636)."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from forecourt.kernel import OperatorId

CODE_LIFE = timedelta(seconds=60)
ACCESS_LIFE = timedelta(hours=1)
REFRESH_LIFE = timedelta(days=90)
_REST = r"[A-Za-z0-9._~:/?@!$&'()*+,;=%\[\]-]*"
_HTTPS = re.compile(rf"(https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{{1,5}})?)(?:[/?]{_REST})?")
_LOOPBACK = re.compile(rf"(http://(?:127\.0\.0\.1|\[::1\]))(:[0-9]{{1,5}})?((?:[/?]{_REST})?)")
_OWN_SCHEME = re.compile(rf"([a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:)/{_REST}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class SecretKind(StrEnum):
    """What a secret of an app is for; the secret begins with this, so that anyone who finds one knows what it is."""

    CODE = "fcc"
    ACCESS = "fca"
    REFRESH = "fcr"


class AppScope(StrEnum):
    """What a driver lets an app do (RFC 6749, 3.3). DRIVER: both of the others, and what apps get that name no scope."""

    DRIVER = "driver"
    READ = "driver:read"
    WRITE = "driver:write"


def scopes_of(text: str) -> tuple[AppScope, ...]:
    """The scopes in a request, in a fixed order. Raises ValueError for an unknown one."""
    wanted = {AppScope(one) for one in text.split()} or {AppScope.DRIVER}
    return (AppScope.DRIVER,) if AppScope.DRIVER in wanted else tuple(one for one in AppScope if one in wanted)


@dataclass(frozen=True, slots=True)
class App:
    """redirects: the registered addresses to which answers may go."""

    id: UUID
    operator_id: OperatorId
    name: str
    redirects: tuple[str, ...]
    made_at: datetime

    def takes(self, redirect: str) -> bool:
        """Whether a redirect is exactly as registered, except for a loopback port, which the app gets from its system (RFC 8252, 7.3)."""
        return redirect in self.redirects or _without_port(redirect) in {_without_port(one) for one in self.redirects} - {None}


@dataclass(frozen=True, slots=True)
class AppCode:
    """An unused code and what it is bound to. challenge: the verifier's SHA-256 (S256)."""

    digest: bytes
    redirect: str
    challenge: str


@dataclass(frozen=True, slots=True)
class AppGrant:
    """A driver's consent to an app, until its last token expires. All its secrets (stored only as SHA-256) share a part whose digest
    (family) identifies the grant: so a secret that was once valid is recognised again. expires_at: of the code, then of the refresh token.
    used_at: when it got its newest tokens, so accurate to an hour. scopes: what the driver has agreed to."""

    family: bytes
    operator_id: OperatorId
    app_id: UUID
    account_id: UUID
    since: datetime
    expires_at: datetime
    code: AppCode | None = None
    access: bytes = b""
    access_until: datetime | None = None
    refresh: bytes = b""
    used_at: datetime | None = None
    scopes: tuple[AppScope, ...] = (AppScope.DRIVER,)

    def permits(self, scope: AppScope) -> bool:
        """Whether the app may do what needs this scope."""
        if scope is AppScope.DRIVER:
            return self.permits(AppScope.READ) and self.permits(AppScope.WRITE)
        return scope in self.scopes or AppScope.DRIVER in self.scopes

    def accepts_code(self, code: "AppSecret", redirect: str, verifier: str) -> bool:
        """Whether this is the code, unused, presented with its redirect address and the verifier of its challenge."""
        code_issued = self.code
        return (
            code_issued is not None
            and code.matches_digest(code_issued.digest)
            and redirect == code_issued.redirect
            and verifies(verifier, code_issued.challenge)
        )

    def renewed(self, access: "AppSecret", refresh: "AppSecret", at: datetime) -> "AppGrant":
        """The grant with new tokens replacing all previous secrets."""
        until = at + ACCESS_LIFE
        renewed_grant = replace(self, access=access.digest, access_until=until, refresh=refresh.digest)
        return replace(renewed_grant, code=None, expires_at=at + REFRESH_LIFE, used_at=at)

    def admits(self, access: "AppSecret", at: datetime) -> bool:
        return access.matches_digest(self.access) and self.access_until is not None and at < self.access_until

    def connected_at(self, at: datetime) -> bool:
        return self.code is None and at < self.expires_at


@dataclass(frozen=True, slots=True)
class AppSecret:
    """A code or token. text: "kind.stem.chance"; the stem is the part shared by all secrets of a grant."""

    text: str

    @property
    def stem(self) -> str:
        return self.text.split(".")[1]

    @property
    def family(self) -> bytes:
        return _digest(self.stem)

    @property
    def digest(self) -> bytes:
        return _digest(self.text)

    def matches_digest(self, digest: bytes) -> bool:
        return hmac.compare_digest(self.digest, digest)


def app_secret(kind: SecretKind, stem: str, chance: str) -> AppSecret:
    """stem, chance: 256 random bits each, as text without a dot."""
    return AppSecret(f"{kind}.{stem}.{chance}")


def parse_secret(text: str, kind: SecretKind) -> AppSecret | None:
    """None if it is not of that kind."""
    parts = text.split(".")
    return AppSecret(text) if len(parts) == 3 and parts[0] == kind and parts[1] else None


def is_redirect(text: str) -> bool:
    """Whether an address may be registered: https; a scheme of the app's own, named like a reversed domain (RFC 8252, 7.1); or http on the
    app's own machine, by IP address, since a name may lead elsewhere (8.3)."""
    return any(kind.fullmatch(text) for kind in (_HTTPS, _OWN_SCHEME, _LOOPBACK))


def csp_entry(redirect: str) -> str:
    """A registered address as a content security policy names it: origin or scheme. (It cannot name IPv6 addresses.)"""
    found = _HTTPS.fullmatch(redirect) or _OWN_SCHEME.fullmatch(redirect)
    if found:
        return found[1]
    loopback = _LOOPBACK.fullmatch(redirect)
    return "http:" if loopback is None or "[" in loopback[1] else f"{loopback[1]}{loopback[2] or ''}"


def is_challenge(text: str) -> bool:
    return _CHALLENGE.fullmatch(text) is not None


def verifies(verifier: str, challenge: str) -> bool:
    """Whether a challenge was derived from this verifier (RFC 7636, 4.6, S256)."""
    expected = urlsafe_b64encode(_digest(verifier)).rstrip(b"=").decode()
    return _VERIFIER.fullmatch(verifier) is not None and hmac.compare_digest(expected, challenge)


def _without_port(redirect: str) -> str | None:
    loopback = _LOOPBACK.fullmatch(redirect)
    return f"{loopback[1]}{loopback[3]}" if loopback else None


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
