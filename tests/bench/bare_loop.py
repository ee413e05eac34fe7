"""The yardstick: a loop that makes the same calls and nothing else.

    python -m tests.bench.bare_loop httpx|aiohttp|ours URL CALLS IN_FLIGHT

prints the calls per second. No queue, no database, no deadline, no log. `httpx` is its
client over the aiohttp transport, as anybody would write the loop; `aiohttp` is what is
under it, and `ours` the transport of the processor by itself.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from tests.processor.senders import make_sender, prepared

BODY = b"some post body"
Call = Callable[[], Awaitable[None]]


async def main(kind: str, url: str, calls: int, in_flight: int) -> float:
    async with _KINDS[kind](url) as call:
        began = time.monotonic()
        left = iter(range(calls))
        await asyncio.gather(*(_loop(call, left) for _ in range(in_flight)))
        return calls / (time.monotonic() - began)


async def _loop(call: Call, left: Iterator[int]) -> None:
    for _ in left:
        await call()


@asynccontextmanager
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(limit=0)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as session:
        yield session


@asynccontextmanager
async def _by_httpx(url: str) -> AsyncIterator[Call]:
    async def call() -> None:
        response = await client.post(url, content=BODY)
        assert response.status_code == 200

    async with _session() as session:
        transport = AiohttpTransport(client=session)
        client = httpx.AsyncClient(transport=transport, timeout=None, trust_env=False)
        yield call


@asynccontextmanager
async def _by_aiohttp(url: str) -> AsyncIterator[Call]:
    async def call() -> None:
        async with session.post(url, data=BODY) as response:
            await response.read()
            assert response.status == 200

    async with _session() as session:
        yield call


@asynccontextmanager
async def _by_ours(url: str) -> AsyncIterator[Call]:
    async def call() -> None:
        response = await sender.send(prepared("POST", url, BODY))
        assert response.status_code == 200

    async with make_sender() as sender:
        yield call


_KINDS = {"httpx": _by_httpx, "aiohttp": _by_aiohttp, "ours": _by_ours}

if __name__ == "__main__":
    kind, url, calls, in_flight = sys.argv[1:]
    print(asyncio.run(main(kind, url, int(calls), int(in_flight))))
