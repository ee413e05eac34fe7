"""What a database is said to be, before anything is done with it."""

import re

import pytest

from sq_console.model import SCHEMA_VERSION, FoundSchema, SchemaKind
from sq_console.store import Store
from sq_console.store.schema import mysql_schema, sqlite_schema, tables
from sq_console.store.schema.version import identify

JOB = {table.name: table.columns for table in tables()}["queued_job"]
ANCESTOR = JOB[: JOB.index("created_at")]
SET_VERSION = "UPDATE queued_job_meta SET value = %s WHERE name = 'schema_version'"


@pytest.mark.parametrize("schema", [mysql_schema(), sqlite_schema()])
def test_both_schema_files_write_the_version_that_the_program_has(schema: str):
    (written,) = re.findall(r"\('schema_version', '(\d+)'\)", schema)
    assert int(written) == SCHEMA_VERSION


@pytest.mark.parametrize(
    ("names", "columns", "version", "kind"),
    [
        ((), (), None, SchemaKind.NONE),
        (("orders",), (), None, SchemaKind.NONE),
        (("queued_job",), ANCESTOR, None, SchemaKind.ANCESTOR),
        (("queued_job",), JOB, None, SchemaKind.ANCESTOR),
        (("queued_job",), JOB, "0", SchemaKind.ANCESTOR),
        # schema.sql was loaded beside the ancestor's tables
        (("queued_job",), ANCESTOR, str(SCHEMA_VERSION), SchemaKind.ANCESTOR),
        (("queued_job",), JOB, "1", SchemaKind.OURS),
        (("queued_job",), JOB, "two", SchemaKind.FOREIGN),
        (("queued_job",), ("id", "payload"), None, SchemaKind.FOREIGN),
    ],
)
def test_a_database_is_identified(
    names: tuple[str, ...],
    columns: tuple[str, ...],
    version: str | None,
    kind: SchemaKind,
):
    assert identify(names, columns, version).kind is kind


def test_a_new_database_is_current(store: Store):
    found = store.admin.found_schema()
    assert found == FoundSchema(SchemaKind.OURS, SCHEMA_VERSION)
    assert found.is_current


def test_an_older_and_a_newer_one_say_so(store: Store):
    store.session.execute(SET_VERSION, ("1",))
    older = store.admin.found_schema()
    store.session.execute(SET_VERSION, ("99",))
    newer = store.admin.found_schema()

    assert (older.described, older.is_current, older.is_newer) == (
        "schema version 1",
        False,
        False,
    )
    assert (newer.described, newer.is_current, newer.is_newer) == (
        "schema version 99",
        False,
        True,
    )


def test_a_database_without_tables_is_none(store: Store):
    for name in ("queued_job", "queued_job_meta"):
        store.session.execute(f"DROP TABLE {name}")
    assert store.admin.found_schema() == FoundSchema(SchemaKind.NONE)
