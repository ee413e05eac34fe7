"""A handler that writes down every execution: the witness who knows neither the program
nor its database.

It answers what the url asks for, after the delay it asks for, and does not care whether
the caller is still there: a real handler has done its work by then, too. Its clock is
its own.

`/200?ms=100-300` answers 200 after 0.1 to 0.3 s; `/503,200` 503 to the first execution
of a job and 200 to all later ones.
"""

import asyncio
import contextlib
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.handler_exchange import LONGEST_HEAD, Received, read_request
from tests.raw_responses import whole


@dataclass(slots=True)
class Execution:
    """One request, from its last byte to the last of the answer."""

    job_id: int
    attempt: int
    began: float
    """`time.monotonic()` of the ledger."""
    key: str
    """The idempotency key it came with."""
    ended: float | None = None
    answered: int | None = None


class Ledger:
    """The handler, from `__enter__` to `__exit__`."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.executions: list[Execution] = []
        """Append-only."""
        self._counts: Counter[int] = Counter()
        self._rng = random.Random(1)
        self._talks: set[asyncio.Task[None]] = set()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the ledger could not listen")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def url(self, path: str = "/200", *, host: str = "127.0.0.1") -> str:
        """The url of *path*; every 127.x.y.z is another *host* of the same handler."""
        return f"http://{host}:{self.port}{path}"

    @property
    def open_connections(self) -> int:
        """TCP connections open now."""
        return len(self._talks)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        listening = await asyncio.start_server(
            self._talk, "0.0.0.0", self.port, limit=LONGEST_HEAD, backlog=1024
        )
        self.port = listening.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        listening.close()
        for talk in list(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        try:
            with contextlib.suppress(
                OSError, asyncio.IncompleteReadError, asyncio.CancelledError
            ):
                while True:
                    request = await read_request(reader, 0)
                    await self._execute(request, writer)
        finally:
            writer.transport.abort()
            self._talks.discard(talk)

    async def _execute(self, request: Received, writer: asyncio.StreamWriter) -> None:
        execution = Execution(
            request.job_id,
            int(request.headers["x-sq-attempt"]),
            time.monotonic(),
            request.headers["idempotency-key"],
        )
        self.executions.append(execution)
        self._counts[execution.job_id] += 1
        statuses = request.path.removeprefix("/").split(",")
        status = statuses[min(self._counts[execution.job_id], len(statuses)) - 1]
        await asyncio.sleep(self._delay_secs(request.asked("ms", "0")))
        execution.ended, execution.answered = time.monotonic(), int(status)
        writer.write(whole(int(status), b"done"))
        await writer.drain()

    def _delay_secs(self, asked: str) -> float:
        least, _, most = asked.partition("-")
        return self._rng.uniform(int(least), int(most or least)) / 1000
