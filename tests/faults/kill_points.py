"""Points in a processor's work where it kills itself, put there from outside.

The product has none: its session and its caller are wrapped by the tests' own entry
(`processor_main`), and the nth time the work reaches the chosen point the process sends
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
    Outcome,
    RecordReport,
)
from sq_console.processor.http.caller import Caller
from sq_console.processor.http.outcomes import Log
from sq_console.store import Store, open_store
from sq_console.store.assembly import assemble
from sq_console.store.claiming.claims import StoreClaims
from sq_console.store.processor_table import ProcessorTable
from sq_console.store.protocols import Params, Row, Session
from sq_console.store.recording.recorder import Recorder
from sq_console.store.rescuer import Rescuer
from sq_console.store.stuck_rows import StuckRows
from tests.wrapped_session import WrappedSession

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


class KillPoint:
    """One point, and the number of times it is reached alive."""

    def __init__(self, name: str, nth: int) -> None:
        assert name in CLAIM_TO_RECORD + AROUND_THE_RESCUE, name
        self._name = name
        self._left = nth

    def reached(self, name: str) -> None:
        """Note that the work has reached *name*; die if it is time."""
        if name == self._name:
            self._left -= 1
            if self._left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


class KillPointSession(WrappedSession):
    """A session that reports the points a transaction reaches."""

    def __init__(self, session: Session, point: KillPoint) -> None:
        super().__init__(session)
        self._point = point
        self.operation = ""

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        found = super().rows(sql, params)
        if "{skip_locked}" in sql and found:
            self._point.reached(f"{self.operation}: after select")
        return found

    def execute(self, sql: str, params: Params = ()) -> int:
        count = super().execute(sql, params)
        if self.operation == "claim":
            self._point.reached("claim: after update")
        return count

    def transact(self, work: Callable[[], T], *, waits: bool = True) -> T:
        def reporting() -> T:
            done = work()
            if done:
                self._point.reached(f"{self.operation}: before commit")
            return done

        done = super().transact(reporting, waits=waits)
        if done:
            self._point.reached(f"{self.operation}: after commit")
        return done


class KillPointClaims(StoreClaims):
    """Claims and releases that say which of them the session is at."""

    def __init__(self, session: KillPointSession, stuck_rows: StuckRows) -> None:
        super().__init__(session, stuck_rows)
        self._kill_session = session

    def claim(self, processor_id: int, request: ClaimRequest) -> list[ClaimedJob]:
        self._kill_session.operation = "claim"
        return super().claim(processor_id, request)

    def release(self, processor_id: int, claims: Sequence[Claim], reason: str) -> int:
        self._kill_session.operation = "release"
        return super().release(processor_id, claims, reason)


class KillPointRecorder(Recorder):
    """Records that report the points they reach."""

    def __init__(self, session: KillPointSession, point: KillPoint) -> None:
        super().__init__(session)
        self._kill_session, self._point = session, point

    def record(self, processor_id: int, outcomes: Sequence[Outcome]) -> RecordReport:
        self._kill_session.operation = "record"
        self._point.reached("before the record")
        report = super().record(processor_id, outcomes)
        self._point.reached("after the record")
        return report


class KillPointProcessors(ProcessorTable):
    """Heartbeats that report the points they reach."""

    def __init__(self, session: KillPointSession, point: KillPoint) -> None:
        super().__init__(session)
        self._point = point

    def beat(self, *arguments: Any) -> bool:
        self._point.reached("beat: before")
        return super().beat(*arguments)


class KillPointRescuer(Rescuer):
    """Rescues that say that the session is at one."""

    def __init__(self, session: KillPointSession, stuck_rows: StuckRows) -> None:
        super().__init__(session, stuck_rows)
        self._kill_session = session

    def rescue(self, *arguments: Any) -> list[Any]:
        self._kill_session.operation = "rescue"
        return super().rescue(*arguments)


def open_store_with_kill_point(db: DbSettings, point: KillPoint) -> Store:
    """A store that dies at *point*."""
    opened = open_store(db)
    session = KillPointSession(opened.session, point)
    store = assemble(session, opened.admin)
    return replace(
        store,
        claims=KillPointClaims(session, store.stuck_rows),
        outcomes=KillPointRecorder(session, point),
        processors=KillPointProcessors(session, point),
        rescuer=KillPointRescuer(session, store.stuck_rows),
    )


def caller_with_kill_point(point: KillPoint) -> type[Caller]:
    """A class of callers that die at *point*."""

    class KillPointCaller(Caller):
        async def call(self, job: ClaimedJob, log: Log | None = None) -> Outcome:
            point.reached("before the call")
            loop = asyncio.get_running_loop()
            # The ledger has the request by then, and has not answered it yet.
            loop.call_later(0.1, point.reached, "during the call")
            outcome = await super().call(job, log)
            point.reached("after the call")
            return outcome

    return KillPointCaller
