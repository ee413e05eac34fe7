"""The table of networks that are never dialled: each network at its ends, in every
spelling, and the addresses beside it.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import pairwise

import pytest

from sq_console.config import ProcessorSettings
from sq_console.processor.http.addresses.address_guard import AddressGuard
from sq_console.processor.http.addresses.forbidden_networks import (
    FORBIDDEN,
    Address,
    Network,
    embedded_ipv4,
)
from tests.processor.claimed_jobs import SQLITE

ROWS = [(network, why) for network, why in FORBIDDEN]
each_row = pytest.mark.parametrize(("network", "why"), ROWS, ids=str)
GUARD = AddressGuard(ProcessorSettings(), SQLITE)
REQUIRED = [
    *("169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "168.63.129.16/32"),
    *("100.100.100.200/32", "64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96", "2001::/32"),
    *("224.0.0.0/4", "ff00::/8", "0.0.0.0/8", "::/128", "255.255.255.255/32"),
]


def some_of(network: Network) -> list[Address]:
    """Return the ends of *network* and some addresses between, without loopback."""
    size = network.num_addresses
    places = {0, 1, size // 3, size // 2, size - 2, size - 1}
    found = [network[place] for place in sorted(places) if 0 <= place < size]
    return [one for one in found if one != ip_address("::1")]


def spellings(address: Address) -> list[str]:
    if isinstance(address, IPv6Address):
        return [
            str(address),
            address.exploded,
            address.exploded.upper(),
            f"{address}%1",
        ]
    high, low = f"{int(address) >> 16:x}", f"{int(address) & 0xFFFF:x}"
    teredo = int(address) ^ 0xFFFFFFFF
    return [
        f"{address}",
        f"::ffff:{address}",
        f"::ffff:{high}:{low}",
        f"0:0:0:0:0:FFFF:{high}:{low}",
        f"::{address}",
        f"::ffff:0:{address}",
        f"64:ff9b::{address}",
        f"64:ff9b:1::{address}",
        f"2002:{high}:{low}::1",
        f"2001:0:102:304::{teredo >> 16:x}:{teredo & 0xFFFF:x}",
    ]


@each_row
def test_addresses_of_a_network_are_refused_in_every_spelling(
    network: Network, why: str
) -> None:
    for address in some_of(network):
        first = next(why for row, why in ROWS if address in row)
        for written in spellings(address):
            if ip_address(written) == ip_address("::1"):
                continue  # a spelling of 0.0.0.1
            refused = GUARD.address_refusal(written, 80)
            assert refused is not None, written
            if embedded_ipv4(ip_address(written)) == address:
                assert refused == f"{written} is {first}"


@each_row
def test_addresses_beside_a_network_are_allowed(network: Network, why: str) -> None:
    first, last = int(network[0]), int(network[-1])
    most = 2**network.max_prefixlen - 1
    kind = IPv4Address if network.version == 4 else IPv6Address
    for number in {max(first - 1, 0), min(last + 1, most)} - {first, last}:
        beside = kind(number)
        if not any(beside in other for other, _ in ROWS):
            assert GUARD.address_refusal(str(beside), 80) is None, beside


@pytest.mark.parametrize("network", REQUIRED)
def test_the_table_holds_each_required_network(network: str) -> None:
    assert network in {str(known) for known, _ in ROWS}


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "10.0.0.1"),
        *("192.168.1.1", "172.16.0.1", "100.64.0.1", "8.8.8.8", "fd00::1", "fc00::1"),
        *("2a00::1", "2001:4860:4860::8888", "2001:db8::1", "64:ff9b::8.8.8.8"),
        *("2002:808:808::1", "64:ff9b:2::1", "fd00:ec1::1", "fd00:ec3::1", "::1:0:0:1"),
        *("168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0"),
    ],
)
def test_loopback_private_and_public_addresses_are_called(address: str) -> None:
    assert GUARD.address_refusal(address, 80) is None


def test_no_network_is_listed_twice() -> None:
    names = sorted(str(network) for network, _ in ROWS)
    assert all(one != other for one, other in pairwise(names))
