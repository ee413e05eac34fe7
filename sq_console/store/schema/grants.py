"""The least privileges of each role: README's block of GRANTs, as data.

`check --as ROLE` asks for exactly these, and a test compares them with the README.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sq_console.model import Role

EVERY_TABLE = "*"


class Grant(NamedTuple):
    """Privileges on one table."""

    table: str
    """Without `queued_job_`; `EVERY_TABLE`."""
    privileges: tuple[str, ...]
    columns: tuple[str, ...] = ()
    """The columns they are for; none: the whole table."""

    @property
    def table_name(self) -> str:
        """Return the table as the database has it."""
        if self.table == EVERY_TABLE:
            return "all tables"
        return f"queued_job_{self.table}" if self.table else "queued_job"


_INSERT, _WRITE = ("INSERT",), ("INSERT", "UPDATE", "DELETE")
_DELETE = ("DELETE",)
_READ = Grant(EVERY_TABLE, ("SELECT",))
GRANTS: Mapping[Role, tuple[Grant, ...]] = {
    Role.PRODUCER: (
        Grant(
            "",
            _INSERT,
            (
                *("http_method", "url", "body", "timeout_secs", "run_at", "priority"),
                *("remaining_retries", "retry_delay_secs", "headers"),
                "organization_id",
            ),
        ),
    ),
    Role.READER: (_READ,),
    Role.OPERATOR: (
        _READ,
        Grant("", ("INSERT", "UPDATE")),
        Grant("log", _INSERT),
        Grant("activity", _INSERT),
        Grant("bulk", ("INSERT", "UPDATE")),
        Grant("hold", _WRITE),
        Grant("try", _WRITE),
        Grant("meta", _WRITE),
        Grant("processor", ("UPDATE",), ("wanted", "started_at", "heartbeat_at")),
    ),
    Role.PROCESSOR: (
        _READ,
        Grant("", ("INSERT", "UPDATE")),
        Grant("log", _INSERT),
        Grant("bulk", ("UPDATE",)),
        Grant("try", _DELETE),
        Grant("hold", _WRITE),
        Grant("meta", _WRITE),
        Grant("processor", _WRITE),
        Grant("lost_processor", _WRITE),
        Grant("stats", _WRITE),
        Grant("host_stats", _WRITE),
    ),
    Role.PRUNER: (
        _READ,
        Grant("", ("UPDATE", "DELETE")),
        Grant("log", ("INSERT", "DELETE")),
        Grant("activity", _WRITE),
        Grant("bulk", ("UPDATE", "DELETE")),
        Grant("stats", ("UPDATE", "DELETE")),
        Grant("host_stats", ("UPDATE", "DELETE")),
        Grant("meta", _WRITE),
    ),
}
ESSENTIAL: Mapping[Role, tuple[Grant, ...]] = {
    Role.OPERATOR: (Grant("", ("UPDATE",)), Grant("log", _INSERT)),
    Role.PROCESSOR: (
        Grant("", ("UPDATE",)),
        Grant("log", _INSERT),
        Grant("processor", _WRITE),
    ),
}
"""Without these somebody is no operator, or no processor, at all."""
