"""Times that change by themselves: columns of our tables with an ON UPDATE.

A server with `explicit_defaults_for_timestamp=OFF` (MariaDB's default before 10.10)
gives one to the first TIMESTAMP of a table that has no DEFAULT, and the ancestor's log
has one by its own schema. Our statements assign such a column to itself and so keep it;
statements of others, a requeue by hand for example, change it. So `check` names the
column, with the ALTER that mends it.
"""

from sq_console.model import Finding
from sq_console.store.protocols import Session
from sq_console.store.rows import as_text
from sq_console.store.schema import column_definition, tables

_ON_UPDATE = """
SELECT TABLE_NAME AS t, COLUMN_NAME AS c FROM information_schema.COLUMNS
 WHERE TABLE_SCHEMA = DATABASE() AND LOCATE('on update', LOWER(EXTRA)) > 0
 ORDER BY TABLE_NAME, ORDINAL_POSITION"""
_NEVER_UPDATED = "queued_job_log"


def on_update_findings(session: Session) -> list[Finding]:
    """Return a finding for each of our columns with an ON UPDATE."""
    ours = {(table.name, column) for table in tables() for column in table.columns}
    found = [(as_text(row["t"]), as_text(row["c"])) for row in session.rows(_ON_UPDATE)]
    return [_finding(*name) for name in found if name in ours]


def _finding(table: str, column: str) -> Finding:
    mend = f"ALTER TABLE {table} MODIFY {column} {column_definition(table, column)}"
    if table == _NEVER_UPDATED:
        said = f"{table}.{column} has ON UPDATE, but no row of it is ever updated"
        return Finding(True, f"{said} ({mend} would end that)")
    return Finding(False, f"{table}.{column} has ON UPDATE: it moves by itself", mend)
