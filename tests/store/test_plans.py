"""Every statement of the processor, the console and the verbs finds its rows by a key
and reads a bounded number of them, on MariaDB and on MySQL, however many rows there
are.

`SQ_PLAN_ROWS` says how many jobs the table has: 200,000 without it, a million or more
when somebody wants to wait.
"""

import os
from collections.abc import Callable, Iterator

import pytest

import sq_console.store
from sq_console.model import COUNT_CAP, FAR_COUNT_CAP, SEARCH_WINDOW
from sq_console.store import open_store
from sq_console.store.dialect import MYSQL
from tests.conftest import SCHEMA
from tests.large_tables import RowCounts, fill
from tests.servers import Server
from tests.store.every_query import use_everything
from tests.store.recorded_session import (
    Statement,
    Step,
    asked_store,
    written_statements,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
"""Thousands of statements are asked, and explained, before the first test."""

ROWS = int(os.environ.get("SQ_PLAN_ROWS", 200_000))
PAGE_READS = 1_500
"""Rows read for the largest page, batch or log: two tables, a few hundred rows each."""
CAPPED_READS = 3 * max(COUNT_CAP, SEARCH_WINDOW)
"""Counts and searches stop by themselves; what they read they put into a table that is
read once more."""

_SMALL = {
    "p": "one row for each processor alive",
    "queued_job_processor": "one row for each processor alive",
    "queued_job_hold": "one row for each held host",
    "h": "one row for each held host",
    "queued_job_try": "one row for each job that is tried through a hold",
    "t": "one row for each job that is tried through a hold",
    "o": "JSON_TABLE: what one batch has",
}
"""Tables that may be read from end to end, or sorted."""
_OF_SET_UP = ("sq_console.store.engines", "sq_console.store.schema")
"""Modules whose own statements are about tables, not rows: `init`, `check`, connect."""


@pytest.fixture(scope="module", params=["mariadb", "mysql"])
def statements(request: pytest.FixtureRequest) -> Iterator[list[Statement]]:
    """All that a store asks, with its plan, on a table with many rows."""
    server: Server = request.getfixturevalue(request.param)
    settings = server.create_database()
    server.command(SCHEMA.read_text(encoding="utf-8"), settings.db)
    counts = RowCounts(
        finished=ROWS // 2, due=ROWS // 4, later=ROWS // 4, log=ROWS // 2
    )
    fill(server, settings.db, counts)
    real = open_store(settings)
    store, asked = asked_store(real.session)
    use_everything(store)
    yield asked.statements
    real.close()
    server.drop_database(settings.db)


def test_every_statement_of_the_store_is_among_them(
    statements: list[Statement],
) -> None:
    asked = "\n".join({statement.sql for statement in statements})

    forgotten = [name for name, sql in _written() if MYSQL.sql(sql) not in asked]

    assert forgotten == []


def test_no_statement_scans_or_sorts(statements: list[Statement]) -> None:
    assert _findings(statements, _scans) == []


def test_no_statement_reads_more_rows_than_it_shows_or_counts(
    statements: list[Statement],
) -> None:
    assert _findings(statements, _reads_too_much) == []


def _written() -> Iterator[tuple[str, str]]:
    """Name and text of every statement in the store's modules."""
    for name, sql in written_statements(sq_console.store):
        if not name.startswith(_OF_SET_UP):
            yield name, sql


def _findings(
    statements: list[Statement], complaint: Callable[[Statement], str | None]
) -> list[str]:
    """What there is to complain of, each once."""
    found = {(it.sql, complaint(it)) for it in statements}
    return [f"{why}: {' '.join(sql.split())}" for sql, why in found if why]


def _scans(statement: Statement) -> str | None:
    if "information_schema" in statement.sql:
        return None  # the server's own description of a few tables
    complaints = (_complaint(step, statement.sql) for step in statement.steps)
    return next((why for why in complaints if why), None)


def _complaint(step: Step, sql: str) -> str | None:
    if step.table in _SMALL or step.table.startswith("<derived"):
        return None  # a derived table ends where its own LIMIT says
    if step.access == "ALL" or (step.access == "index" and "LIMIT" not in sql):
        return f"{step.table} is read from end to end ({step.access} {step.key})"
    if "filesort" in step.extra or "temporary" in step.extra:
        return f"{step.table} is sorted or copied ({step.extra})"
    return None


def _reads_too_much(statement: Statement) -> str | None:
    caps = ("AS capped", f"LIMIT {SEARCH_WINDOW}", f"OFFSET {SEARCH_WINDOW - 1}")
    capped = any(cap in statement.sql for cap in caps)
    most = CAPPED_READS if capped else PAGE_READS
    if "AS far" in statement.sql:
        most = 3 * FAR_COUNT_CAP  # once a minute, where there are so many
    read = statement.rows_read
    return f"{read} rows read" if read > most else None
