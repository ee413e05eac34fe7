"""The embedded database's tables: made from sqlite.sql, looked at by `check`."""

from typing import Protocol

from sq_console.errors import StoreRefused
from sq_console.model import Finding, SchemaReport
from sq_console.store.base import Session
from sq_console.store.picking import claim_statement
from sq_console.store.rows import text
from sq_console.store.schema import sqlite_schema, tables

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
_COLUMNS = "SELECT name FROM pragma_table_xinfo(%s)"


class ScriptSession(Session, Protocol):
    """A session that can run a script."""

    def script(self, sql: str) -> None:
        """Run many statements, each by itself."""


class SQLiteAdmin:
    """See `base.Admin`."""

    def __init__(self, session: ScriptSession) -> None:
        self._session = session

    def create_schema(self) -> SchemaReport:
        """Make what is missing."""
        before = self._names(_TABLES)
        self._session.script(sqlite_schema())
        names = [table.name for table in tables()]
        return SchemaReport(
            created=tuple(name for name in names if name not in before),
            present=tuple(name for name in names if name in before),
        )

    def check(self) -> list[Finding]:
        """Are all tables there, with all columns, and does the claim use its key?"""
        findings = self._check_tables()
        if all(finding.ok for finding in findings):
            findings.append(self._claim_plan())
        return findings

    def require(self) -> None:
        """See `base.Admin`."""
        for finding in self._check_tables():
            if not finding.ok:
                raise StoreRefused(f"{finding.text}; {finding.advice}")

    def _check_tables(self) -> list[Finding]:
        findings = []
        for table in tables():
            missing = set(table.columns) - self._names(_COLUMNS, table.name)
            findings.append(
                Finding(
                    not missing,
                    f"table {table.name}"
                    + (f" lacks {', '.join(sorted(missing))}" if missing else ""),
                    "run `sq-console init`",
                )
            )
        return findings

    def _claim_plan(self) -> Finding:
        plan = self._session.rows(
            f"EXPLAIN QUERY PLAN {claim_statement()}", (0, "2000-01-01", 1)
        )
        steps = "; ".join(text(row["detail"]) for row in plan)
        good = "claim" in steps and "TEMP B-TREE" not in steps
        return Finding(good, f"claim query: {steps}", "the index `claim` is missing")

    def _names(self, sql: str, *params: object) -> set[str]:
        return {text(row["name"]) for row in self._session.rows(sql, params)}
