"""Requests with an overall time limit, whatever the other side does: HTTP's own timeouts restart with every byte received."""

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from math import inf
from typing import Any

import httpcore
import httpx


class DeadlineTransport(httpx.HTTPTransport):
    """One request at a time per calling thread, with `within` seconds for all of it: connecting, sending and reading.
    authorities: file of certificates (PEM) trusted in addition to the public ones."""

    def __init__(self, authorities: str = "") -> None:
        trusted = _trusted(authorities)
        super().__init__(verify=trusted, trust_env=False)
        self._network = _Network()
        self._pool = httpcore.ConnectionPool(ssl_context=trusted, network_backend=self._network)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        self._network.due.until = time.monotonic() + seconds
        try:
            yield
        finally:
            self._network.due.until = inf


@cache
def _trusted(authorities: str) -> ssl.SSLContext:
    """The trusted authorities, shared by all requests of this process: reading them takes 30 ms of CPU. authorities: file of
    one's own in addition (PEM); empty = none. Raises OSError."""
    context = httpx.create_ssl_context(trust_env=False)
    if authorities:
        context.load_verify_locations(authorities)
    return context


class _Due(threading.local):
    until = inf

    def left(self, most: float | None) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("it took too long")
        return left if most is None else min(most, left)


class _Network(httpcore.SyncBackend):
    def __init__(self) -> None:
        self.due = _Due()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(super().connect_tcp(host, port, self.due.left(timeout), local_address, socket_options), self.due)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, due: _Due) -> None:
        self._stream, self._due = stream, due

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._due.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._due.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._due.left(timeout)), self._due)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
