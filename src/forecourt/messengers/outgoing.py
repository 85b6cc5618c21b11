"""Requests to addresses supplied by others: only public ones, and without redirects.

The name is resolved when it is called, all of its addresses must be public, and the connection is made to exactly the address that was
checked.
"""

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx

from forecourt.messengers.deadlines import DeadlineTransport

TIMEOUT_S = 10.0
_NAT64 = IPv6Network("64:ff9b::/96")
# All that is allocated on the IPv6 internet (RFC 4291, 2.4): addresses outside it, including old forms that wrap an IPv4 address, belong to
# no server. In Python 3.11 is_global accepts many of those, and these two, which no one may use (RFC 6890, RFC 9637).
_UNICAST = IPv6Network("2000::/3")
_NOBODYS = (IPv4Network("192.0.0.0/24"), IPv6Network("3fff::/20"))
Allowed = Callable[[IPv4Address | IPv6Address], bool]
Resolve = Callable[..., Sequence[Any]]


class RefusedAddress(Exception):
    """An address that must not be called."""


def public_only(address: IPv4Address | IPv6Address) -> bool:
    """Not loopback, private, link-local, multicast or reserved, nor such an address wrapped in an IPv6 one."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return public_only(inner)
        if address not in _UNICAST:
            return False
    return address.is_global and not address.is_multicast and not any(address in one for one in _NOBODYS)


class HttpRequest:
    """Blocking; may be used by several threads. allowed: which addresses may be connected to. resolve: as socket.getaddrinfo.
    authorities: file of certificates (PEM) trusted in addition to the public ones; raises OSError if it cannot be read."""

    def __init__(
        self, allowed: Allowed = public_only, secure_only: bool = True, resolve: Resolve = socket.getaddrinfo, authorities: str = ""
    ) -> None:
        self._resolve = resolve
        self._allowed, self._schemes = allowed, {"https"} if secure_only else {"https", "http"}
        self._in_time = DeadlineTransport(authorities)
        self._client = httpx.Client(transport=self._in_time, timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)

    def close(self) -> None:
        self._client.close()

    def post(self, url: str, headers: Mapping[str, str], body: bytes, keep: int = 0) -> tuple[int, bytes]:
        """Returns the status code and the first bytes of the answer, at most `keep`; the rest is not read. Raises as `answered`."""
        with self.answered("POST", url, headers, body) as answer:
            return answer.status_code, _beginning(answer, keep)

    @contextmanager
    def answered(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, within_s: float = TIMEOUT_S
    ) -> Iterator[httpx.Response]:
        """The answer, still unread. If an address cannot be reached, the next is tried. within_s: limit of each step; all together
        may take twice that.

        Raises RefusedAddress, OSError, httpx.HTTPError or httpx.InvalidURL.
        """
        parts = self._parts(url)
        sent = {"Host": parts.netloc, "User-Agent": "Forecourt", **headers}
        extensions = {"sni_hostname": parts.hostname, "timeout": httpx.Timeout(within_s).as_dict()}
        request = httpx.Request(method, url, headers=sent, content=body, extensions=extensions)
        addresses = self._resolved(parts)
        with self._in_time.within(2 * within_s):
            answer = self._sent(request, addresses)
            try:
                yield answer
            finally:
                answer.close()

    def _sent(self, request: httpx.Request, addresses: Sequence[IPv4Address | IPv6Address]) -> httpx.Response:
        """Send to exactly these addresses; the certificate and Host are those of the name."""
        name = request.url
        *others, last = (name.copy_with(host=f"[{one}]" if isinstance(one, IPv6Address) else str(one)) for one in addresses)
        for one in others:
            request.url = one
            with suppress(httpx.ConnectError):
                return self._client.send(request, stream=True)
        request.url = last
        return self._client.send(request, stream=True)

    def _parts(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            is_valid = parts.scheme in self._schemes and parts.hostname and parts.username is None and (parts.port or 1) > 0
        except ValueError:
            is_valid = False
        if not is_valid:
            raise RefusedAddress("the address is not one that may be called")
        return parts

    def _resolved(self, parts: SplitResult) -> list[IPv4Address | IPv6Address]:
        """The addresses to connect to. Raises RefusedAddress if one of the name's addresses is not allowed."""
        found = self._resolve(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), type=socket.SOCK_STREAM)
        addresses = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
        if not addresses or not all(map(self._allowed, addresses)):
            raise RefusedAddress("the address leads into a network that is not public")
        return list(dict.fromkeys(addresses))


def _beginning(answer: httpx.Response, keep: int) -> bytes:
    """As sent, without decompressing. What breaks off is cut there: the status was received already."""
    begun = b""
    with suppress(OSError, httpx.HTTPError):
        for part in answer.iter_raw() if keep else ():
            begun += part
            if len(begun) >= keep:
                break
    return begun[:keep]
