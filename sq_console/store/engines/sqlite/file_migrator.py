"""The migration of an embedded database: one transaction, so that a run that is killed
has changed nothing, and two at once wait for each other.

Its tables were always ours. What they lack is found by making new ones in memory.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator

from sq_console.errors import StoreRefused, StoreUnavailable
from sq_console.model import (
    SCHEMA_VERSION,
    FoundSchema,
    MigrationPlan,
    MigrationReport,
    PlannedStep,
    SchemaKind,
)
from sq_console.store.actions.activity import note_activity_if_possible
from sq_console.store.engines.sqlite.schema_check import SQLiteAdmin
from sq_console.store.protocols import Session
from sq_console.store.rows import as_text, whole
from sq_console.store.schema import sqlite_schema
from sq_console.store.schema.definitions import (
    TableDefinition,
    is_generated,
    take_apart,
)
from sq_console.store.schema.migration.found_tables import computes_the_same
from sq_console.store.schema.version import refuse_migration

TRIES = 60
"""Each waits for ten seconds."""
WRITERS_WAIT = "every writer, until all is done"

_MADE = "SELECT name, sql FROM sqlite_master WHERE type = %s AND sql IS NOT NULL"
_COLUMNS = "SELECT name FROM pragma_table_xinfo(%s)"
_SET_VERSION = "UPDATE queued_job_meta SET value = %s WHERE name = 'schema_version'"
_ROWS = "SELECT COALESCE(MAX(id), 0) AS n FROM "
_NOT_THE_SAME = ("created_at", "run_at")
"""SQLite cannot add a column whose default is the time."""


class SQLiteMigrator:
    """See `Migrator`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found_schema = SQLiteAdmin(session).found_schema  # type: ignore[arg-type]

    def plan(self, actor: str) -> MigrationPlan:
        """See `Migrator`."""
        schema = self._schema()
        steps = [PlannedStep(it, it, 0.0, WRITERS_WAIT) for it in self._steps(schema)]
        return MigrationPlan(
            schema,
            self._rows("queued_job"),
            self._rows("queued_job_log"),
            tuple(steps),
        )

    def migrate(self, actor: str, say: Callable[[str], None]) -> MigrationReport:
        """See `Migrator`."""
        for _ in range(TRIES):
            try:
                return self._session.transact(lambda: self._migrate(actor, say))
            except StoreUnavailable as error:
                if "locked" not in str(error):
                    raise
                say("another writes to this file: waits for it")
                time.sleep(0.1)
        raise StoreUnavailable("the file is written to all the time; try again later")

    def _migrate(self, actor: str, say: Callable[[str], None]) -> MigrationReport:
        schema = self._schema()
        steps = [*self._steps(schema)]
        if not steps:
            return MigrationReport(schema)
        for number, sql in enumerate(steps, 1):
            say(f"{number}/{len(steps)} {sql.splitlines()[0]}")
            self._session.execute(_plain(sql))
        self._session.execute(_SET_VERSION, (str(SCHEMA_VERSION),))
        note_activity_if_possible(
            self._session,
            actor,
            "migrate",
            jobs=0,
            subject=f"to version {SCHEMA_VERSION}",
            note=f"from {schema.described}",
        )
        return MigrationReport(schema, steps=len(steps))

    def _schema(self) -> FoundSchema:
        schema = self._found_schema()
        refuse_migration(schema)
        if schema.kind is SchemaKind.ANCESTOR:
            raise StoreRefused(
                "the strings-queue kept no jobs in SQLite: these tables are another's",
                "nothing was changed",
            )
        return schema

    def _steps(self, schema: FoundSchema) -> Iterator[str]:
        """Yield the statements that are missing."""
        there = self._made("table")
        indexes = dict(self._made("index"))
        for wanted in _definitions().values():
            if wanted.name not in there:
                yield wanted.create
                continue
            columns = self._columns(wanted.name)
            yield from _added(wanted, columns)
            for name in _outdated(wanted, there[wanted.name], columns):
                for index in [it for it, sql in indexes.items() if _names(sql, name)]:
                    del indexes[index]
                    yield f"DROP INDEX {index}"
                yield f"ALTER TABLE {wanted.name} DROP COLUMN {name}"
                yield _add(wanted, name)
        yield from (sql for name, sql in _indexes().items() if name not in indexes)
        if schema.version < SCHEMA_VERSION:
            yield f"{_SET_VERSION.replace('%s', repr(str(SCHEMA_VERSION)))}"

    def _made(self, kind: str) -> dict[str, str]:
        return {
            as_text(row["name"]): as_text(row["sql"])
            for row in self._session.rows(_MADE, (kind,))
        }

    def _columns(self, table: str) -> set[str]:
        found = self._session.rows(_COLUMNS, (table,))
        return {as_text(row["name"]) for row in found}

    def _rows(self, table: str) -> int:
        return whole(self._session.rows(f"{_ROWS}{table}")[0]["n"])


def _added(wanted: TableDefinition, columns: set[str]) -> Iterator[str]:
    for name in wanted.columns:
        if name in columns:
            continue
        if name in _NOT_THE_SAME:
            raise StoreRefused(
                f"{wanted.name} lacks {name}, which SQLite cannot add",
                "`sq-console init` in a new file",
            )
        yield _add(wanted, name)


def _outdated(wanted: TableDefinition, made: str, columns: set[str]) -> Iterator[str]:
    """Yield the computed columns whose expression is an older one."""
    names = frozenset(wanted.columns)
    found = take_apart(wanted.name, made).columns
    for name, definition in wanted.columns.items():
        is_there = is_generated(definition) and name in columns
        made_as = found.get(name, "")
        if is_there and not computes_the_same(made_as, definition, names):
            yield name


def _add(wanted: TableDefinition, name: str) -> str:
    return f"ALTER TABLE {wanted.name} ADD COLUMN {name} {wanted.columns[name]}"


def _names(sql: str, column: str) -> bool:
    inner = sql[sql.index("(") + 1 : sql.rindex(")")]
    return column in [name.strip() for name in inner.split(",")]


def _new() -> dict[str, dict[str, str]]:
    """Return what a new database has: kind -> name -> statement."""
    found: dict[str, dict[str, str]] = {"table": {}, "index": {}}
    with sqlite3.connect(":memory:") as memory:
        memory.executescript(sqlite_schema())
        made = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        for kind, name, sql in memory.execute(made):
            if not name.startswith("sqlite_"):
                found[kind][name] = sql
    memory.close()
    return found


def _definitions() -> dict[str, TableDefinition]:
    return {name: take_apart(name, sql) for name, sql in _new()["table"].items()}


def _indexes() -> dict[str, str]:
    return _new()["index"]


def _plain(sql: str) -> str:
    """Return *sql* so that the dialect changes nothing in it."""
    return sql.replace("{", "{{").replace("}", "}}")
