"""What identifies a MySQL or MariaDB server, or the group or cluster it belongs to.

Why these, and how they are judged, is in `rules.admission.copies`.
"""

import socket
from collections.abc import Callable

from sq_console.config import DbSettings
from sq_console.model import Location
from sq_console.store.protocols import Row
from sq_console.store.rows import as_text

_SERVER = """
SHOW GLOBAL VARIABLES
 WHERE Variable_name IN ('server_uuid', 'group_replication_group_name')"""
_CLUSTER = "SHOW GLOBAL STATUS WHERE Variable_name = 'wsrep_cluster_state_uuid'"
_SCHEMA = """
SELECT DATABASE() AS name,
       (SELECT CAST(UNIX_TIMESTAMP(CREATE_TIME) AS CHAR) FROM information_schema.TABLES
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'queued_job_meta') AS made"""
_WORDS = {
    "server_uuid": "server",
    "group_replication_group_name": "replication group",
    "wsrep_cluster_state_uuid": "Galera cluster",
}


def read_location(rows: Callable[[str], list[Row]], db: DbSettings) -> Location:
    """Return where a connection made with *db* has led, as *rows* tell it."""
    variables = [*rows(_SERVER), *rows(_CLUSTER)]
    (schema,) = rows(_SCHEMA)
    made = as_text(schema["made"])
    return Location(
        database=as_text(schema["name"]),
        servers=(
            *(_identity(row) for row in variables if _is_set(row)),
            *([f"table made at {made}"] if made else ()),
        ),
        address=db.unix_socket or f"{db.host.lower()}:{db.port}",
        client=socket.gethostname(),
    )


def _identity(row: Row) -> str:
    return f"{_WORDS[as_text(row['Variable_name'])]} {as_text(row['Value'])}"


def _is_set(row: Row) -> bool:
    """A cluster that has lost its quorum has a uuid of zeros."""
    return bool(as_text(row["Value"]).strip("0-"))
