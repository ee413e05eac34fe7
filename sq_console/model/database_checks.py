"""What `check` and `init` report about the database."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Link:
    """How a connection to the database is secured."""

    text: str
    is_exposed: bool = False
    """It leaves this machine, and the server has not proved its identity."""
    is_remembered: bool = False
    """The login is accepted only while the server caches the password. A restarted
    server has an empty cache and asks for a login that is then refused.
    """
    to_verify: str = ""
    """What to add to the ini file, so that the server must prove its identity."""
    to_log_in: str = ""
    """What to add to the ini file, so that the login is always accepted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `check`."""

    ok: bool
    text: str
    advice: str = ""
    """The remedy, when it is not ok."""


@dataclass(frozen=True, slots=True)
class SchemaReport:
    """The result of `init`."""

    created: tuple[str, ...] = field(default=())
    """Tables that were created."""
    present: Sequence[str] = field(default=())
    """Tables that existed before."""
