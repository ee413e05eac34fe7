"""Whether a MySQL or MariaDB server may be written to.

A replica, and a primary that was demoted, say so in variables. They bind most users but
not those with SUPER or READ ONLY ADMIN, whose writes would make the replica differ from
its primary. So the variables are read, and the server's refusals are not relied on. The
session on such a server is made read-only: then the server refuses what we forget to.
"""

from collections.abc import Iterable, Mapping

OWN = ("transaction_read_only", "tx_read_only")
"""The session's, by an init_connect say, or the default of all sessions."""
OF_SERVER = ("super_read_only", "read_only", "innodb_read_only")
NAMES = (*OF_SERVER, *OWN)
SET_READ_ONLY = "SET SESSION TRANSACTION READ ONLY"
SET_WRITABLE = "SET SESSION TRANSACTION READ WRITE"


def query_for(names: Iterable[str]) -> str:
    """Return the query for the present values of those of *names* that are the
    server's; "" when there is none.
    """
    asked = [f"@@GLOBAL.{name} AS {name}" for name in names if name in OF_SERVER]
    return f"SELECT {', '.join(asked)}" if asked else ""


def why_read_only(values: Mapping[str, object]) -> str:
    """Return `read_only = ON`, or "" for a server that may be written to."""
    return ", ".join(
        f"{name} = {_shown(values[name])}"
        for name in NAMES
        if name in values and is_on(values[name])
    )


def is_on(value: object) -> bool:
    """Is the variable on? Newer MariaDB has more values than ON and OFF."""
    return _shown(value) not in ("0", "OFF", "")


def _shown(value: object) -> str:
    word = value.decode() if isinstance(value, bytes) else str(value)
    return "ON" if word == "1" else word
