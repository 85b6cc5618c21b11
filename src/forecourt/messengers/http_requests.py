"""Requests to external systems whose answers are read: limited in size and time, and sent only to allowed addresses."""

import socket
import time
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import httpx

from forecourt.flows.ports import HttpRequest as Asked
from forecourt.flows.ports import HttpResponse, PartnerUnreachable
from forecourt.messengers.outgoing import Allowed, HttpRequest, RefusedAddress, Resolve, public_only
from forecourt.notices import one_line

MAX_RESPONSE_BYTES = 4 * 1024 * 1024


class HttpRequester:
    """A HttpClient. allowed, secure_only, resolve and authorities: as in Outgoing."""

    def __init__(
        self, allowed: Allowed = public_only, secure_only: bool = True, resolve: Resolve = socket.getaddrinfo, authorities: str = ""
    ) -> None:
        self._outgoing = HttpRequest(allowed, secure_only, resolve, authorities)

    def close(self) -> None:
        self._outgoing.close()

    def send(self, request: Asked) -> HttpResponse:
        """Follows one redirect at most, and only within the same server: many addresses are given with a wrong or missing trailing
        slash."""
        until = time.monotonic() + request.within_s
        answer, new_url = self._asked(request, until)
        return self._asked(replace(request, url=new_url), until)[0] if new_url else answer

    def _asked(self, request: Asked, until: float) -> tuple[HttpResponse, str]:
        """The answer, and the address to repeat the request at, if any."""
        try:
            with self._outgoing.answered(request.method, request.url, request.headers, request.body, request.within_s) as answer:
                return HttpResponse(answer.status_code, _read(answer, until), answer.headers.get("link", "")), _moved(request.url, answer)
        except RefusedAddress as error:
            raise PartnerUnreachable(str(error)) from error
        except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise PartnerUnreachable(one_line(f"{type(error).__name__}: {error}")[:300]) from error


def _moved(url: str, answer: httpx.Response) -> str:
    """Not to another server: the credentials in the headers are not for it."""
    if answer.status_code not in (307, 308):
        return ""
    try:
        target = urljoin(url, answer.headers.get("location", ""))
        return target if urlsplit(target)[:2] == urlsplit(url)[:2] and target != url else ""
    except ValueError:
        return ""


def _read(answer: httpx.Response, until: float) -> bytes:
    """The announced length is not trusted. We do not accept compression: a few bytes could become a great many."""
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise PartnerUnreachable("the answer is compressed, which was not asked for")
    body = bytearray()
    for chunk in answer.iter_raw(64 * 1024):
        body += chunk
        if len(body) > MAX_RESPONSE_BYTES:
            raise PartnerUnreachable("the answer is too large")
        if time.monotonic() > until:
            raise PartnerUnreachable("the answer took too long")
    return bytes(body)
