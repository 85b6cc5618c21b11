"""Where somebody calls from, as coarsely as addresses change by themselves."""

from ipaddress import IPv6Address, ip_address, ip_network

_IPV4_BITS, _IPV6_BITS = 24, 48


def network_of(address: str) -> str:
    """192.0.2.7 -> 192.0.2.0/24; empty for what is no address."""
    try:
        one = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(one, IPv6Address) and one.ipv4_mapped:
        one = one.ipv4_mapped
    return str(ip_network((one, _IPV4_BITS if one.version == 4 else _IPV6_BITS), strict=False))
