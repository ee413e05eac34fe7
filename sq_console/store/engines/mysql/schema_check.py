"""MySQL's tables: made from schema.sql, compare with it; the claim query explained."""

from collections.abc import Iterable

from sq_console.errors import StoreDenied, StoreRefused, StoreUnavailable
from sq_console.model import Finding, FoundSchema, SchemaReport
from sq_console.store.claiming.candidates import claim_statement
from sq_console.store.engines.mysql.on_update_times import on_update_findings
from sq_console.store.engines.mysql.server_errors import GRANT
from sq_console.store.engines.mysql.skip_locked_check import (
    OpenSession,
    check_locks,
    unsupported_product,
)
from sq_console.store.protocols import Session
from sq_console.store.rows import as_text
from sq_console.store.schema import TableSchema, mysql_statements, tables
from sq_console.store.schema.findings import compare, refuse_incomplete
from sq_console.store.schema.version import VERSION_OF, identify

_TABLES = """
SELECT TABLE_NAME AS name, IF(TABLE_TYPE = 'VIEW', 'view', ENGINE) AS engine
  FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()"""
_COLUMNS = """
SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS
 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s"""
_KEYS = """
SELECT DISTINCT INDEX_NAME AS name FROM information_schema.STATISTICS
 WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = %s"""
_WRITE_PROBES = (
    "UPDATE queued_job SET attempts = attempts WHERE id = 0",
    "INSERT INTO queued_job_log (job_id, msg)"
    " SELECT job_id, msg FROM queued_job_log WHERE id = 0",
    "INSERT INTO queued_job_processor SELECT * FROM queued_job_processor WHERE FALSE",
    "UPDATE queued_job_processor SET running = running WHERE id = 0",
    "DELETE FROM queued_job_processor WHERE id = 0",
)
"""What a processor must be allowed to do; none of them changes anything."""
_SUM_PROBES = (
    "INSERT INTO queued_job_stats SELECT * FROM queued_job_stats WHERE FALSE",
    "UPDATE queued_job_stats SET killed = killed WHERE FALSE",
)
"""What it should be allowed to do."""


class MySQLAdmin:
    """See `Admin`."""

    def __init__(
        self, session: Session, open_second: OpenSession | None = None
    ) -> None:
        self._session = session
        self._open_second = open_second

    def found_schema(self) -> FoundSchema:
        """See `Admin`."""
        there = self._engines()
        version = None
        if "queued_job_meta" in there:
            found = self._session.rows(VERSION_OF)
            version = as_text(found[0]["value"]) if found else None
        return identify(there, self._names(_COLUMNS, "queued_job"), version)

    def create_schema(self) -> SchemaReport:
        """Make what is missing. Raises StoreRefused when a table is there without our
        columns."""
        before = self._engines()
        for table in tables():
            refuse_incomplete(
                table, self._missing_columns(table) if table.name in before else ()
            )
        for made, statement in mysql_statements():
            if made not in before:  # what is there needs no right to make it
                self._make(statement)
        names = [table.name for table in tables()]
        return SchemaReport(
            created=tuple(name for name in names if name not in before),
            present=tuple(name for name in names if name in before),
        )

    def _make(self, statement: str) -> None:
        try:
            self._session.execute(statement.replace("%", "%%"))
        except StoreDenied as error:
            advice = "GRANT CREATE, INDEX, or have schema.sql loaded by who may"
            raise StoreDenied(error.said, advice) from error

    def check(self) -> list[Finding]:
        """Compare the tables with schema.sql; explain the claim query."""
        read_only = self._check_read_only()
        denied = "" if read_only else self.why_denied()
        findings = self._needed(writable=not (read_only or denied))
        if denied:
            text_ = f"the console opens READ-ONLY, no processor works here: {denied}"
            findings.append(Finding(False, text_, GRANT))
        writable = not read_only and all(finding.ok for finding in findings)
        findings += self._wanted(writable=writable)
        if writable and all(finding.ok for finding in findings):
            findings.append(self._claim_plan())  # of a locking read
        return [*read_only, *findings]

    def _check_read_only(self) -> list[Finding]:
        """Return a finding for a server that is not to be written to; else none."""
        why = self._session.why_read_only()
        if not why:
            return []
        text_ = f"the server is read-only ({why}): no processor works here"
        return [Finding(False, text_, "name the primary in [db]")]

    def why_denied(self) -> str:
        """See `Admin`. A server that accepts no writes at all denies nobody."""
        try:
            for statement in _WRITE_PROBES:
                self._session.rows(statement)
        except StoreDenied as error:
            return error.said
        except (StoreRefused, StoreUnavailable):
            return ""
        return ""

    def require(self) -> None:
        """See `Admin`."""
        for finding in self._needed():
            if not finding.ok:
                raise StoreRefused(f"{finding.text}; {finding.advice}")

    def _needed(self, *, writable: bool = True) -> list[Finding]:
        """Return the findings without which no job can be processed, or not safely."""
        if unsupported := unsupported_product(self._session):
            return [unsupported]
        engines = self._engines()
        needed = [table for table in tables() if table.is_needed]
        findings = [self._check_table(table, engines) for table in needed]
        if writable and all(finding.ok for finding in findings):
            findings.append(check_locks(self._session, self._open_second))
            # A lack that prevents locking prevents writing too: it is reported once.
            findings += [self._check_writes()] if findings[-1].ok else []
        return findings

    def _wanted(self, *, writable: bool) -> list[Finding]:
        """Return the findings without which jobs are processed all the same."""
        engines = self._engines()
        rest = [table for table in tables() if not table.is_needed]
        findings = [self._check_table(table, engines) for table in rest]
        if writable and all(finding.ok for finding in findings):
            findings.append(self._check_sums())
        return [*findings, *on_update_findings(self._session)]

    def _check_table(self, table: TableSchema, engines: dict[str, str]) -> Finding:
        there = table.name in engines
        if there and engines[table.name] == "view":
            return Finding(
                False,
                f"{table.name} is a view",
                "jobs are claimed by locking rows, which takes a table",
            )
        if there and engines[table.name].lower() != "innodb":
            return Finding(
                False,
                f"table {table.name} is kept by {engines[table.name] or 'no engine'}",
                "ALTER TABLE … ENGINE=InnoDB: jobs are claimed in transactions",
            )
        return compare(
            table,
            self._missing_columns(table) if there else None,
            sorted(set(table.keys) - self._names(_KEYS, table.name)),
            "add them as in schema.sql",
        )

    def _check_writes(self) -> Finding:
        return self._tried(
            _WRITE_PROBES,
            "this user may change jobs",
        )

    def _check_sums(self) -> Finding:
        return self._tried(
            _SUM_PROBES,
            "this user may count outcomes",
            "GRANT INSERT, UPDATE on queued_job_stats; outcomes are recorded without",
        )

    def _tried(
        self, statements: Iterable[str], text_: str, grant: str = GRANT
    ) -> Finding:
        try:
            for statement in statements:
                self._session.rows(statement)
        except StoreDenied as error:
            return Finding(False, error.said, grant)
        except StoreRefused as error:
            return Finding(False, error.said, error.advice)
        return Finding(True, text_)

    def _claim_plan(self) -> Finding:
        plan = self._session.rows(
            f"EXPLAIN FORMAT=TRADITIONAL {claim_statement()}",
            (0, "2000-01-01 00:00:00", 1),
        )[0]
        key, extra = as_text(plan["key"]), as_text(plan["Extra"])
        return Finding(
            key == "claim" and "filesort" not in extra,
            f"the claim query uses key {key or 'none'}"
            + (f" ({extra})" if extra else ""),
            "ANALYZE TABLE queued_job; the claim must run along the key `claim`",
        )

    def _engines(self) -> dict[str, str]:
        return {
            as_text(row["name"]): as_text(row["engine"])
            for row in self._session.rows(_TABLES)
        }

    def _missing_columns(self, table: TableSchema) -> list[str]:
        there = self._names(_COLUMNS, table.name)
        return [name for name in table.columns if name not in there]

    def _names(self, sql: str, *params: object) -> set[str]:
        return {as_text(row["name"]) for row in self._session.rows(sql, params)}
