"""MySQL's tables: made from schema.sql, compare with it; the claim query explained."""

from collections.abc import Sequence

from sq_console.errors import StoreDenied, StoreRefused, StoreUnavailable
from sq_console.model import Finding, FoundSchema, Role, SchemaReport
from sq_console.store.claiming.candidates import claim_statement
from sq_console.store.engines.mysql.on_update_times import on_update_findings
from sq_console.store.engines.mysql.probes.grants_check import role_findings, why_not
from sq_console.store.engines.mysql.probes.skip_locked_check import (
    OpenSession,
    check_locks,
    unsupported_product,
)
from sq_console.store.engines.mysql.server_errors import ALL_GRANTS
from sq_console.store.protocols import Session
from sq_console.store.rows import as_text
from sq_console.store.schema import TableSchema, mysql_statements, tables
from sq_console.store.schema.findings import MIGRATE, compare, refuse_incomplete
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

    def check(self, roles: Sequence[Role] = (Role.PROCESSOR,)) -> list[Finding]:
        """See `Admin`."""
        if set(roles) == {Role.PRODUCER}:  # it sees no table
            return role_findings(self._session, Role.PRODUCER)
        processes = Role.PROCESSOR in roles
        read_only = self._check_read_only() if {*roles} != {Role.READER} else []
        grants = [] if read_only else self._check_grants(roles)
        denied = processes and not read_only and self.why_denied(Role.PROCESSOR)
        findings = self._needed(writable=processes and not (read_only or denied))
        findings += [*self._wanted(), *grants]
        if denied:
            findings.append(self._opens_as())
        if processes and all(finding.ok for finding in (*read_only, *findings)):
            findings.append(self._claim_plan())  # of a locking read
        return [*read_only, *findings]

    def _check_grants(self, roles: Sequence[Role]) -> list[Finding]:
        return [
            finding
            for role in dict.fromkeys(roles)
            for finding in role_findings(self._session, role)
        ]

    def _opens_as(self) -> Finding:
        """Return what a user who may not process has: a console."""
        looks = self.why_denied(Role.OPERATOR)
        how = "opens READ-ONLY" if looks else "only watches"
        role = Role.READER if looks else Role.OPERATOR
        text_ = f"the console {how}, no processor works here: "
        text_ += self.why_denied(Role.PROCESSOR)
        advice = f"where that is meant: `sq-console check --as {role}`"
        return Finding(False, text_, advice)

    def _check_read_only(self) -> list[Finding]:
        """Return a finding for a server that is not to be written to; else none."""
        why = self._session.why_read_only()
        if not why:
            return []
        text_ = f"the server is read-only ({why}): no processor works here"
        return [Finding(False, text_, "name the primary in [db]")]

    def why_denied(self, role: Role) -> str:
        """See `Admin`. A server that accepts no writes at all denies nobody."""
        try:
            return why_not(self._session, role)
        except StoreUnavailable:
            return ""

    def require(self) -> None:
        """See `Admin`."""
        for finding in self._needed():
            if not finding.ok:
                raise StoreRefused(f"{finding.text}; {finding.advice}")
        if denied := why_not(self._session, Role.PROCESSOR):
            raise StoreDenied(denied, ALL_GRANTS.format(role=Role.PROCESSOR))

    def _needed(self, *, writable: bool = True) -> list[Finding]:
        """Return the findings without which no job can be processed, or not safely."""
        if unsupported := unsupported_product(self._session):
            return [unsupported]
        engines = self._engines()
        needed = [table for table in tables() if table.is_needed]
        findings = [self._check_table(table, engines) for table in needed]
        if writable and all(finding.ok for finding in findings):
            findings.append(check_locks(self._session, self._open_second))
        return findings

    def _wanted(self) -> list[Finding]:
        """Return the findings without which jobs are processed all the same."""
        engines = self._engines()
        rest = [table for table in tables() if not table.is_needed]
        findings = [self._check_table(table, engines) for table in rest]
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
            MIGRATE,
        )

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
