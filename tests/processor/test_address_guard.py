"""Addresses that may be dialled, and addresses that are refused, as tables."""

import socket
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sq_console.config import DbSettings, ProcessorSettings
from sq_console.processor.http.addresses.address_guard import (
    AddressGuard,
    AddressRefused,
)
from tests.processor.claimed_jobs import SQLITE

DATABASE = DbSettings(host="db.example", port=3306, user="u", db="d")


def guard(
    db: DbSettings = SQLITE,
    *,
    allow_hosts: tuple[str, ...] = (),
    allow_cidrs: tuple[str, ...] = (),
    deny_cidrs: tuple[str, ...] = (),
) -> AddressGuard:
    rules = ProcessorSettings(
        allow_hosts=allow_hosts,
        allow_cidrs=tuple(map(ip_network, allow_cidrs)),
        deny_cidrs=tuple(map(ip_network, deny_cidrs)),
    )
    return AddressGuard(rules, db)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("169.254.169.254", "link-local"),
        ("169.254.0.1", "link-local"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("febf::1", "link-local"),
        ("::ffff:169.254.169.254", "link-local"),
        ("64:ff9b::a9fe:a9fe", "link-local"),
        ("2002:a9fe:a9fe::", "link-local"),
        ("fd00:ec2::254", "a metadata address"),
        ("100.100.100.200", "a metadata address"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"),
        ("ff02::1", "multicast"),
        ("::ffff:224.0.0.1", "multicast"),
        ("0.0.0.0", "not an address of a host"),
        ("0.1.2.3", "not an address of a host"),
        ("::", "not an address of a host"),
        ("::ffff:0.0.0.0", "not an address of a host"),
        ("255.255.255.255", "broadcast"),
    ],
)
def test_some_addresses_are_always_refused(address: str, why: str) -> None:
    assert guard().address_refusal(address, 80) == f"{address} is {why}"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "fd00::1", "8.8.8.8", "2a00::1"],
)
def test_loopback_private_and_public_addresses_are_allowed(address: str) -> None:
    assert guard().address_refusal(address, 80) is None


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f.0.0.1", "1.2.3.4 "])
def test_an_invalid_address_is_refused(text: str) -> None:
    assert guard().address_refusal(text, 80) == f"{text} is not an address"


@given(st.ip_addresses(v=4, network="169.254.0.0/16"))
def test_a_link_local_address_is_refused_in_every_spelling(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"

    for written in (
        f"{address}",
        f"::ffff:{address}",
        f"::ffff:{high}:{low}",
        f"0:0:0:0:0:FFFF:{high}:{low}",
        f"64:ff9b::{address}",
        f"2002:{high}:{low}::1",
    ):
        assert guard().address_refusal(written, 80) is not None


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("10.9.0.1", False),
        ("::ffff:10.9.0.1", False),
        ("11.0.0.1", False),
        ("2a00::1", False),
    ],
)
def test_allowed_and_denied_networks_narrow_the_addresses(
    address: str, is_allowed: bool
) -> None:
    narrow = guard(allow_cidrs=("10.0.0.0/8",), deny_cidrs=("10.9.0.0/16",))

    assert (narrow.address_refusal(address, 80) is None) is is_allowed


def test_allowing_a_network_does_not_allow_metadata_in_it() -> None:
    wide = guard(allow_cidrs=("0.0.0.0/0", "::/0"))

    assert wide.address_refusal("169.254.169.254", 80) is not None
    assert wide.address_refusal("8.8.8.8", 80) is None


@pytest.mark.parametrize(
    ("host", "is_allowed"),
    [
        ("api.example.com", True),
        ("api.example.com.", True),
        ("a.intern.example.com", True),
        ("a.b.intern.example.com", True),
        ("intern.example.com", False),
        ("evilintern.example.com", False),
        ("api.example.com.evil.org", False),
        ("example.com", False),
        ("10.0.0.1", False),
        ("127.0.0.1", True),
        ("::1", True),
    ],
)
def test_only_the_hosts_named_may_be_called(host: str, is_allowed: bool) -> None:
    named = ("api.example.com", "*.intern.example.com", "127.0.0.1", "[::1]")

    assert (guard(allow_hosts=named).target_refusal(host, 80) is None) is is_allowed


def test_an_allowed_host_may_still_have_a_forbidden_address() -> None:
    named = guard(allow_hosts=("169.254.169.254",))

    assert named.target_refusal("169.254.169.254", 80) is not None


@pytest.mark.parametrize("host", ["db.example", "db.example.", "203.0.113.5"])
def test_the_queues_database_is_refused_by_name_and_by_address(host: str) -> None:
    with_database = guard(DATABASE)
    with_database.set_database_addresses(["203.0.113.5"])

    assert with_database.target_refusal(host, 3306) == (
        f"{host}:3306 is the queue's own database"
    )
    assert with_database.target_refusal(host, 80) is None


@pytest.mark.parametrize("placed", ["127.0.0.1", "127.0.0.9", "::1"])
@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]
)
def test_a_database_on_loopback_is_refused_by_every_loopback_address(
    placed: str, address: str
) -> None:
    with_database = guard(DATABASE)
    with_database.set_database_addresses([placed])

    assert with_database.address_refusal(address, 3306) is not None
    assert with_database.address_refusal(address, 3307) is None
    assert with_database.address_refusal("203.0.113.5", 3306) is None


def test_a_database_on_this_machine_is_refused_by_every_address_it_has() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("203.0.113.5", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no network")
        own = probe.getsockname()[0]
    with_database = guard(DATABASE)
    with_database.set_database_addresses(["127.0.0.1"])

    assert with_database.address_refusal(own, 3306) is not None


@pytest.mark.parametrize(
    "db",
    [SQLITE, DbSettings(unix_socket="/run/mysqld.sock", port=3306, user="u", db="d")],
)
def test_a_database_without_a_port_forbids_no_port(db: DbSettings) -> None:
    assert guard(db).database_ports == frozenset()
    assert guard(db).target_refusal("127.0.0.1", 3306) is None


def test_no_socket_is_made_for_a_forbidden_address() -> None:
    with pytest.raises(AddressRefused, match="link-local"):
        guard().make_socket(socket.AF_INET, "169.254.169.254", 80)
    assert not issubclass(AddressRefused, OSError)


def test_a_socket_is_made_for_an_allowed_address() -> None:
    with guard().make_socket(socket.AF_INET, "127.0.0.1", 80) as made:
        assert (made.family, made.type) == (socket.AF_INET, socket.SOCK_STREAM)
