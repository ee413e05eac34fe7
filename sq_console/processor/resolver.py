"""Host names to addresses that may be dialled.

The C library's lookup blocks, cannot be cancelled, and takes half a minute when a name
server is dead. So each runs on a thread of its own: not on the event loop's shared
executor, where six hung ones stop everything else, and not on any executor, because
those are waited for when the program ends. aiohttp asks once for a name that many calls
want at a time, and remembers the answer for some seconds.
"""

import asyncio
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future

from aiohttp.abc import AbstractResolver, ResolveResult

from sq_console.processor.guard import AddressRefused, Guard

_LOOKUPS_AT_ONCE = 64
_ADDRESSES_TRIED = 8
"""A name may have hundreds of addresses; a call does not try them all."""


class UnspeakableName(ValueError):
    """No name server can be asked for this: an empty label, or one that is too long."""


class GuardedResolver(AbstractResolver):
    """Looks names up, and refuses those with an address that must not be dialled."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._slots = asyncio.Semaphore(_LOOKUPS_AT_ONCE)

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
            if why := self._guard.why_not_address(address, port):
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
        async with self._slots:
            return await _on_a_thread(lambda: _look_up(host, family))

    async def close(self) -> None:
        """Nothing to close: lookups under way end by themselves, unheard."""


def _look_up(host: str, family: socket.AddressFamily) -> list[str]:
    try:
        found = socket.getaddrinfo(
            host, None, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )
    except UnicodeError as error:
        raise UnspeakableName(f"{error}") from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def _on_a_thread(look_up: Callable[[], list[str]]) -> list[str]:
    answer: Future[list[str]] = Future()

    def run() -> None:
        answer.set_running_or_notify_cancel()
        try:
            answer.set_result(look_up())
        except (OSError, ValueError) as error:
            answer.set_exception(error)

    # A daemon: the program must not wait for a dead name server when it ends.
    threading.Thread(target=run, name="sq-dns", daemon=True).start()
    return await asyncio.wrap_future(answer)
