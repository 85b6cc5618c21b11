"""The way to a company's identity provider and back. Its state is in a cookie of the browser that only we can read."""

import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID

import msgspec
from litestar.datastructures import Cookie
from litestar.response import Redirect

from forecourt.drivers import Identity, SingleSignOn, decrypt
from forecourt.kernel import BadInput, Conflict, Forbidden, NotFound, OperatorId
from forecourt.web.frame import sealing
from forecourt.web.frame.responses import WebRequest, cookie, safe_path
from forecourt.web.frame.visitor import cookie_of, ports_of, service_url, wall_now
from forecourt.web.people.identity_providers import Exchange, Providers, random_text

SSO_COOKIE = "fc_company"
_LIFE = timedelta(minutes=10)
NO_SSO = ("Company sign-in is not set up here.", "Use the link your company gave you, or your password.")
_AGAIN = "Start again in this browser."


class SsoState(msgspec.Struct, frozen=True):
    """The state on leaving. until, at: real time, Unix seconds. trial: the account that tries the connection; None = a sign-in."""

    operator_id: UUID
    state: str
    nonce: str
    verifier: str
    until: int
    back: str
    trial: UUID | None = None
    at: float = 0.0

    @property
    def left_at(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


def active_sso(request: WebRequest, operator_id: UUID) -> SingleSignOn:
    """The active single sign-on of an operator's staff. Raises NotFound if there is none."""
    with ports_of(request).transactions.begin() as store:
        sso = store.sso.of(OperatorId(operator_id))
    if sso is None or sso.tried_at is None:
        raise NotFound("sso", *NO_SSO)
    return sso


def providers_of(request: WebRequest) -> Providers:
    providers: Providers = request.app.state.providers
    return providers


def redirect_uri(request: WebRequest, operator_id: OperatorId) -> str:
    """The redirect address: one per operator, so that one provider's answer is never taken for another's (RFC 9700, 4.4.2)."""
    return f"{service_url(request)}/login/company/{operator_id}/back"


def redirect_to_provider(request: WebRequest, sso: SingleSignOn, back: str, trial: UUID | None = None) -> Redirect:
    """Redirect to the provider. Raises Conflict if its configuration is wrong."""
    provider = providers_of(request).provider(sso.issuer)
    now = wall_now()
    until, chances = int((now + _LIFE).timestamp()), (random_text(), random_text(), random_text())
    sso_state = SsoState(sso.operator_id, *chances, until, safe_path(back), trial, now.timestamp())
    sealed = sealing.encrypt(ports_of(request).secret_key, "company", msgspec.json.encode(sso_state))
    url = provider.authorization_url(
        sso.client_id, redirect_uri(request, sso.operator_id), sso_state.state, sso_state.nonce, sso_state.verifier
    )
    return Redirect(url, status_code=303, cookies=[cookie(request, SSO_COOKIE, sealed, max_age=int(_LIFE.total_seconds()))])


def read_state(request: WebRequest, operator_id: UUID) -> SsoState:
    """The state with which this browser left for this operator's provider. Raises BadInput if there is none, or it has expired."""
    opened = decrypt(ports_of(request).secret_key, "company", cookie_of(request, SSO_COOKIE))
    sso_state = msgspec.json.decode(opened, type=SsoState) if opened else None
    if sso_state is None or sso_state.until <= wall_now().timestamp():
        raise BadInput("sso_way", "This sign-in took too long, or was started in another browser.", _AGAIN)
    state = request.query_params.get("state", "")
    if sso_state.operator_id != operator_id or not hmac.compare_digest(sso_state.state.encode(), state.encode()):
        raise BadInput("sso_way", "This sign-in is not the one that was started here.", _AGAIN)
    return sso_state


def fetch_identity(request: WebRequest, sso: SingleSignOn, sso_state: SsoState) -> Identity:
    """The person the provider names. Raises Conflict, BadInput, Forbidden."""
    query = request.query_params
    if error := query.get("error", ""):
        raise _refusal(error)
    if query.get("iss", sso.issuer) != sso.issuer:  # RFC 9207
        raise BadInput("sso_way", "The answer came from a different provider.", _AGAIN)
    secret = open_client_secret(request, sso)
    provider = providers_of(request).provider(sso.issuer)
    redirect = redirect_uri(request, sso.operator_id)
    exchange = Exchange(sso.client_id, secret, query.get("code", "")[:4000], sso_state.verifier, redirect, sso_state.nonce)
    return providers_of(request).identity(provider, exchange)


def seal_client_secret(request: WebRequest, operator_id: OperatorId, secret: str) -> str:
    return sealing.encrypt(ports_of(request).secret_key, f"sso:{operator_id.hex}", secret.encode())


def open_client_secret(request: WebRequest, sso: SingleSignOn) -> str:
    opened = decrypt(ports_of(request).secret_key, f"sso:{sso.operator_id.hex}", sso.sealed)
    if opened is None:
        raise Conflict(
            "sso_sealed", "The client secret cannot be decrypted: it was stored by another installation.", "Enter the secret again."
        )
    return opened.decode()


def expired_state_cookie(request: WebRequest) -> Cookie:
    return cookie(request, SSO_COOKIE, "", max_age=0)


def logout_url(request: WebRequest, operator_id: OperatorId) -> str:
    """The address for the provider's logout notifications."""
    return f"{service_url(request)}/login/company/{operator_id}/logout"


def sso_path(operator_id: UUID, back: str) -> str:
    return f"/login/company/{operator_id}?back={quote(safe_path(back))}"


def _refusal(error: str) -> Forbidden:
    if error == "access_denied":
        return Forbidden(
            "access_denied", "Your company’s sign-in provider refused access, or you cancelled.", "Ask the person who manages it."
        )
    return Forbidden(
        "provider_error", f"Your company's provider answered with {error[:60]!r}.", "Start again, or contact the person who manages it."
    )
