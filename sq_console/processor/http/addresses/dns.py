"""Host names to addresses that may be dialled.

The C library's lookup blocks, cannot be cancelled, and takes half a minute when a name
server is dead. So each runs on a thread of its own: not on the event loop's shared
executor, where six hung ones stop everything else, and not on any executor, because
those are waited for when the program ends. A few dozen run at once; one that hangs
makes room for others after a moment, as long as not too many hang. Names that were
found before have room of their own: thousands of dead names cannot take it. aiohttp
asks once for a name that many calls want at a time, and remembers the answer for some
seconds.
"""

import asyncio
import socket
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

from aiohttp.abc import AbstractResolver, ResolveResult

from sq_console.processor.http.addresses.address_guard import (
    AddressGuard,
    AddressRefused,
)

_LOOKUPS_AT_ONCE = 64
_HANGS_AFTER_SECS = 0.5
_MOST_HANGING = 500
_MOST_FOUND = 10_000
_ADDRESSES_TRIED = 8
"""A name may have hundreds of addresses; a call does not try them all."""


class InvalidHostName(ValueError):
    """No name server can be asked for this: an empty label, or one that is too long."""


class GuardedResolver(AbstractResolver):
    """Looks names up, and refuses those with an address that must not be dialled."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._new = _LookupPool()
        self._known = _LookupPool()
        self._found: OrderedDict[str, None] = OrderedDict()

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,
    ) -> list[ResolveResult]:
        """Addresses of *host*, the first few. Raises gaierror, UnspeakableName,
        AddressRefused.
        """
        addresses = await self.addresses(host, family)
        for address in addresses:
            if why := self._guard.address_refusal(address, port):
                raise AddressRefused(f"{host}: {why}")
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=family, proto=0, flags=0
            )
            for address in addresses[:_ADDRESSES_TRIED]
        ]

    async def addresses(
        self, host: str, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[str]:
        """Every address of *host*. Raises gaierror, UnspeakableName."""
        room = self._known if host in self._found else self._new
        addresses = await room.look_up(host, family)
        self._found[host] = None
        self._found.move_to_end(host)
        if len(self._found) > _MOST_FOUND:
            self._found.popitem(last=False)
        return addresses

    async def close(self) -> None:
        """Nothing to close: lookups under way end by themselves, unheard."""


class _LookupPool:
    """For so many lookups at once, and so many that hang."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(_LOOKUPS_AT_ONCE)
        self._threads = asyncio.Semaphore(_LOOKUPS_AT_ONCE + _MOST_HANGING)

    async def look_up(self, host: str, family: socket.AddressFamily) -> list[str]:
        async with self._slots:
            await self._threads.acquire()
            looking = asyncio.ensure_future(
                _on_a_thread(lambda: _look_up(host, family))
            )
            looking.add_done_callback(self._ended)
            await asyncio.wait({looking}, timeout=_HANGS_AFTER_SECS)
        return await asyncio.shield(looking)

    def _ended(self, looking: asyncio.Future[list[str]]) -> None:
        self._threads.release()
        if not looking.cancelled():
            looking.exception()  # heard, also when nobody waits any more


def _look_up(host: str, family: socket.AddressFamily) -> list[str]:
    try:
        found = socket.getaddrinfo(
            host, None, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
    except UnicodeError as error:
        raise InvalidHostName(f"{error}") from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def _on_a_thread(look_up: Callable[[], list[str]]) -> list[str]:
    answer: Future[list[str]] = Future()

    def run() -> None:
        if not answer.set_running_or_notify_cancel():
            return
        try:
            answer.set_result(look_up())
        except (OSError, ValueError) as error:
            answer.set_exception(error)

    # A daemon: the program must not wait for a dead name server when it ends.
    threading.Thread(target=run, name="sq-dns", daemon=True).start()
    return await asyncio.wrap_future(answer)
