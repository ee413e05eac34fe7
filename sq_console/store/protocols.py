"""The two seams of the store: the connection that its statements are sent over, and
what sets a database up. Each engine implements both.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from sq_console.model import (
    Finding,
    FoundSchema,
    Link,
    Location,
    MigrationPlan,
    MigrationReport,
    Role,
    SchemaReport,
)
from sq_console.text.redact import QueryMask

Row = Mapping[str, object]
Params = Sequence[object]
T = TypeVar("T")


class Session(Protocol):
    """One connection, seen by the statements. SQL is written with `%s` and the
    dialect's `{words}` (see `dialect`).
    """

    @property
    def stepped_at(self) -> float:
        """When its last statement began, by `time.monotonic`; each has a deadline."""

    @property
    def server(self) -> str:
        """Product and version, for people."""

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
        """*text* as `table.column` can hold it (see `rules.contract.fit_text`)."""

    @property
    def query_mask(self) -> QueryMask:
        """What is masked in the urls of rows that are written for people to read."""

    def link(self) -> Link:
        """How the connection was made the last time."""

    def location(self) -> Location:
        """Where the connection has led."""

    def why_read_only(self) -> str:
        """Why the database is not to be written to, asked anew; "" when it may be. On
        one that is not, every write over this session raises StoreReadOnly.
        """

    def disconnect(self) -> None:
        """Close the connection; never raises."""


class Admin(Protocol):
    """Tables: make them, look whether they are right."""

    def found_schema(self) -> FoundSchema:
        """Return which schema the database has; asked anew."""

    def create_schema(self) -> SchemaReport:
        """Make what is missing; harmless the second time."""

    def check(self, roles: Sequence[Role] = (Role.PROCESSOR,)) -> list[Finding]:
        """Compare the tables and the user's privileges with what *roles* need; where
        jobs are to be processed, explain the claim query.
        """

    def why_denied(self, role: Role) -> str:
        """Return why this user cannot be an operator or a processor at all, "" when he
        can; `check` names all that he lacks.
        """

    def require(self) -> None:
        """Before jobs are processed: raises StoreRefused, naming what is wrong and what
        to do, when tables, keys or privileges do not allow it. Some wrongs would show
        only in calls made twice: a table without transactions takes every claim.
        """


class Migrator(Protocol):
    """Tables of an older schema: bring them to ours, whatever they have."""

    def plan(self, actor: str) -> MigrationPlan:
        """Return what `migrate` would do; nothing is changed. Raises StoreRefused for
        tables that are not to be migrated.
        """

    def migrate(self, actor: str, say: Callable[[str], None]) -> MigrationReport:
        """Bring the tables to our schema, under a lock; *say* gets what it does. A
        run that ended anywhere is completed by the next one.
        """
