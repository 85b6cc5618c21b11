"""Single sign-on: an operator's staff sign in with their company's identity provider (OpenID Connect Core 1.0).

The provider says who somebody is; what they may do is decided here. It never adds anybody to the operator's staff.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from forecourt.drivers.model import Account, SignIn
from forecourt.kernel import BadInput, OperatorId

CLOCK_DRIFT = timedelta(seconds=60)
MAX_SUBJECT_CHARS = 255  # OpenID Connect Core, 2
TOKEN_DAYS = 30
_LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
GOOGLE = "https://accounts.google.com"
_ENTRA = (".microsoftonline.com", ".microsoftonline.us", ".partner.microsoftonline.cn")
# Values of `acr` for a sign-in with more than a password: Okta and the EAP profile, SAML's PAPE, REFEDS.
_STRONG = frozenset(
    (
        "phr",
        "phrh",
        "urn:okta:loa:2fa:any",
        "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
        "https://refeds.org/profile/mfa",
    )
)
_LAST_INSTANT = 1e12  # Unix seconds; neither NaN nor infinite
_TELL = "Contact the person who manages sign-in at your company."


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """issuer: the provider's own name. sealed: our client secret, which only the edge can decrypt. keeper_id: who set it up, and can
    always sign in with a password, too. tried_at: None = nobody can sign in with it yet. passwords: whether those of others still work.
    trusts_factor: assume that the provider asked for a second factor even if it does not say so. token_days: how long API tokens of staff
    without a password keep working since they last signed in by the provider. no_passwords_since: when passwords stopped working."""

    operator_id: OperatorId
    issuer: str
    client_id: str
    sealed: str
    keeper_id: UUID
    tried_at: datetime | None = None
    passwords: bool = True
    trusts_factor: bool = False
    token_days: int = TOKEN_DAYS
    no_passwords_since: datetime | None = None

    def takes_password(self, account_id: UUID) -> bool:
        """Never false for everybody: if the provider fails, the person who set it up can still sign in."""
        return self.passwords or self.tried_at is None or account_id == self.keeper_id

    def factor_shown(self, identity: "Identity") -> bool:
        """Whether to skip our own second factor: if the provider reports factors, by its report; otherwise by the operator's setting."""
        return self.trusts_factor if identity.strong is None else identity.strong

    def token_pauses_at(self, account: Account, token: SignIn) -> datetime | None:
        """From when an API token is paused until its owner signs in by the provider again. None: never, they have a working password.

        Counted from the last time they could have been expected to do so: no token pauses the moment passwords are disabled.
        """
        if self.tried_at is None or (account.password_hash and self.takes_password(account.id)):
            return None
        known = (account.sso_seen_at, token.created_at, self.tried_at, self.no_passwords_since)
        return max(one for one in known if one is not None) + timedelta(days=self.token_days)

    def is_of(self, other: "SingleSignOn") -> bool:
        """Whether both use the same subjects for people: some providers use different ones per client."""
        return (self.issuer, self.client_id) == (other.issuer, other.client_id)


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as the provider identifies them. email: lower case, only if the provider has verified it; otherwise empty. strong: whether
    more than one factor was shown; None: not stated. session: a digest of the provider's name for their session; empty = none given."""

    subject: str
    email: str = ""
    strong: bool | None = None
    session: str = ""

    def fits(self, account: Account) -> bool:
        """Match by subject once it is known, never by address again: that may be given to somebody else."""
        if account.sso_subject:
            return account.sso_subject == self.subject
        return bool(self.email) and account.email == self.email


@dataclass(frozen=True, slots=True)
class ProviderLogout:
    """A provider's message that a session there has ended. id: of the message. subject: whose session; empty = `session` tells.
    session: the digest of its name; empty = all sessions of the subject."""

    id: str
    subject: str
    session: str

    def ends(self, sign_in: SignIn) -> bool:
        """Whether it ends a sign-in of its person. A sign-in whose session the provider did not name ends with any of them."""
        if sign_in.api or not sign_in.by_company:
            return False
        if not self.session or (self.subject and not sign_in.company_session):
            return True
        return sign_in.company_session == self.session


@dataclass(frozen=True, slots=True)
class ExpectedClaims:
    issuer: str
    client_id: str
    nonce: str


def check_id_token(claims: Mapping[str, Any], expected: ExpectedClaims, now: datetime) -> None:
    """Validate by OpenID Connect Core 3.1.3.7, after the signature. now: real time. Raises BadInput."""
    _check_meant(claims, expected.issuer, expected.client_id)
    nonce, subject = claims.get("nonce"), claims.get("sub")
    if not isinstance(nonce, str) or not nonce.isascii() or not hmac.compare_digest(nonce, expected.nonce):
        raise _refused("belongs to another sign-in.")
    if not _is_name(subject):
        raise _refused("does not say who you are.")
    _check_times(claims, now)


def identity_of(claims: Mapping[str, Any], issuer: str) -> Identity:
    """claims: validated by `check_id_token`."""
    return Identity(claims["sub"], _verified_email(claims, issuer), _strength(claims), _session(claims.get("sid")))


def read_logout_token(claims: Mapping[str, Any], issuer: str, client_id: str, now: datetime) -> ProviderLogout:
    """Validate by OpenID Connect Back-Channel Logout 1.0, 2.6, after the signature. now: real time. Raises BadInput."""
    _check_meant(claims, issuer, client_id)
    _check_times(claims, now)
    events, subject, session = claims.get("events"), claims.get("sub"), claims.get("sid")
    if not isinstance(events, dict) or not isinstance(events.get(_LOGOUT), dict):
        raise _refused("does not report the end of a session.")
    if "nonce" in claims:  # so that an ID token is not accepted as one
        raise _refused("is about a sign-in, not its end.")
    if not _is_name(claims.get("jti")):
        raise _refused("has no ID of its own.")
    if (subject is None and session is None) or not all(one is None or _is_name(one) for one in (subject, session)):
        raise _refused("does not say who it is about.")
    return ProviderLogout(claims["jti"], subject or "", _session(session))


def _check_meant(claims: Mapping[str, Any], issuer: str, client_id: str) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != issuer:
        raise _refused("is from a different provider than yours.")
    if client_id not in audiences or (len(audiences) > 1 and "azp" not in claims):
        raise _refused("is meant for another service.")
    if claims.get("azp", client_id) != client_id:
        raise _refused("was made for another service.")


def _session(name: object) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32] if isinstance(name, str) and _is_name(name) else ""


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    drift, at = CLOCK_DRIFT.total_seconds(), now.timestamp()
    times = [claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) and abs(one) < _LAST_INSTANT for one in times):
        raise _refused("does not say how long it is valid.")
    ends, issued, begins = (float(one) for one in times if one is not None)
    if ends + drift <= at or max(issued, begins) - drift > at:
        raise BadInput(
            "clock",
            "The provider’s answer about you has expired, or is not valid yet.",
            "The clock of this service or of the provider is wrong: contact the person who manages it.",
        )


def _verified_email(claims: Mapping[str, Any], issuer: str) -> str:
    """Google vouches only for addresses of a company's own domain (`hd`): otherwise former staff would keep theirs; Entra states for an
    address whether the company owns its domain, but never that it is verified."""
    email = claims.get("email")
    if not isinstance(email, str) or not email.strip().isprintable():
        return ""
    address = email.strip().lower()
    domain = address.rpartition("@")[2]
    verified = claims.get("email_verified") in (True, "true")
    if (urlsplit(issuer).hostname or "").endswith(_ENTRA):
        verified = str(claims.get("xms_edov")).lower() in ("true", "1")
    if issuer == GOOGLE:
        verified = verified and claims.get("hd") == domain
    return address if verified else ""


def _strength(claims: Mapping[str, Any]) -> bool | None:
    methods = claims.get("amr")
    if isinstance(methods, list) and methods:
        return "mfa" in methods  # RFC 8176
    context = claims.get("acr")
    return True if isinstance(context, str) and context in _STRONG else None


def _is_name(value: object) -> bool:
    """Whether it is text that can be stored unchanged: no control characters or lone surrogates."""
    return isinstance(value, str) and 1 <= len(value) <= MAX_SUBJECT_CHARS and value.isprintable()


def _refused(reason: str) -> BadInput:
    return BadInput("id_token", f"The provider’s answer about you {reason}", _TELL)
