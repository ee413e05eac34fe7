"""What `check` and `init` report about the database."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Link:
    """How a connection to the database was made."""

    text: str
    is_exposed: bool = False
    """It leaves this machine, and the database has not proved who it is."""
    is_remembered: bool = False
    """The login is accepted only while the server remembers the password: it forgets it
    when it starts, and asks for what is then refused.
    """
    to_verify: str = ""
    """What to write into the ini file, so that the database must prove who it is."""
    to_log_in: str = ""
    """What to write into it, so that the login is always accepted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `check`."""

    ok: bool
    text: str
    advice: str = ""
    """What to do, when it is not ok."""


@dataclass(frozen=True, slots=True)
class SchemaReport:
    """What `init` did."""

    created: tuple[str, ...] = field(default=())
    """Tables that were made."""
    present: Sequence[str] = field(default=())
    """Tables that were there already."""
