"""Looks up host names; the addresses that must not be dialled are refused.

Each lookup runs on a thread of its own. The lookup of the C library blocks, cannot be
cancelled, and takes half a minute when a name server is dead. On the event loop's
shared executor six hung lookups would stop everything else, and the threads of any
executor are waited for when the program ends.

A few dozen lookups run at once. One that hangs gives its place to another after a
moment, as long as not too many hang. There are two such pools (`_LookupPool`): names
that were found before have a pool of their own, so that thousands of dead names cannot
fill it. Calls that need a name at the same time share one lookup, and its result is
used for some seconds.
"""

import asyncio
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from sq_console.processor.http.addresses.address_guard import (
    AddressGuard,
    AddressRefused,
)

_LOOKUPS_AT_ONCE = 64
_HANGS_AFTER_SECS = 0.5
_MAX_HANGING = 500
_MAX_KNOWN_NAMES = 10_000
_LOOPBACK_NAMES = (".localhost", ".localhost.")
"""Names below `localhost` are this machine, and no name server is asked: RFC 6761."""
_LOOPBACK = "127.0.0.1"
_USED_FOR_SECS = 10.0
_ADDRESSES_TRIED = 8
"""A name may have hundreds of addresses; a call tries only the first few."""


@dataclass(frozen=True, slots=True)
class _Found:
    addresses: list[str]
    until: float
    """When it is looked up again."""


class InvalidHostName(ValueError):
    """The name has an empty label, or one that is too long for a name server."""


class GuardedResolver:
    """Looks names up, and refuses a name with an address that must not be dialled."""

    def __init__(
        self, guard: AddressGuard, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._guard = guard
        self._clock = clock
        self._new_pool = _LookupPool()
        self._known_pool = _LookupPool()
        self._known_names: OrderedDict[str, _Found] = OrderedDict()
        self._running: dict[str, asyncio.Task[list[str]]] = {}

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return the first few addresses of *host*. Raises gaierror, InvalidHostName,
        AddressRefused.
        """
        found = self._known_names.get(host)
        if found is not None and self._clock() < found.until:
            addresses = found.addresses
        else:
            addresses = await self._shared_lookup(host)
        for address in addresses:
            if why := self._guard.address_refusal(address, port):
                raise AddressRefused(f"{host}: {why}")
        return addresses[:_ADDRESSES_TRIED]

    async def addresses(self, host: str) -> list[str]:
        """Return every address *host* has now. Raises gaierror, InvalidHostName."""
        if host.endswith(_LOOPBACK_NAMES):
            return [_LOOPBACK]
        pool = self._known_pool if host in self._known_names else self._new_pool
        addresses = await pool.look_up(host)
        self._known_names[host] = _Found(addresses, self._clock() + _USED_FOR_SECS)
        self._known_names.move_to_end(host)
        if len(self._known_names) > _MAX_KNOWN_NAMES:
            self._known_names.popitem(last=False)
        return addresses

    async def _shared_lookup(self, host: str) -> list[str]:
        lookup = self._running.get(host)
        if lookup is None:
            lookup = asyncio.create_task(self.addresses(host))
            self._running[host] = lookup
            lookup.add_done_callback(partial(self._lookup_ended, host))
        # A call that is cancelled must not end the lookup of the others.
        return await asyncio.shield(lookup)

    def _lookup_ended(self, host: str, lookup: "asyncio.Task[list[str]]") -> None:
        del self._running[host]
        _retrieve_error(lookup)


class _LookupPool:
    """Limits how many lookups run at once, and how many more may hang."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(_LOOKUPS_AT_ONCE)
        self._threads = asyncio.Semaphore(_LOOKUPS_AT_ONCE + _MAX_HANGING)

    async def look_up(self, host: str) -> list[str]:
        async with self._slots:
            await self._threads.acquire()
            lookup = asyncio.ensure_future(_run_on_thread(lambda: _look_up(host)))
            lookup.add_done_callback(self._lookup_done)
            await asyncio.wait({lookup}, timeout=_HANGS_AFTER_SECS)
        return await asyncio.shield(lookup)

    def _lookup_done(self, lookup: asyncio.Future[list[str]]) -> None:
        self._threads.release()
        _retrieve_error(lookup)


def _retrieve_error(lookup: "asyncio.Future[list[str]]") -> None:
    """asyncio logs an exception that nobody retrieves."""
    if not lookup.cancelled():
        lookup.exception()


def _look_up(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(
            host, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
    except UnicodeError as error:
        raise InvalidHostName(f"{error}") from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def _run_on_thread(look_up: Callable[[], list[str]]) -> list[str]:
    result: Future[list[str]] = Future()

    def run() -> None:
        if not result.set_running_or_notify_cancel():
            return
        try:
            result.set_result(look_up())
        except (OSError, ValueError) as error:
            result.set_exception(error)

    # A daemon thread: the exit must not wait for a dead name server.
    threading.Thread(target=run, name="sq-dns", daemon=True).start()
    return await asyncio.wrap_future(result)
