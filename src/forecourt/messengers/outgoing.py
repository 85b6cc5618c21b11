"""Requests to addresses that others have named: only public ones, the very one that was looked at, no redirects.

The name is resolved when it is called, every address it has must be a public one, and the very address that was looked at is the one
connected to.
"""

import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx

TIMEOUT_S = 10.0
_NAT64 = IPv6Network("64:ff9b::/96")
Allowed = Callable[[IPv4Address | IPv6Address], bool]
Resolve = Callable[..., Sequence[Any]]


class RefusedAddress(Exception):
    """Not to be called at all."""


def public_only(address: IPv4Address | IPv6Address) -> bool:
    """Not loopback, private, link-local, multicast or reserved; nor one of those wrapped in an IPv6 address."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return public_only(inner)
    return address.is_global and not address.is_multicast


class Outgoing:
    """Blocking; may be used by several threads. allowed: which addresses may be connected to. resolve: as socket.getaddrinfo."""

    def __init__(self, allowed: Allowed = public_only, secure_only: bool = True, resolve: Resolve = socket.getaddrinfo) -> None:
        self._resolve = resolve
        self._allowed, self._schemes = allowed, {"https"} if secure_only else {"https", "http"}
        self._client = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)

    def close(self) -> None:
        self._client.close()

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The code of the answer; what it says is of no interest. An address that cannot be reached leaves it to the next.

        Raises RefusedAddress, OSError, httpx.HTTPError or httpx.InvalidURL.
        """
        parts = self._parts(url)
        *others, last = self._resolved(parts)
        for address in others:
            with suppress(httpx.ConnectError):
                return self._posted(_request(url, parts, address, headers, body))
        return self._posted(_request(url, parts, last, headers, body))

    def _posted(self, request: httpx.Request) -> int:
        answer = self._client.send(request, stream=True)
        answer.close()
        return answer.status_code

    def _parts(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            good = parts.scheme in self._schemes and parts.hostname and parts.username is None and (parts.port or 1) > 0
        except ValueError:
            good = False
        if not good:
            raise RefusedAddress("the address is not one that may be called")
        return parts

    def _resolved(self, parts: SplitResult) -> list[IPv4Address | IPv6Address]:
        """The addresses to connect to. Raises RefusedAddress where one of the name's addresses is not allowed."""
        found = self._resolve(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), type=socket.SOCK_STREAM)
        addresses = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
        if not addresses or not all(map(self._allowed, addresses)):
            raise RefusedAddress("the address leads into a network that is not public")
        return list(dict.fromkeys(addresses))


def _request(url: str, parts: SplitResult, address: IPv4Address | IPv6Address, headers: Mapping[str, str], body: bytes) -> httpx.Request:
    """To this very address; certificate and Host are the name's."""
    host = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    sent = {"Host": parts.netloc, "User-Agent": "Forecourt", **headers}
    return httpx.Request(
        "POST", httpx.URL(url).copy_with(host=host), headers=sent, content=body, extensions={"sni_hostname": parts.hostname}
    )
