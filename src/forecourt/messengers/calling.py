"""Signed calls to operators' own systems: "t=<unix seconds>,v1=<HMAC-SHA256 of "t.body">", as payment processors sign theirs.

An operator names the address, so it must not lead into our own network: the name is resolved when it is called, every
address it has must be a public one, and the very address that was looked at is the one connected to.
"""

import hmac
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx

from forecourt.notices import Call, Carried, Fate, one_line

TIMEOUT_S = 10.0
_NAT64 = IPv6Network("64:ff9b::/96")
Allowed = Callable[[IPv4Address | IPv6Address], bool]
Resolve = Callable[..., Sequence[Any]]


def public_only(address: IPv4Address | IPv6Address) -> bool:
    """Not loopback, private, link-local, multicast or reserved; nor one of those wrapped in an IPv6 address."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return public_only(inner)
    return address.is_global and not address.is_multicast


class SignedCaller:
    """A Caller. Blocking; may be used by several threads. allowed: which addresses may be connected to.
    resolve: as socket.getaddrinfo."""

    def __init__(self, allowed: Allowed = public_only, secure_only: bool = True, resolve: Resolve = socket.getaddrinfo) -> None:
        self._resolve = resolve
        self._allowed, self._schemes = allowed, {"https"} if secure_only else {"https", "http"}
        self._client = httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)

    def close(self) -> None:
        self._client.close()

    def call(self, call: Call) -> Carried:
        """Taken is an answer of 2xx; a redirect is none."""
        try:
            code = self._answered(call)
        except _Refused as error:
            return Carried(Fate.NEVER, str(error))
        except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
            return Carried(Fate.LATER, one_line(f"{type(error).__name__}: {error}")[:300])
        return Carried(Fate.SENT) if 200 <= code < 300 else Carried(Fate.LATER, f"answered {code}")

    def _answered(self, call: Call) -> int:
        """The code of the answer; what it says is of no interest. An address that cannot be reached leaves it to the next."""
        parts = self._parts(call.url)
        *others, last = self._resolved(parts)
        for address in others:
            with suppress(httpx.ConnectError):
                return self._posted(_request(call, parts, address))
        return self._posted(_request(call, parts, last))

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
            raise _Refused("the address is not one that may be called")
        return parts

    def _resolved(self, parts: SplitResult) -> list[IPv4Address | IPv6Address]:
        """The addresses to connect to. Raises _Refused where one of the name's addresses is not allowed."""
        found = self._resolve(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), type=socket.SOCK_STREAM)
        addresses = [ip_address(str(one[4][0]).partition("%")[0]) for one in found]
        if not addresses or not all(map(self._allowed, addresses)):
            raise _Refused("the address leads into a network that is not public")
        return list(dict.fromkeys(addresses))


def _request(call: Call, parts: SplitResult, address: IPv4Address | IPv6Address) -> httpx.Request:
    """To this very address; certificate and Host are the name's."""
    signed_at = int(call.at.timestamp())
    signature = hmac.new(call.secret.encode(), f"{signed_at}.".encode() + call.body, sha256).hexdigest()
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json",
        "User-Agent": "Forecourt",
        "Forecourt-Event": call.key,
        "Forecourt-Signature": f"t={signed_at},v1={signature}",
    }
    host = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
    url = httpx.URL(call.url).copy_with(host=host)
    return httpx.Request("POST", url, headers=headers, content=call.body, extensions={"sni_hostname": parts.hostname})


class _Refused(Exception):
    """Not to be called at all."""
