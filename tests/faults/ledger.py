"""A handler that writes down every execution: evidence that depends neither on the
program nor on its database.

It answers what the url asks for, after the delay it asks for, also when the caller has
gone away: a real handler has done its work by then, too. Its clock is its own.

`/200?ms=100-300` answers 200 after 0.1 to 0.3 s; `/503,200` 503 to the first execution
of a job and 200 to all later ones.
"""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass

from tests.handler_exchange import LONGEST_HEAD, Received, read_request
from tests.loopback_server import LoopbackServer
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


class Ledger(LoopbackServer):
    """Answers calls, and keeps what was called, when and with which key."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port, host="0.0.0.0", longest_line=LONGEST_HEAD)
        self.executions: list[Execution] = []
        """Append-only."""
        self._counts: Counter[int] = Counter()
        self._rng = random.Random(1)

    def url(self, path: str = "/200", *, host: str = "127.0.0.1") -> str:
        """The url of *path*; every 127.x.y.z is another *host* of the same handler."""
        return f"http://{host}:{self.port}{path}"

    async def _serve_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        while True:
            request = await read_request(reader, number)
            await self._execute(request, writer)

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
        await asyncio.sleep(self._delay_secs(request.query_value("ms", "0")))
        execution.ended, execution.answered = time.monotonic(), int(status)
        writer.write(whole(int(status), b"done"))
        await writer.drain()

    def _delay_secs(self, asked: str) -> float:
        least, _, most = asked.partition("-")
        return self._rng.uniform(int(least), int(most or least)) / 1000
