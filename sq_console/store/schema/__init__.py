"""The tables we need, from the schema files themselves: MySQL's and its SQLite twin."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

_REST = """CASE WHEN lower(substr(url, 1, 7)) = 'http://' THEN substr(url, 8)
  WHEN lower(substr(url, 1, 8)) = 'https://' THEN substr(url, 9) ELSE '' END"""
_ENDED = f"(replace(replace({_REST}, '?', '/'), '#', '/') || '/')"
_AUTHORITY = f"substr({_ENDED}, 1, instr({_ENDED}, '/') - 1)"
# What remains after trimming everything but '@' from the right ends at the last '@'.
_USERINFO = f"rtrim({_AUTHORITY}, replace({_AUTHORITY}, '@', ''))"
_HOST = f"lower(substr(substr({_AUTHORITY}, length({_USERINFO}) + 1), 1, 255))"
# `queued_job.host` for SQLite, composed: it has no SUBSTRING_INDEX.

_SHOWN = frozenset(
    f"queued_job_{what}"
    for what in ("stats", "host_stats", "activity", "lost_processor")
)


@dataclass(frozen=True, slots=True)
class TableSchema:
    """The names of a table, its columns and its keys in schema.sql."""

    name: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]

    @property
    def is_needed(self) -> bool:
        """Is it needed to process jobs? The others are only shown."""
        return self.name not in _SHOWN


def mysql_schema() -> str:
    """The text of schema.sql, which a wheel carries inside the package."""
    packed = files("sq_console.store") / "schema" / "mysql.sql"
    if packed.is_file():
        return packed.read_text(encoding="utf-8")
    checkout = Path(__file__).parents[3] / "schema.sql"
    return checkout.read_text(encoding="utf-8")


def mysql_statements() -> list[tuple[str, str]]:
    """schema.sql, statement by statement, without comments; each with the table it
    makes, "" for none.
    """
    text = re.sub(r"\s*--( .*)?$", "", mysql_schema(), flags=re.MULTILINE)
    parts = [part.strip() for part in text.split(";\n") if part.strip(" \n;-")]
    return [(_table_made(part), part) for part in parts]


def _table_made(statement: str) -> str:
    made = re.match(r"CREATE TABLE IF NOT EXISTS (\w+)", statement)
    return made[1] if made else ""


def column_definition(table: str, column: str) -> str:
    """Return a column's type and default, as schema.sql has them."""
    made = dict(mysql_statements())[table]
    found = re.search(rf"^  {column} (.+?),?$", made, re.MULTILINE)
    return found[1] if found else ""


def sqlite_schema() -> str:
    """The text of sqlite.sql, ready to run."""
    path = files("sq_console.store") / "schema" / "sqlite.sql"
    return path.read_text(encoding="utf-8").replace("__HOST__", _HOST)


@cache
def tables() -> tuple[TableSchema, ...]:
    """Every table of schema.sql."""
    blocks = re.findall(
        r"^CREATE TABLE IF NOT EXISTS (\w+) \((.*?)^\)",
        mysql_schema(),
        re.MULTILINE | re.DOTALL,
    )
    return tuple(
        TableSchema(
            name=name,
            columns=tuple(re.findall(r"^  ([a-z_]+) ", block, re.MULTILINE)),
            keys=tuple(re.findall(r"^  KEY (\w+)", block, re.MULTILINE)),
        )
        for name, block in blocks
    )
