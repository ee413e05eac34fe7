"""The networks that are never called, whatever the settings say: one table.

Instances of a cloud read their credentials at link-local and metadata addresses. An
address without a host of its own (multicast, broadcast, "this network") has no handler.
IPv6 has several ways to write an IPv4 address. Those in use are judged by the address
inside (`embedded_ipv4`). The others are refused whole, because it cannot be known here
which device translates them, and to what address.
"""

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

FORBIDDEN: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(network), why)
    for network, why in (
        ("169.254.0.0/16", "link-local"),
        ("fe80::/10", "link-local"),
        ("fd00:ec2::/32", "a metadata address"),
        ("fd00:c1::a9fe:a9fe/128", "a metadata address"),
        ("fd00:42::42/128", "a metadata address"),
        ("fd20:ce::254/128", "a metadata address"),
        ("100.100.100.200/32", "a metadata address"),
        ("168.63.129.16/32", "a metadata address"),
        ("192.0.0.192/32", "a metadata address"),
        ("224.0.0.0/4", "multicast"),
        ("ff00::/8", "multicast"),
        ("0.0.0.0/8", "not an address of a host"),
        ("::/128", "not an address of a host"),
        ("255.255.255.255/32", "broadcast"),
        ("::/96", "an IPv4-compatible address"),
        ("::ffff:0:0:0/96", "an IPv4-translated address"),
        ("64:ff9b:1::/48", "a translated address of a local network"),
        ("2001::/32", "a Teredo address"),
    )
)
"""The first network that contains an address gives the reason for its refusal."""
LOOPBACK = ip_address("::1")
"""In the range of the IPv4-compatible addresses, but not one of them."""
_NAT64 = IPv6Network("64:ff9b::/96")


def forbidden_reason(address: Address) -> str | None:
    """Return why *address*, a result of `embedded_ipv4`, is never called, `link-local`
    say; None if it may be.
    """
    if address == LOOPBACK:
        return None
    return next((why for network, why in FORBIDDEN if address in network), None)


def embedded_ipv4(address: Address) -> Address:
    """Return the IPv4 address inside a mapped, 6to4 or NAT64 one; others unchanged."""
    if isinstance(address, IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in _NAT64:
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or IPv6Address(int(address))  # without its scope
