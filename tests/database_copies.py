"""Copies of a database, as people make them: of a file, of a schema, on any server."""

import sqlite3
from dataclasses import replace
from pathlib import Path

from sq_console.config import DbSettings
from sq_console.store.schema import mysql_schema, tables
from tests.servers import Server

_COLUMNS = """
SELECT GROUP_CONCAT(COLUMN_NAME) FROM information_schema.COLUMNS
 WHERE TABLE_SCHEMA = '{db}' AND TABLE_NAME = '{table}'
   AND (GENERATION_EXPRESSION IS NULL OR GENERATION_EXPRESSION = '')"""


def copy_of_file(db: DbSettings, to: Path) -> DbSettings:
    """A backup of an embedded database in another file."""
    with sqlite3.connect(db.path) as source, sqlite3.connect(to) as target:
        source.backup(target)
    source.close()
    target.close()
    return replace(db, path=str(to))


def copy_of_schema(server: Server, db: str, to: Server, name: str) -> DbSettings:
    """All rows of *db* in the empty database *name* of the server *to*."""
    to.command(mysql_schema(), name)
    to.command("DELETE FROM queued_job_meta", name)
    with to.connect(name) as connection, connection.cursor() as cursor:
        for table in tables():
            where = _COLUMNS.format(db=db, table=table.name)
            ((columns,),) = server.command(where)
            rows = server.command(f"SELECT {columns} FROM {table.name}", db)
            values = ", ".join(["%s"] * len(str(columns).split(",")))
            insert = f"INSERT INTO {table.name} ({columns}) VALUES ({values})"
            cursor.executemany(insert, rows)
    return to.settings(name)
