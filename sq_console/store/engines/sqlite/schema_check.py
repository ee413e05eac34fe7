"""The embedded database's tables: made from sqlite.sql, looked at by `check`."""

from collections.abc import Sequence
from typing import Protocol

from sq_console.errors import StoreRefused
from sq_console.model import Finding, FoundSchema, Role, SchemaReport
from sq_console.store.claiming.candidates import claim_statement
from sq_console.store.protocols import Session
from sq_console.store.rows import as_text
from sq_console.store.schema import TableSchema, sqlite_schema, tables
from sq_console.store.schema.findings import compare, refuse_incomplete
from sq_console.store.schema.version import VERSION_OF, identify

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
_COLUMNS = "SELECT name FROM pragma_table_xinfo(%s)"
_KEYS = "SELECT name FROM pragma_index_list(%s)"


class ScriptSession(Session, Protocol):
    """A session that can run a script."""

    def script(self, sql: str) -> None:
        """Run many statements, each by itself."""


class SQLiteAdmin:
    """See `Admin`."""

    def __init__(self, session: ScriptSession) -> None:
        self._session = session

    def found_schema(self) -> FoundSchema:
        """See `Admin`."""
        there = self._names(_TABLES)
        version = None
        if "queued_job_meta" in there:
            found = self._session.rows(VERSION_OF)
            version = as_text(found[0]["value"]) if found else None
        return identify(there, self._names(_COLUMNS, "queued_job"), version)

    def create_schema(self) -> SchemaReport:
        """Make what is missing, keys too. Raises StoreRefused when a table is there
        without our columns."""
        before = self._names(_TABLES)
        for table in tables():
            refuse_incomplete(
                table, self._missing(table) if table.name in before else ()
            )
        self._session.script(sqlite_schema())
        names = [table.name for table in tables()]
        return SchemaReport(
            created=tuple(name for name in names if name not in before),
            present=tuple(name for name in names if name in before),
        )

    def check(self, roles: Sequence[Role] = (Role.PROCESSOR,)) -> list[Finding]:
        """Are all tables there, with all columns, and does the claim use its key? A
        file knows no users, so that any role will do.
        """
        findings = self._check_tables()
        if all(finding.ok for finding in findings):
            findings.append(self._claim_plan())
        return findings

    def why_denied(self, role: Role) -> str:
        """See `Admin`. Only a file that can be written is opened."""
        return ""

    def require(self) -> None:
        """See `Admin`."""
        for table in tables():
            finding = self._check_table(table)
            if table.is_needed and not finding.ok:
                raise StoreRefused(f"{finding.text}; {finding.advice}")

    def _check_tables(self) -> list[Finding]:
        return [self._check_table(table) for table in tables()]

    def _check_table(self, table: TableSchema) -> Finding:
        there = table.name in self._names(_TABLES)
        keys = sorted(set(table.keys) - self._names(_KEYS, table.name))
        return compare(
            table,
            self._missing(table) if there else None,
            keys,
            "run `sq-console init`",
        )

    def _missing(self, table: TableSchema) -> list[str]:
        there = self._names(_COLUMNS, table.name)
        return [name for name in table.columns if name not in there]

    def _claim_plan(self) -> Finding:
        plan = self._session.rows(
            f"EXPLAIN QUERY PLAN {claim_statement()}", (0, "2000-01-01", 1)
        )
        steps = "; ".join(as_text(row["detail"]) for row in plan)
        good = "claim" in steps and "TEMP B-TREE" not in steps
        return Finding(good, f"claim query: {steps}", "the index `claim` is missing")

    def _names(self, sql: str, *params: object) -> set[str]:
        return {as_text(row["name"]) for row in self._session.rows(sql, params)}
