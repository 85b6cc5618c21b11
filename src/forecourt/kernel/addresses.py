"""Which caller an internet address belongs to."""

from ipaddress import IPv6Address, ip_address, ip_network

_IPV6_BITS = 64


def client_network(address: str) -> str:
    """Return the network that counts as one caller: 2001:db8:1:2:3:4:5:6 -> 2001:db8:1:2::/64; anything but IPv6 is returned unchanged.

    One machine owns all addresses of its IPv6 network (RFC 6177) and may use another for each request, so code that counts requests by
    caller counts them as one. An IPv4 address written as an IPv6 one is treated as that IPv4 address.
    """
    try:
        one = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(one, IPv6Address):
        return str(one)
    return str(one.ipv4_mapped or ip_network((one, _IPV6_BITS), strict=False))
