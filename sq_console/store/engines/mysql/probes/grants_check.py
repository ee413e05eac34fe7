"""Which privileges of a role the user of a session lacks.

Each is tried: EXPLAIN of a statement needs what the statement needs, and carries
nothing out. So grants on the database, by wildcard, through roles and by partial
revokes count as the server counts them, and nothing is written, nor noted as a write.
Tables of privileges would have to be understood again for each product.
"""

from collections.abc import Iterable, Iterator

from sq_console.errors import StoreDenied, StoreRefused
from sq_console.model import Finding, Role
from sq_console.store.protocols import Session
from sq_console.store.rows import as_text
from sq_console.store.schema import TableSchema, tables
from sq_console.store.schema.definitions import definitions
from sq_console.store.schema.grants import ESSENTIAL, EVERY_TABLE, GRANTS, Grant

_WHO = "SELECT DATABASE() AS db, CURRENT_USER() AS account"
_PROBES = {
    "SELECT": "SELECT {columns} FROM {table} WHERE FALSE",
    "INSERT": "INSERT INTO {table} ({columns}) SELECT {nulls} FROM DUAL WHERE FALSE",
    "UPDATE": "UPDATE {table} SET {values} WHERE FALSE",
    "DELETE": "DELETE FROM {table} WHERE FALSE",
}


def role_findings(session: Session, role: Role) -> list[Finding]:
    """Return a finding for each table on which a privilege of *role* is missing; when
    there is none, the finding that says so.
    """
    missing = [*_missing(session, GRANTS[role])]
    if not missing:
        return [Finding(True, f"this user may do what a {role} does")]
    who = session.rows(_WHO)[0]
    return [
        Finding(
            False,
            f"a {role} needs {_privileges(grant)} on {grant.table_name}",
            _statement(grant, as_text(who["db"]), as_text(who["account"])),
        )
        for grant in missing
    ]


def why_not(session: Session, role: Role) -> str:
    """Return what the server says against the user as *role*; "" when it lets him."""
    for grant in ESSENTIAL[role]:
        for privilege in grant.privileges:
            if said := _refusal(session, privilege, grant):
                return said
    return ""


def _missing(session: Session, grants: Iterable[Grant]) -> Iterator[Grant]:
    """Yield what is missing of *grants*; one on every table, table by table unless it
    is missing on all.
    """
    for grant in grants:
        each = [*_on_tables(grant)]
        denied = [
            found
            for found in (_denied(session, one) for one in each)
            if found is not None
        ]
        yield from [grant] if len(denied) == len(each) > 1 else denied


def _on_tables(grant: Grant) -> Iterator[Grant]:
    if grant.table != EVERY_TABLE:
        yield grant
        return
    for table in tables():
        name = table.name.removeprefix("queued_job").removeprefix("_")
        yield grant._replace(table=name)


def _denied(session: Session, grant: Grant) -> Grant | None:
    denied = [each for each in grant.privileges if _refusal(session, each, grant)]
    return grant._replace(privileges=tuple(denied)) if denied else None


def _refusal(session: Session, privilege: str, grant: Grant) -> str:
    """Return the server's refusal of one privilege; "" when it is there. A table that
    is not there is reported as that.
    """
    try:
        session.rows(f"EXPLAIN FORMAT=TRADITIONAL {_probe(privilege, grant)}")
    except StoreDenied as error:
        return error.said
    except StoreRefused:
        return ""
    return ""


def _probe(privilege: str, grant: Grant) -> str:
    schema = next(table for table in tables() if table.name == grant.table_name)
    columns = grant.columns or _written_columns(schema)
    return _PROBES[privilege].format(
        table=schema.name,
        columns=", ".join(columns),
        nulls=", ".join(["NULL"] * len(columns)),
        values=", ".join(f"{column} = NULL" for column in columns),
    )


def _written_columns(schema: TableSchema) -> tuple[str, ...]:
    computed = definitions()[schema.name].generated  # nobody may write these
    return tuple(name for name in schema.columns if name not in computed)


def _privileges(grant: Grant) -> str:
    columns = f" ({', '.join(grant.columns)})" if grant.columns else ""
    return ", ".join(f"{each}{columns}" for each in grant.privileges)


def _statement(grant: Grant, db: str, account: str) -> str:
    user, _, host = account.rpartition("@")
    place = "*" if grant.table == EVERY_TABLE else grant.table_name
    to = f"'{user}'@'{host}'" if user else f"'{account}'"
    return f"GRANT {_privileges(grant)} ON {db}.{place} TO {to}"
