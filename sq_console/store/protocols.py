"""What a store can do, by who asks: processors, operators, screens, and the person who
sets it up.

A `Store` is one connection, used by one thread. Its parts share that connection. Every
method raises StoreUnavailable when the database is away (the connection is then closed,
and the store is to be thrown away), StoreRefused when it said no; writes that lose
their compare-and-set do not raise, they report.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from sq_console.errors import StoreReadOnly
from sq_console.model import (
    ActionResult,
    Claim,
    ClaimedJob,
    ClaimRequest,
    Control,
    Counts,
    Finding,
    Hold,
    Job,
    JobFilter,
    JobPage,
    Link,
    Listening,
    LogEntry,
    Minute,
    NewJob,
    Outcome,
    ProcessorRow,
    ProcessorState,
    RecordReport,
    Rescued,
    SchemaReport,
    Seen,
    StuckJob,
    Sums,
    Wanted,
)

Row = Mapping[str, object]
Params = Sequence[object]
T = TypeVar("T")


class Session(Protocol):
    """One connection, seen by the statements. SQL is written with `%s` and the
    dialect's `{words}` (see `dialect`).
    """

    def rows(self, sql: str, params: Params = ()) -> list[Row]:
        """Run a query; texts come as bytes, times as the driver gives them: `rows`
        turns them into the model.
        """

    def execute(self, sql: str, params: Params = ()) -> int:
        """Run a statement; how many rows its WHERE matched, changed or not."""

    def insert(self, sql: str, params: Params = ()) -> int:
        """Run an INSERT of one row; its id."""

    def transact(self, work: Callable[[], T], *, waits: bool = True) -> T:
        """BEGIN, *work*, COMMIT; ROLLBACK on an exception.

        *work* is run again, whole, when the server gave up on the transaction
        (deadlock, lock wait, write conflict), so it must do nothing but SQL. Raises
        RowLocked after the first lock that does not come in seconds, unless it *waits*.
        """

    def fit(self, text: str, column: str) -> str:
        """*text* as `table.column` can hold it (see `contract.fit_text`)."""

    def link(self) -> Link:
        """How the connection was made the last time."""

    def why_read_only(self) -> str:
        """Why the database is not to be written to, asked anew; "" when it may be. On
        one that is not, every write over this session raises StoreReadOnly.
        """

    def disconnect(self) -> None:
        """Close the connection; never raises."""


class Claims(Protocol):
    """A processor takes jobs, writes their outcomes, and lets go."""

    def claim(self, processor_id: int, request: ClaimRequest) -> list[ClaimedJob]:
        """Take up to *request.limit* due jobs, by priority, then oldest first."""

    def record(self, processor_id: int, outcomes: Sequence[Outcome]) -> RecordReport:
        """Write *outcomes* (at most 100) in one transaction, each only if processor and
        claim still match.
        """

    def count(self, processor_id: int, sums: Sums) -> None:
        """Add *sums* to those of this minute. Raises StoreError when that cannot be, or
        not soon; no outcome depends on it.
        """

    @property
    def scanned_all_hosts(self) -> bool:
        """Has the last claim, together with those before it that found nothing, looked
        at all hosts that have pending jobs? Where hosts that are not to be called
        crowd, a claim looks at some of them, and the next at more.
        """

    def release(self, processor_id: int, claims: Sequence[Claim], reason: str) -> int:
        """Give these back without an outcome: nothing charged; how many were given
        back. The others are no longer ours, or locked by somebody at this moment, or
        cannot be changed (`take_stuck`).
        """

    def take_stuck(self) -> tuple[StuckJob, ...]:
        """Jobs that could not be claimed or given back, since this was asked last: the
        database refused to change just these.
        """

    def mine(self, processor_id: int, *, settled: bool) -> list[Claim]:
        """All the database says *processor_id* holds. To be *settled*, a claim whose
        COMMIT may be under way on a lost connection is waited for; raises RowLocked
        when somebody keeps one of the rows locked for seconds.
        """

    def anything_due(self, due_by: datetime | None = None) -> bool:
        """Is a pending job due (by *due_by*, else now)? One index entry is read."""


class Liveness(Protocol):
    """Processors tell that they live, and take back what dead ones held."""

    def register(
        self, processor_id: int, name: str, concurrency: int, state: ProcessorState
    ) -> None:
        """Enter the processor into the table."""

    def beat(self, processor_id: int, running: int, state: ProcessorState) -> bool:
        """Say that it lives; False if its row is gone: it has been declared dead."""

    def unregister(self, processor_id: int) -> None:
        """Take it out of the table."""

    def control(self, processor_id: int) -> Control:
        """What operators want of it."""

    def rescue(self, by: str, dead_after_secs: float) -> list[Rescued]:
        """Give back what processors silent for *dead_after_secs*, or missing from the
        table, hold.
        """

    def rescue_processor(self, processor_id: int, by: str) -> list[Rescued]:
        """Give back at once what *processor_id* holds, and take it out of the table.
        Only for who knows that it is dead: its process has ended.
        """

    def take_stuck(self) -> tuple[StuckJob, ...]:
        """Jobs that could not be taken back, since this was asked last: the database
        refused to change just these.
        """

    def others_alive(self, processor_id: int, dead_after_secs: float) -> int:
        """How many other processors live and are not paused."""


class Actions(Protocol):
    """What operators do. *actor* is user@host; each action is a compare-and-set and a
    log row.
    """

    def enqueue(self, job: NewJob, actor: str, count: int = 1) -> list[int]:
        """Insert *job*, *count* times; the new ids."""

    def retry(self, seen: Seen, actor: str) -> ActionResult:
        """Make a finished job pending again, or a waiting one due."""

    def kill(self, seen: Seen, actor: str) -> ActionResult:
        """End a pending job, or ask for the end of a running one."""

    def edit(self, seen: Seen, draft: NewJob, actor: str) -> ActionResult:
        """Change a job never called in place; make a new one from any other."""

    def want(self, processor_id: int | None, wanted: Wanted, actor: str) -> list[str]:
        """Ask processor *processor_id* (None: all) to run, pause or drain; names of
        those asked.
        """


class Reads(Protocol):
    """What screens and verbs show. Every query is bounded."""

    def now(self) -> datetime:
        """The database's clock."""

    def counts(self) -> Counts:
        """How many jobs are in each state."""

    def jobs(
        self, wanted: JobFilter, limit: int = 200, after: str | None = None
    ) -> JobPage:
        """A page: pending and running in the order they are claimed, finished ones
        newest first, all by id descending.
        """

    def job(self, job_id: int) -> Job:
        """A whole job. Raises JobNotFound."""

    def job_log(self, job_id: int, limit: int = 500) -> list[LogEntry]:
        """The last *limit* log rows of a job, oldest first."""

    def last_log_id(self) -> int:
        """The largest id in the log, 0 if it is empty."""

    def log_ids(
        self, after_id: int, limit: int, job_id: int | None = None
    ) -> list[int]:
        """Ids of log rows above *after_id*, ascending."""

    def log_rows(self, ids: Sequence[int]) -> list[LogEntry]:
        """These log rows, by id."""

    def processors(self, dead_after_secs: float = 30.0) -> list[ProcessorRow]:
        """All processors in the table, by name."""

    def holds(self) -> list[Hold]:
        """Held hosts."""

    def minutes(self, last: int) -> list[Minute]:
        """Outcomes per minute for the last *last* minutes, oldest first; minutes
        without any are left out.
        """

    def listening(self) -> Listening:
        """Where the database's server listens: no call goes there."""

    def database_uuid(self) -> str:
        """Which database this is, in idempotency keys."""

    def server(self) -> str:
        """Product and version, for people."""

    def link(self) -> Link:
        """How the connection was made the last time."""


class Admin(Protocol):
    """Tables: make them, look whether they are right."""

    def create_schema(self) -> SchemaReport:
        """Make what is missing; harmless the second time."""

    def check(self) -> list[Finding]:
        """Compare the tables with what we need, and explain the claim query."""

    def require(self) -> None:
        """Before jobs are processed: raises StoreRefused, naming what is wrong and what
        to do, when tables, keys or privileges do not allow it. Some wrongs would show
        only in calls made twice: a table without transactions takes every claim.
        """


@dataclass(frozen=True, slots=True)
class Store:
    """One connection and what can be done over it."""

    session: Session
    claims: Claims
    liveness: Liveness
    actions: Actions
    reads: Reads
    admin: Admin

    def require_writable(self) -> None:
        """Raises StoreReadOnly when the database is not to be written to now."""
        if why := self.session.why_read_only():
            raise StoreReadOnly(f"the server is read-only ({why})")

    def close(self) -> None:
        """Close the connection; never raises."""
        self.session.disconnect()
