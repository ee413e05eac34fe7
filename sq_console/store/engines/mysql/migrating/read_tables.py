"""Reading the tables of a database from information_schema."""

from collections import defaultdict

from sq_console.store.protocols import Row, Session
from sq_console.store.rows import as_text, whole
from sq_console.store.schema.migration.found_tables import (
    Found,
    FoundColumn,
    FoundTable,
)

_TABLES = """
SELECT TABLE_NAME AS t, COALESCE(TABLE_ROWS, 0) AS n
  FROM information_schema.TABLES
 WHERE TABLE_SCHEMA = DATABASE() AND LOCATE('queued_job', TABLE_NAME) = 1"""
_COLUMNS = """
SELECT TABLE_NAME AS t, COLUMN_NAME AS c, COLUMN_TYPE AS type, IS_NULLABLE AS is_null,
       COLUMN_DEFAULT AS dflt, EXTRA AS extra, COLUMN_COMMENT AS comment,
       COALESCE(GENERATION_EXPRESSION, '') AS expression
  FROM information_schema.COLUMNS
 WHERE TABLE_SCHEMA = DATABASE() AND LOCATE('queued_job', TABLE_NAME) = 1"""
_KEYS = """
SELECT DISTINCT TABLE_NAME AS t, INDEX_NAME AS k FROM information_schema.STATISTICS
 WHERE TABLE_SCHEMA = DATABASE() AND LOCATE('queued_job', TABLE_NAME) = 1"""


def read_tables(session: Session) -> Found:
    """Return the queue's tables, as they are."""
    columns: defaultdict[str, dict[str, FoundColumn]] = defaultdict(dict)
    for row in session.rows(_COLUMNS):
        columns[as_text(row["t"])][as_text(row["c"])] = _column(row)
    keys: defaultdict[str, set[str]] = defaultdict(set)
    for row in session.rows(_KEYS):
        keys[as_text(row["t"])].add(as_text(row["k"]))
    return {
        name: FoundTable(columns[name], frozenset(keys[name]), whole(row["n"]))
        for row in session.rows(_TABLES)
        if (name := as_text(row["t"]))
    }


def _column(row: Row) -> FoundColumn:
    default = row["dflt"]
    return FoundColumn(
        type=as_text(row["type"]),
        is_nullable=as_text(row["is_null"]) == "YES",
        default=None if default is None else as_text(default),
        extra=as_text(row["extra"]),
        expression=as_text(row["expression"]),
        comment=as_text(row["comment"]),
    )
