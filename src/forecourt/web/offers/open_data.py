"""Public data on an operator's charging points, in DATEX II: two addresses without a sign-in.

However many requests come, each document is made only at intervals and by one request at a time, so that a stranger costs no more than the
bytes sent.
"""

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from threading import Lock
from typing import Any
from uuid import UUID

from litestar import route
from litestar.exceptions import ServiceUnavailableException
from litestar.params import FromPath
from litestar.response import Response
from litestar.types import Method

from forecourt.flows.roaming import PageAddresses, Publication, open_data_status, open_data_table
from forecourt.kernel import OperatorId
from forecourt.web.frame.responses import WebRequest
from forecourt.web.frame.visitor import ports_of, service_url

# The law allows a day for static data, and a minute for dynamic data.
_TABLE_MAX_AGE, _STATUS_MAX_AGE = timedelta(seconds=60), timedelta(seconds=20)
_BUSY_S = 2
# National access points check a document's headers first.
_READ: list[Method] = ["GET", "HEAD"]
_Key = tuple[str, OperatorId]


@dataclass(frozen=True, slots=True)
class CachedPublication:
    """A publication as it is sent. changed_at: since when, as far as this process knows, its content is unchanged."""

    publication: Publication
    zipped: bytes
    made_at: datetime
    changed_at: datetime

    @property
    def etag(self) -> str:
        """Weak: the same content made again has another time in it."""
        return f'W/"{self.publication.says.hex()[:32]}"'


class PublicationCache:
    """The last publication made for each operator."""

    def __init__(self) -> None:
        self._made: dict[_Key, CachedPublication] = {}
        self._making: set[_Key] = set()
        self._lock = Lock()

    def take(self, key: _Key, max_age: timedelta, now: datetime, make: Callable[[], Publication]) -> CachedPublication:
        """While it is being remade, other requests get the previous one; if there is none yet, raises ServiceUnavailableException."""
        with self._lock:
            last = self._made.get(key)
            if last is not None and (now - last.made_at < max_age or key in self._making):
                return last
            if key in self._making:
                raise ServiceUnavailableException(headers={"retry-after": str(_BUSY_S)})
            self._making.add(key)
        with self._release(key):
            found = make()
            since = last.changed_at if last is not None and last.publication.says == found.says else now
            publication = CachedPublication(found, gzip.compress(found.document, 6, mtime=0), now, since)
            with self._lock:
                self._made[key] = publication
            return publication

    @contextmanager
    def _release(self, key: _Key) -> Iterator[None]:
        try:
            yield
        finally:
            with self._lock:
                self._making.discard(key)


@route("/open/{operator_id:uuid}/datex2/static.xml", http_method=_READ, sync_to_thread=True)
def table(request: WebRequest, operator_id: FromPath[UUID]) -> Response[bytes]:
    ports = ports_of(request)
    pages = PageAddresses(f"{service_url(request)}/sites/", ports.card_desk is not None)

    def make() -> Publication:
        with ports.transactions.begin() as store:
            return open_data_table(store, OperatorId(operator_id), pages, ports.clock.now())

    return _answer(request, ("table", OperatorId(operator_id)), _TABLE_MAX_AGE, make)


@route("/open/{operator_id:uuid}/datex2/status.xml", http_method=_READ, sync_to_thread=True)
def status(request: WebRequest, operator_id: FromPath[UUID]) -> Response[bytes]:
    ports = ports_of(request)

    def make() -> Publication:
        with ports.transactions.begin() as store:
            return open_data_status(store, OperatorId(operator_id), ports.clock.now())

    return _answer(request, ("status", OperatorId(operator_id)), _STATUS_MAX_AGE, make)


def addresses(request: WebRequest, operator_id: OperatorId) -> tuple[str, str]:
    """The addresses of the table and of the status, to be registered with a national access point."""
    home = f"{service_url(request)}/open/{operator_id}/datex2"
    return f"{home}/static.xml", f"{home}/status.xml"


def _answer(request: WebRequest, key: _Key, max_age: timedelta, make: Callable[[], Publication]) -> Response[bytes]:
    """Readable by other sites' pages as well."""
    cache: PublicationCache = request.app.state.publication_cache
    publication = cache.take(key, max_age, ports_of(request).clock.now(), make)
    headers = {
        "etag": publication.etag,
        "last-modified": format_datetime(publication.changed_at.replace(microsecond=0), usegmt=True),
        "cache-control": f"public, max-age={int(max_age.total_seconds())}",
        "vary": "accept-encoding",
        "access-control-allow-origin": "*",
        "access-control-expose-headers": "etag",
        "cross-origin-resource-policy": "cross-origin",
    }
    if _matches_etag(request, publication.etag):
        return Response(b"", status_code=304, headers=headers)
    if _accepts_gzip(request):
        return Response(publication.zipped, media_type="application/xml", headers={**headers, "content-encoding": "gzip"})
    return Response(publication.publication.document, media_type="application/xml", headers=headers)


def _matches_etag(request: WebRequest, etag: str) -> bool:
    """Weak comparison, as in RFC 9110 for If-None-Match."""
    etags = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    return "*" in etags or etag.removeprefix("W/") in [one.removeprefix("W/") for one in etags]


def _accepts_gzip(request: WebRequest) -> bool:
    encodings = [one.replace(" ", "").split(";") for one in request.headers.get("accept-encoding", "").split(",")]
    return any(one[0] == "gzip" and one[1:] not in (["q=0"], ["q=0.0"], ["q=0.00"], ["q=0.000"]) for one in encodings)


routes: list[Any] = [table, status]
