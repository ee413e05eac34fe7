"""Our tables as they really are in a database: made from schema.sql, and read back from
the catalogue of the server or of SQLite.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pymysql import Connection

from tests.conftest import SCHEMA
from tests.servers import Server

Run = Callable[..., list[tuple[object, ...]]]
"""(SQL with %s, *parameters) -> rows, in one database with our tables."""
Columns = dict[str, list[tuple[object, ...]]]


@contextmanager
def loaded(server: Server, charset: str = "utf8mb4") -> Iterator[Run]:
    db = server.create_database(charset).db
    server.command(SCHEMA.read_text(encoding="utf-8"), db)
    with server.connect(db) as connection:
        yield runner(connection)
    server.drop_database(db)


def runner(connection: Connection) -> Run:
    def run(sql: str, *params: object) -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())

    return run


def columns(run: Run) -> Columns:
    """By table, in order: the columns' names and whether they can be NULL."""
    return _grouped(
        run(
            "SELECT table_name, column_name, is_nullable = 'YES'"
            " FROM information_schema.columns WHERE table_schema = DATABASE()"
            " ORDER BY table_name, ordinal_position"
        )
    )


def sqlite_columns(run: Run) -> Columns:
    return _grouped(
        run(
            'SELECT t.name, c.name, NOT (c."notnull" OR c.pk)'
            " FROM sqlite_master AS t, pragma_table_xinfo(t.name) AS c"
            " WHERE t.type = 'table' AND t.name LIKE 'queued%' ORDER BY t.name, c.cid"
        )
    )


def keys(run: Run) -> Columns:
    """By table and key, the key's columns in order; primary keys apart."""
    return _grouped(
        run(
            "SELECT CONCAT(table_name, '.', index_name), column_name"
            " FROM information_schema.statistics"
            " WHERE table_schema = DATABASE() AND index_name <> 'PRIMARY'"
            " ORDER BY table_name, index_name, seq_in_index"
        )
    )


def sqlite_keys(run: Run) -> Columns:
    return _grouped(
        run(
            "SELECT t.name || '.' || i.name, c.name FROM sqlite_master AS t,"
            " pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS c"
            " WHERE t.type = 'table' AND i.origin = 'c'"
            " ORDER BY t.name, i.name, c.seqno"
        )
    )


def _grouped(rows: list[tuple[object, ...]]) -> Columns:
    grouped: Columns = {}
    for name, *rest in rows:
        grouped.setdefault(str(name), []).append(tuple(rest))
    return grouped
