"""Which addresses are on the public internet, and lead to nothing of the operator's own."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

_UNICAST = IPv6Network("2000::/3")
"""All that is given out for the public internet. What embeds an IPv4 address elsewhere (mapped,
compatible, NAT64), site-local and multicast addresses lie outside."""
_NOT_PUBLIC: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(each)
    for each in (
        "192.0.0.0/24",  # protocol assignments, and the metadata of Oracle's cloud
        "192.88.99.0/24",  # relays of 6to4
        "168.63.129.16/32",  # Azure's host, which hands out metadata
        "224.0.0.0/4",  # multicast
        "2002::/16",  # 6to4 embeds any IPv4 address
        "3fff::/20",  # documentation
    )
)
"""What `ipaddress` takes for global. Other clouds hand out metadata at link-local, unique local
(fd00:ec2::254) and shared (100.100.100.200) addresses, which it does not."""


def is_public(host: str) -> bool:
    """Whether the address in numbers is a public one. Raises ValueError for what is no address."""
    address = ip_address(host)
    if address.version == 6 and address not in _UNICAST:
        return False
    return address.is_global and not any(address in network for network in _NOT_PUBLIC)


def is_in_numbers(host: str) -> bool:
    """Whether a host is taken for an address and not looked up, in whatever shape (`127.1`)."""
    return ":" in host or host.replace(".", "").isdigit()
