"""Whom an internet address stands for."""

from ipaddress import IPv6Address, ip_address, ip_network

_IPV6_BITS = 64


def caller_of(address: str) -> str:
    """2001:db8:1:2:3:4:5:6 -> 2001:db8:1:2::/64; any other address, and what is none, as it stands.

    One machine has all addresses of its IPv6 network (RFC 6177) and may take another for each request: whoever counts what callers do
    counts these as one. An IPv4 address written as an IPv6 one is that IPv4 address.
    """
    try:
        one = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(one, IPv6Address):
        return str(one)
    return str(one.ipv4_mapped or ip_network((one, _IPV6_BITS), strict=False))
