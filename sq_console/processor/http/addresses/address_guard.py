"""Decides which hosts may be called and which addresses may be dialled.

A url is text that an application or a handler wrote. Its target is known only after
DNS, and one address has many spellings. So the decision is made where the address is
known, when a socket for it is about to be created, and no connection can bypass it. A
name is refused when any of its addresses is forbidden: such a result is a rebinding
attack or a mistake, and picking the harmless address would hide both.

Always refused are the networks of `forbidden_networks`, and our own database, at every
port its server listens on; a server that we reach over a socket file listens on ports
too. Loopback and private networks are allowed, because most handlers are there;
`[processor] allow_hosts`, `allow_cidrs` and `deny_cidrs` restrict them.
"""

import socket
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address

from sq_console.config import DbSettings, ProcessorSettings
from sq_console.model import Listening
from sq_console.processor.http.addresses.forbidden_networks import (
    Address,
    Network,
    embedded_ipv4,
    forbidden_reason,
)

_LOCALHOST = "127.0.0.1"
_MAX_HOST_CHARS = 255
"""Of a name that a name server knows."""


class AddressRefused(Exception):
    """This must not be dialled. It is not an OSError: those mean that another address
    may be tried.
    """


class AddressGuard:
    """The rules of one processor."""

    def __init__(
        self,
        rules: ProcessorSettings,
        db: DbSettings,
        listening: Listening = Listening(),  # noqa: B008 - frozen
    ) -> None:
        self._rules = rules
        host = _LOCALHOST if db.unix_socket else db.host.lower().rstrip(".")
        is_tcp = db.engine != "sqlite" and not db.unix_socket
        self.database_hosts = (host, *listening.hosts)
        """The host in our settings first; then those the server names itself."""
        self.database_ports = listening.ports | (
            frozenset({db.port}) if is_tcp else frozenset()
        )
        """Before a call to one of these ports, use `set_database_addresses`."""
        self._database: frozenset[Address] = frozenset()
        # Every call asks, and most calls about the same few hosts and addresses.
        self._cached_host_refusal = lru_cache(maxsize=1024)(self._host_refusal)
        self._cached_rule_refusal = lru_cache(maxsize=1024)(self._rule_refusal)

    def set_database_addresses(self, addresses: Iterable[str]) -> None:
        """Set the present *addresses* of our database."""
        self._database = frozenset(
            embedded_ipv4(ip_address(text)) for text in addresses
        )

    def target_refusal(self, host: str, port: int) -> str | None:
        """Return why a url may not lead to *host* (lower case), as far as that can be
        decided before DNS; None if it may.
        """
        is_long = len(host) > _MAX_HOST_CHARS
        refusal = (self._host_refusal if is_long else self._cached_host_refusal)(host)
        if refusal is not None or port not in self.database_ports:
            return refusal
        if host.rstrip(".") in self.database_hosts:
            return f"{host}:{port} is the queue's own database"
        return self.address_refusal(host, port) if is_address(host) else None

    def address_refusal(self, text: str, port: int) -> str | None:
        """Return why *text*, an address in any spelling, may not be dialled at *port*;
        None if it may.
        """
        address = _parse(text)
        if address is None:
            return f"{text} is not an address"
        if port in self.database_ports and self._is_database(embedded_ipv4(address)):
            return f"{text}:{port} is the queue's own database"
        return self._cached_rule_refusal(text, address)

    def _host_refusal(self, host: str) -> str | None:
        """Return what the settings say, whatever the port."""
        name = host.rstrip(".")
        allowed = self._rules.allow_hosts
        if allowed and not any(_matches(name, pattern) for pattern in allowed):
            return f"{host} is not in allow_hosts"
        address = _parse(host)
        return None if address is None else self._rule_refusal(host, address)

    def _rule_refusal(self, text: str, address: Address) -> str | None:
        inner = embedded_ipv4(address)
        if reason := forbidden_reason(inner):
            return f"{text} is {reason}"
        if _is_in((address, inner), self._rules.deny_cidrs):
            return f"{address} is in deny_cidrs"
        allowed = self._rules.allow_cidrs
        if allowed and not _is_in((address, inner), allowed):
            return f"{address} is not in allow_cidrs"
        return None

    def _is_database(self, address: Address) -> bool:
        if address in self._database:
            return True
        # A database on this machine is reached by every address of the machine.
        return any(map(_is_local, self._database)) and _is_local(address)

    def make_socket(
        self, family: socket.AddressFamily, address: str, port: int
    ) -> socket.socket:
        """Create a socket for *address*, which is about to be dialled. Raises
        AddressRefused.
        """
        if reason := self.address_refusal(address, port):
            raise AddressRefused(reason)
        return socket.socket(family, socket.SOCK_STREAM)


def is_address(host: str) -> bool:
    """Return whether *host* is an address, for which no name server is asked."""
    return _parse(host) is not None


@lru_cache(maxsize=1024)
def _parse(text: str) -> Address | None:
    """Return None when *text* is not an address. Cached: every call asks, and most
    calls about the same few.
    """
    try:
        return ip_address(text)
    except ValueError:
        return None


def _matches(host: str, allowed: str) -> bool:
    """Return whether the pattern *allowed* covers *host*. `*.example.com` covers the
    names below example.com, not example.com itself; an address may be written as in a
    url, `[::1]`.
    """
    if allowed.startswith("*."):
        return host.endswith(allowed[1:])
    return host == allowed.strip("[]")


def _is_in(addresses: Iterable[Address], networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks for address in addresses)


def _is_local(address: Address) -> bool:
    """Return whether it is an address of this machine: only those can be bound."""
    if address.is_loopback:
        return True
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True
