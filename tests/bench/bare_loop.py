"""The yardstick: a loop that makes the same calls and nothing else.

    python -m tests.bench.bare_loop httpx|transport|aiohttp URL CALLS IN_FLIGHT

prints the calls per second. No queue, no database, no deadline, no log. `httpx` is its
client over the aiohttp transport, as anybody would write the loop; `transport` is that
transport without the client, and `aiohttp` what is under both.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

BODY = b"some post body"
Call = Callable[[], Awaitable[None]]


async def main(kind: str, url: str, calls: int, in_flight: int) -> float:
    connector = aiohttp.TCPConnector(limit=0)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as session:
        call = _KINDS[kind](session, url)
        began = time.monotonic()
        left = iter(range(calls))
        await asyncio.gather(*(_loop(call, left) for _ in range(in_flight)))
        return calls / (time.monotonic() - began)


async def _loop(call: Call, left: Iterator[int]) -> None:
    for _ in left:
        await call()


def _by_httpx(session: aiohttp.ClientSession, url: str) -> Call:
    client = httpx.AsyncClient(
        transport=AiohttpTransport(client=session), timeout=None, trust_env=False
    )

    async def call() -> None:
        response = await client.post(url, content=BODY)
        assert response.status_code == 200

    return call


def _by_transport(session: aiohttp.ClientSession, url: str) -> Call:
    transport = AiohttpTransport(client=session)

    async def call() -> None:
        request = httpx.Request("POST", url, content=BODY)
        response = await transport.handle_async_request(request)
        await response.aread()
        await response.aclose()
        assert response.status_code == 200

    return call


def _by_aiohttp(session: aiohttp.ClientSession, url: str) -> Call:
    async def call() -> None:
        async with session.post(url, data=BODY) as response:
            await response.read()
            assert response.status == 200

    return call


_KINDS = {"httpx": _by_httpx, "transport": _by_transport, "aiohttp": _by_aiohttp}

if __name__ == "__main__":
    kind, url, calls, in_flight = sys.argv[1:]
    print(asyncio.run(main(kind, url, int(calls), int(in_flight))))
