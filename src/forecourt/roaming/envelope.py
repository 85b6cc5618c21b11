"""The envelope of every answer, and the one table that maps errors to the codes of HTTP and OCPI."""

import logging
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException
from litestar.response import Response

from forecourt.flows.ports import PartnerUnreachable, StoreUnavailable
from forecourt.kernel import BadInput, NotFound, Refused, instant_text
from forecourt.roaming.ports import RoamingPorts

OcpiRequest = Request[Any, Any, Any]
_Kind = TypeVar("_Kind")
_LOG = logging.getLogger(__name__)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_IDS = ("x-request-id", "x-correlation-id")
_UNKNOWN = {"location": 2003, "token": 2004}

SUCCESS, CLIENT_ERROR, INVALID = 1000, 2000, 2001
SERVER_ERROR, NO_USE_OF_CLIENT, NO_SUCH_VERSION, ENDPOINTS_MISSING = 3000, 3001, 3002, 3003


class Failure(Exception):
    """An answer that is not a success."""

    def __init__(self, http_status: int, status_code: int, text: str) -> None:
        super().__init__(text)
        self.http_status, self.status_code, self.text = http_status, status_code, text


def ports_of(request: OcpiRequest) -> RoamingPorts:
    ports: RoamingPorts = request.app.state.ports
    return ports


def success(
    request: OcpiRequest, data: Any = msgspec.UNSET, headers: Mapping[str, str] | None = None, status: int = 200
) -> Response[bytes]:
    """A success. data: bytes are already JSON."""
    content = {} if data is msgspec.UNSET else {"data": msgspec.Raw(data) if isinstance(data, bytes) else data}
    return _answer(request, status, {**content, "status_code": SUCCESS, "status_message": "Success"}, headers or {})


def unknown_location(request: OcpiRequest, data: Any) -> Response[bytes]:
    """A command for a location that is not ours gets both the status code for it and a command response."""
    return _answer(request, 200, {"data": data, "status_code": _UNKNOWN["location"], "status_message": "Unknown Location"}, {})


def json_of(data: Any) -> bytes:
    return _ENCODER.encode(data)


def json_in(body: bytes) -> Any:
    """Raises Failure if it is not JSON."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Failure(400, CLIENT_ERROR, f"This is no JSON: {error}.") from error


def read(body: bytes, kind: Any, place: str) -> Any:
    """What a partner sent. Raises Failure as `json_in`, and BadInput, naming the field, for JSON that is not of the kind."""
    document = json_in(body)
    try:
        return msgspec.convert(document, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise BadInput("field", f"{place}: {error}.") from error


def failed(request: OcpiRequest, error: Failure) -> Response[bytes]:
    extra = {"www-authenticate": "Token"} if error.http_status == 401 else {}
    return _failure(request, error.http_status, error.status_code, error.text, extra)


def refused(request: OcpiRequest, error: Refused) -> Response[bytes]:
    """A request that was understood is answered with HTTP 200, even if it is refused; but what does not exist is a 404."""
    text = f"{error.text} {error.remedy}".strip()
    if isinstance(error, NotFound):
        return _failure(request, 404, _UNKNOWN.get(error.code, CLIENT_ERROR), text)
    return _failure(request, 200, INVALID if isinstance(error, BadInput) else CLIENT_ERROR, text)


def unreachable(request: OcpiRequest, error: PartnerUnreachable) -> Response[bytes]:
    return _failure(request, 200, NO_USE_OF_CLIENT, f"Your system could not be used: {error}.")


def store_unavailable(request: OcpiRequest, _: StoreUnavailable) -> Response[bytes]:
    return _failure(request, 503, SERVER_ERROR, "The service is temporarily unavailable. Nothing was changed.", {"retry-after": "2"})


def http_failure(request: OcpiRequest, error: HTTPException) -> Response[bytes]:
    """Errors raised by the framework: unknown addresses, other methods, bodies that are too large."""
    return _failure(request, error.status_code, CLIENT_ERROR, str(error.detail)[:300], error.headers or {})


def crashed(request: OcpiRequest, error: Exception) -> Response[bytes]:
    _LOG.error("a request of a roaming partner failed", exc_info=error)
    return _failure(request, 500, SERVER_ERROR, "Something went wrong here.")


def _failure(request: OcpiRequest, status: int, code: int, text: str, headers: Mapping[str, str] | None = None) -> Response[bytes]:
    return _answer(request, status, {"status_code": code, "status_message": text}, headers or {})


def _answer(request: OcpiRequest, status: int, content: Mapping[str, Any], headers: Mapping[str, str]) -> Response[bytes]:
    body = _ENCODER.encode({**content, "timestamp": instant_text(ports_of(request).clock.now())})
    ids = {name: request.headers.get(name, "") for name in _IDS}
    echoed = {name: value for name, value in ids.items() if 0 < len(value) <= 200 and value.isascii() and value.isprintable()}
    all_headers = {**request.state.get("routing", {}), **headers, **echoed, "cache-control": "no-store"}
    return Response(body, media_type="application/json", status_code=status, headers=all_headers)
