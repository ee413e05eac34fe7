"""What each path of the test handler does: the responses of good handlers, of broken
ones, and of servers that do not speak HTTP.

| path | what it does |
| --- | --- |
| `/ok` `/empty` `/echo` | 200 with `ok`, with nothing, with the request as JSON |
| `/status/503?text=busy` | that status; `/answer?status=&text=&header=Name:value…` |
| `/flaky?fails=2` | 503 for the first calls of a job, then 200 |
| `/slow?secs=0.5` `/held` | 200 after a while; 200 after `answer_held()` |
| `/silent` `/unread` `/drip-head` `/drip-body` `/stall` `/hundreds` | never an end |
| `/endless` `/long?bytes=&of=` | a body without end; one of that many bytes |
| `/close` `/reset` `/reset-head` `/reset-body` | breaks off |
| `/close-next` | 200; the next request on that connection is read, not answered |
| the keys of `tests.raw_responses.WIRES` | those bytes, then the connection is closed |
"""

import asyncio
import json
from collections.abc import Awaitable, Callable

from tests.handler_exchange import Exchange
from tests.raw_responses import WIRES, head, whole

Responder = Callable[[Exchange], Awaitable[bool]]
"""Answers one request; True when the connection may serve another one."""


def responder_for(path: str) -> Responder:
    """Return the responder for *path*; an unknown path is answered with 404."""
    if path in WIRES:
        return _wire
    if path.startswith("/status/"):
        return _status
    return _RESPONDERS.get(path, _unknown)


_OK = whole(200, b"ok")


async def _ok(exchange: Exchange) -> bool:
    exchange.writer.write(_OK if exchange.request.method != "HEAD" else _OK[:-2])
    return True


async def _empty(exchange: Exchange) -> bool:
    await exchange.send(whole(200, b""))
    return True


async def _unknown(exchange: Exchange) -> bool:
    await exchange.send(whole(404, b"no such path"))
    return True


async def _echo(exchange: Exchange) -> bool:
    request = exchange.request
    seen = {
        "method": request.method,
        "target": request.target,
        "headers": request.headers,
        "body": request.body.decode("utf-8", "replace"),
    }
    await exchange.send(whole(200, json.dumps(seen).encode()))
    return True


async def _status(exchange: Exchange) -> bool:
    status = int(exchange.request.path.removeprefix("/status/"))
    body = exchange.request.query_value("text").encode("latin-1")
    bare = status in (204, 304)  # these have no body
    await exchange.send(head(status, {}) if bare else whole(status, body))
    return True


async def _answer(exchange: Exchange) -> bool:
    request = exchange.request
    body = request.query_value("text").encode("latin-1")
    lines = [
        f"HTTP/1.1 {request.query_value('status', '200')} Reason",
        f"Content-Length: {len(body)}",
        *request.query_values("header"),
    ]
    await exchange.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)
    return True


async def _flaky(exchange: Exchange) -> bool:
    request = exchange.request
    fails = exchange.calls[request.job_id] <= int(request.query_value("fails", "1"))
    await exchange.send(whole(503, b"not yet") if fails else whole(200, b"at last"))
    return True


async def _slow(exchange: Exchange) -> bool:
    await asyncio.sleep(float(exchange.request.query_value("secs", "0.5")))
    await exchange.send(whole(200, b"slow"))
    return True


async def _held(exchange: Exchange) -> bool:
    gone = asyncio.ensure_future(exchange.reader.read(1))
    free = asyncio.ensure_future(exchange.gate.wait())
    try:
        await asyncio.wait({gone, free}, return_when=asyncio.FIRST_COMPLETED)
        await exchange.send(whole(200, b"let go"))
    finally:
        gone.cancel()
        free.cancel()
    return False


async def _silent(exchange: Exchange) -> bool:
    await exchange.hold()
    return False


async def _hold_unread(exchange: Exchange) -> bool:
    await exchange.gate.wait()
    await exchange.hold()
    return False


async def _drip_head(exchange: Exchange) -> bool:
    await exchange.send(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    await _drip(exchange)
    return False


async def _drip_body(exchange: Exchange) -> bool:
    await exchange.send(head(200, {"Content-Length": "1000000"}))
    await _drip(exchange)
    return False


async def _drip(exchange: Exchange) -> None:
    while True:
        await exchange.send(b"x")
        await asyncio.sleep(0.05)


async def _stall(exchange: Exchange) -> bool:
    await exchange.send(head(200, {"Content-Length": "100"}) + b"half of it")
    await exchange.hold()
    return False


async def _hundreds(exchange: Exchange) -> bool:
    while True:
        await exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        await asyncio.sleep(0.001)


async def _endless(exchange: Exchange) -> bool:
    await exchange.send(head(200, {}))
    while True:
        await exchange.send(b"x" * 65_536)


async def _long(exchange: Exchange) -> bool:
    size = int(exchange.request.query_value("bytes"))
    of = exchange.request.query_value("of", "x").encode("latin-1")
    await exchange.send(whole(200, (of * size)[:size]))
    return True


async def _close(exchange: Exchange) -> bool:
    return False


async def _close_next(exchange: Exchange) -> bool:
    await exchange.send(_OK)
    await exchange.receive()
    return False


async def _close_idle(exchange: Exchange) -> bool:
    await exchange.send(_OK)
    return False


def _reset_after(sent: bytes) -> Responder:
    async def answer(exchange: Exchange) -> bool:
        await exchange.send(sent)
        exchange.reset()
        return False

    return answer


async def _wire(exchange: Exchange) -> bool:
    await exchange.send(WIRES[exchange.request.path]())
    return False


_RESPONDERS: dict[str, Responder] = {
    "/ok": _ok,
    "/empty": _empty,
    "/echo": _echo,
    "/answer": _answer,
    "/flaky": _flaky,
    "/slow": _slow,
    "/held": _held,
    "/silent": _silent,
    "/unread": _hold_unread,
    "/drip-head": _drip_head,
    "/drip-body": _drip_body,
    "/stall": _stall,
    "/hundreds": _hundreds,
    "/endless": _endless,
    "/long": _long,
    "/close": _close,
    "/close-next": _close_next,
    "/close-idle": _close_idle,
    "/reset": _reset_after(b""),
    "/reset-head": _reset_after(b"HTTP/1.1 200 OK\r\nContent-"),
    "/reset-body": _reset_after(head(200, {"Content-Length": "100"}) + b"half"),
}
