"""Which hosts may be named and which addresses may be dialled.

A url is text an application wrote, or a handler sent back: what it names shows only
after DNS, and one address has many spellings. So the decision falls where the address
is known, when a socket for it is about to be made, and nothing can be dialled past it.
A name is refused when any of its addresses is forbidden: such an answer is a rebinding
trick or a mistake, and picking the harmless address would hide both.

Always refused: what `forbidden` lists, and our own database, at every port its server
listens on; one reached over a socket has ports too. Loopback and private networks are
where most handlers live, so they are allowed; `[processor] allow_hosts`, `allow_cidrs`
and `deny_cidrs` narrow it.
"""

import socket
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address

from aiohttp import AddrInfoType

from sq_console.config import DbSettings, ProcessorSettings
from sq_console.model import Listening
from sq_console.processor.http.addresses.forbidden_networks import (
    Address,
    Network,
    embedded_ipv4,
    forbidden_reason,
)

_HERE = "127.0.0.1"


class AddressRefused(Exception):
    """This must not be dialled. Not an OSError: aiohttp takes those for a failed
    connect and goes on to the next address.
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
        host = _HERE if db.unix_socket else db.host.lower().rstrip(".")
        is_tcp = db.engine != "sqlite" and not db.unix_socket
        self.database_hosts = (host, *listening.hosts)
        """Ours first; the others are what the server calls itself."""
        self.database_ports = listening.ports | (
            frozenset({db.port}) if is_tcp else frozenset()
        )
        """Before a call to one of them, `place_database`."""
        self._database: frozenset[Address] = frozenset()
        # Each call asks, and most about the same few.
        self._why_never = lru_cache(maxsize=1024)(self._why_not_by_rules)

    def place_database(self, addresses: Iterable[str]) -> None:
        """Our database is at these *addresses* now."""
        self._database = frozenset(
            embedded_ipv4(ip_address(text)) for text in addresses
        )

    def target_refusal(self, host: str, port: int) -> str | None:
        """Why a url may not lead to *host* (lower case), as far as that shows before
        DNS; None if it may.
        """
        name = host.rstrip(".")
        allowed = self._rules.allow_hosts
        if allowed and not any(_matches(name, one) for one in allowed):
            return f"{host} is not in allow_hosts"
        if port in self.database_ports and name in self.database_hosts:
            return f"{host}:{port} is the queue's own database"
        return None if _parse(host) is None else self.address_refusal(host, port)

    def address_refusal(self, text: str, port: int) -> str | None:
        """Why *text*, an address in any spelling, may not be dialled at *port*; None if
        it may.
        """
        written = _parse(text)
        if written is None:
            return f"{text} is not an address"
        if port in self.database_ports and self._is_database(embedded_ipv4(written)):
            return f"{text}:{port} is the queue's own database"
        return self._why_never(text, written)

    def _why_not_by_rules(self, text: str, written: Address) -> str | None:
        plain = embedded_ipv4(written)
        if why := forbidden_reason(plain):
            return f"{text} is {why}"
        if _is_in((written, plain), self._rules.deny_cidrs):
            return f"{written} is in deny_cidrs"
        allowed = self._rules.allow_cidrs
        if allowed and not _is_in((written, plain), allowed):
            return f"{written} is not in allow_cidrs"
        return None

    def _is_database(self, address: Address) -> bool:
        if address in self._database:
            return True
        # A database of this machine is reached by every address the machine has.
        return any(map(_is_here, self._database)) and _is_here(address)

    def make_socket(self, addr_info: AddrInfoType) -> socket.socket:
        """A socket for *addr_info*, which is about to be dialled. Raises
        AddressRefused.
        """
        family, kind, protocol, _, address = addr_info
        if why := self.address_refusal(str(address[0]), int(address[1])):
            raise AddressRefused(why)
        return socket.socket(family, kind, protocol)


@lru_cache(maxsize=1024)
def _parse(text: str) -> Address | None:
    """None when *text* is no address; each call asks, and most about the same few."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def _matches(host: str, allowed: str) -> bool:
    """`*.example.com` allows what is below example.com, not example.com itself; an
    address may be written as in a url, `[::1]`.
    """
    if allowed.startswith("*."):
        return host.endswith(allowed[1:])
    return host == allowed.strip("[]")


def _is_in(addresses: Iterable[Address], networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks for address in addresses)


def _is_here(address: Address) -> bool:
    """Is it an address of this machine? Only those can be bound."""
    if address.is_loopback:
        return True
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True
