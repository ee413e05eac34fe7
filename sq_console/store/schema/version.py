"""Reading which schema a database has.

The version is written last, by `init` and by `migrate`: a database whose version is
there has all that belongs to it. While the ancestor's tables are brought up to date it
is 0, also where somebody has loaded schema.sql beside them.
"""

from collections.abc import Collection

from sq_console.errors import SchemaMismatch
from sq_console.model import UNDER_WAY, FoundSchema, SchemaKind
from sq_console.rules.admission.schema_gate import schema_refusal

_QUEUE = frozenset({"id", "http_method", "url", "body", "timeout_secs", "result_code"})
"""The columns of `queued_job` in every schema, the ancestor's too."""
_OURS = frozenset({"created_at", "run_at", "attempts", "claimed_by", "state", "host"})
"""Columns of `queued_job` in every version of ours, and not in the ancestor's."""

VERSION_OF = "SELECT value FROM queued_job_meta WHERE name = 'schema_version'"


def identify(
    tables: Collection[str], job_columns: Collection[str], version: str | None
) -> FoundSchema:
    """Return the schema of a database with these *tables*, with these columns in
    `queued_job`, and with this *version* in `queued_job_meta` (None: no row).
    """
    if "queued_job" not in tables:
        return FoundSchema(SchemaKind.NONE)
    if not set(job_columns) >= _QUEUE:
        return FoundSchema(SchemaKind.FOREIGN)
    if version is None or version == str(UNDER_WAY) or not set(job_columns) >= _OURS:
        return FoundSchema(SchemaKind.ANCESTOR)
    if not (version.isascii() and version.isdigit()):
        return FoundSchema(SchemaKind.FOREIGN)
    return FoundSchema(SchemaKind.OURS, int(version))


def refuse_migration(schema: FoundSchema) -> None:
    """Raise SchemaMismatch for tables that are not to be migrated."""
    is_known = schema.kind in {SchemaKind.ANCESTOR, SchemaKind.OURS}
    if schema.is_newer or not is_known:
        raise SchemaMismatch(schema_refusal(schema))
