"""Places in a processor's work where it kills itself, put there from outside.

The product has none: its connection and its caller are wrapped by the tests' own entry
(`processor_main`), and at the nth time it comes to the chosen place the process sends
itself SIGKILL.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sq_console.config import DbSettings
from sq_console.model import (
    Claim,
    ClaimedJob,
    ClaimRequest,
    Link,
    Outcome,
    RecordReport,
)
from sq_console.processor.http.caller import Caller
from sq_console.processor.http.outcomes import Log
from sq_console.store.assembly import Store, assemble, open_store
from sq_console.store.claiming.claims import StoreClaims
from sq_console.store.processor_table import ProcessorTable
from sq_console.store.protocols import Params, Row, Session
from sq_console.store.recording.recorder import Recorder
from sq_console.store.rescue import Rescuer
from sq_console.store.stuck_rows import StuckRows

T = TypeVar("T")

CLAIM_TO_RECORD = (
    "claim: after select",
    "claim: after update",
    "claim: before commit",
    "claim: after commit",
    "before the call",
    "during the call",
    "after the call",
    "before the record",
    "record: before commit",
    "record: after commit",
    "after the record",
)
AROUND_THE_RESCUE = ("beat: before", "rescue: before commit", "rescue: after commit")


class Point:
    """One place, and when to die there."""

    def __init__(self, name: str, nth: int) -> None:
        assert name in CLAIM_TO_RECORD + AROUND_THE_RESCUE, name
        self._name = name
        self._left = nth

    def reached(self, name: str) -> None:
        """The work has come to *name*."""
        if name == self._name:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


class PointedSession:
    """A session that tells how far a transaction has come."""

    def __init__(self, session: Session, point: Point) -> None:
        self._session = session
        self._point = point
        self.doing = ""

    @property
    def server(self) -> str:
        return self._session.server

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        found = self._session.rows(sql, params)
        if "{skip_locked}" in sql and found:
            self._point.reached(f"{self.doing}: after select")
        return found

    def execute(self, sql: str, params: Params = ()) -> int:
        count = self._session.execute(sql, params)
        if self.doing == "claim":
            self._point.reached("claim: after update")
        return count

    def insert(self, sql: str, params: Params = ()) -> int:
        return self._session.insert(sql, params)

    def transact(self, work: Callable[[], T], *, waits: bool = True) -> T:
        def watched() -> T:
            done = work()
            if done:
                self._point.reached(f"{self.doing}: before commit")
            return done

        done = self._session.transact(watched, waits=waits)
        if done:
            self._point.reached(f"{self.doing}: after commit")
        return done

    def fit(self, text: str, column: str) -> str:
        return self._session.fit(text, column)

    def link(self) -> Link:
        return self._session.link()

    def why_read_only(self) -> str:
        return self._session.why_read_only()

    def disconnect(self) -> None:
        self._session.disconnect()


class PointedClaims(StoreClaims):
    """Claims that say what they are doing."""

    def __init__(self, session: PointedSession, stuck_rows: StuckRows) -> None:
        super().__init__(session, stuck_rows)
        self._pointed = session

    def claim(self, processor_id: int, request: ClaimRequest) -> list[ClaimedJob]:
        self._pointed.doing = "claim"
        return super().claim(processor_id, request)

    def release(self, processor_id: int, claims: Sequence[Claim], reason: str) -> int:
        self._pointed.doing = "release"
        return super().release(processor_id, claims, reason)


class PointedRecorder(Recorder):
    """Records that say what they are doing."""

    def __init__(self, session: PointedSession, point: Point) -> None:
        super().__init__(session)
        self._pointed, self._point = session, point

    def record(self, processor_id: int, outcomes: Sequence[Outcome]) -> RecordReport:
        self._pointed.doing = "record"
        self._point.reached("before the record")
        report = super().record(processor_id, outcomes)
        self._point.reached("after the record")
        return report


class PointedProcessors(ProcessorTable):
    """Heartbeats that say what they are doing."""

    def __init__(self, session: PointedSession, point: Point) -> None:
        super().__init__(session)
        self._point = point

    def beat(self, *arguments: Any) -> bool:
        self._point.reached("beat: before")
        return super().beat(*arguments)


class PointedRescuer(Rescuer):
    """Rescues that say what they are doing."""

    def __init__(self, session: PointedSession, stuck_rows: StuckRows) -> None:
        super().__init__(session, stuck_rows)
        self._pointed = session

    def rescue(self, *arguments: Any) -> list[Any]:
        self._pointed.doing = "rescue"
        return super().rescue(*arguments)


def open_pointed(db: DbSettings, point: Point) -> Store:
    """A store in which *point* is watched for."""
    opened = open_store(db)
    session = PointedSession(opened.session, point)
    store = assemble(session, opened.admin)
    return replace(
        store,
        claims=PointedClaims(session, store.stuck_rows),
        outcomes=PointedRecorder(session, point),
        processors=PointedProcessors(session, point),
        rescuer=PointedRescuer(session, store.stuck_rows),
    )


def pointed_caller(point: Point) -> type[Caller]:
    """A caller in which *point* is watched for."""

    class PointedCaller(Caller):
        async def call(self, job: ClaimedJob, log: Log | None = None) -> Outcome:
            point.reached("before the call")
            loop = asyncio.get_running_loop()
            # The ledger has the request by then, and has not answered it yet.
            loop.call_later(0.1, point.reached, "during the call")
            outcome = await super().call(job, log)
            point.reached("after the call")
            return outcome

    return PointedCaller
