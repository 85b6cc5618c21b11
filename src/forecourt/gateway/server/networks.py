"""The network an address belongs to, coarse enough to survive ordinary address changes."""

from ipaddress import IPv6Address, ip_address, ip_network

_IPV4_BITS, _IPV6_BITS = 24, 48


def network_of(address: str) -> str:
    """192.0.2.7 -> 192.0.2.0/24; empty for anything that is not an address."""
    try:
        one = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(one, IPv6Address) and one.ipv4_mapped:
        one = one.ipv4_mapped
    return str(ip_network((one, _IPV4_BITS if one.version == 4 else _IPV6_BITS), strict=False))
