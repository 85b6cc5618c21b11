"""Notifications from a company's identity provider that a session there has ended (OpenID Connect Back-Channel Logout 1.0)."""

import hashlib
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from litestar import Router, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath
from litestar.response import Response

from forecourt.flows.desk import Staff, end_sso_sessions
from forecourt.kernel import BadInput, Refused
from forecourt.web.frame.idempotency import idempotent
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import origin_of, ports_of, wall_now
from forecourt.web.people.sign_in import sign_in_limits
from forecourt.web.people.sso_redirect import active_sso, providers_of

_UNSTORED = {"cache-control": "no-store"}


@post("/login/company/{operator_id:uuid}/logout", status_code=200, open_to_machines=True)
async def logout(request: WebRequest, operator_id: FromPath[UUID]) -> Response[Any]:
    """200 if it is done, now or earlier: a token repeated because an answer was lost ends nothing again."""
    return await sync_to_thread(_logout, request, operator_id, (await request.body()).decode("utf-8", "replace"))


def _logout(request: WebRequest, operator_id: UUID, body: str) -> Response[Any]:
    tries, origin = sign_in_limits(request).sso_logouts, origin_of(request)
    if wait_s := tries.wait_s(origin):
        return Response({"error": "temporarily_unavailable"}, status_code=429, headers={**_UNSTORED, "retry-after": str(wait_s)})
    try:
        _end(request, operator_id, _token_in(body))
    except Refused as error:
        tries.failed(origin)
        return Response({"error": "invalid_request", "error_description": error.message}, status_code=400, headers=_UNSTORED)
    return Response(b"", status_code=200, headers=_UNSTORED)


def _token_in(body: str) -> str:
    try:
        (token,) = parse_qs(body, max_num_fields=10).get("logout_token", [""])
    except ValueError:
        token = ""
    if not token:
        raise BadInput("logout_token", "logout_token is missing.")
    return token


def _end(request: WebRequest, operator_id: UUID, token: str) -> None:
    sso, ports = active_sso(request, operator_id), ports_of(request)
    providers = providers_of(request)
    ended = providers.ended(providers.provider(sso.issuer), sso.client_id, token)
    number = hashlib.sha256(ended.id.encode()).hexdigest()
    with ports.transactions.begin() as store, idempotent(store, f"sso-logout:{operator_id.hex}:{number}", ports.clock.now()) as attempt:
        if attempt.fresh:
            by = Staff(sso.operator_id, "system", ports.clock.now(), ports.ids)
            end_sso_sessions(store, by, sso, ended, wall_now())


routes = Router("/", route_handlers=[logout])
