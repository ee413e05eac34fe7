"""What is found out about the database itself: by `check` and `init`, which schema it
has, and where a connection has led.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

SCHEMA_VERSION = 2
"""The version that this program makes, reads and writes: schema.sql's."""
UNDER_WAY = 0
"""The version while the ancestor's tables are brought up to date."""


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


class Role(StrEnum):
    """What a database user is for; one user may have several."""

    PRODUCER = "producer"
    """An application that inserts jobs."""
    PROCESSOR = "processor"
    OPERATOR = "operator"
    """Who uses the console and every verb."""
    READER = "reader"
    """Who only looks."""
    PRUNER = "pruner"
    """Who runs `prune`; a processor with `[retention]` too."""


@dataclass(frozen=True, slots=True)
class SchemaReport:
    """The result of `init`."""

    created: tuple[str, ...] = field(default=())
    """Tables that were created."""
    present: Sequence[str] = field(default=())
    """Tables that existed before."""


class SchemaKind(StrEnum):
    """What the tables of a database are."""

    NONE = "none"
    ANCESTOR = "ancestor"
    """The ancestor's, or on their way from those to ours."""
    OURS = "ours"
    FOREIGN = "foreign"
    """A `queued_job` that is no queue, or a version that is no number."""


@dataclass(frozen=True, slots=True)
class FoundSchema:
    """The schema of a database."""

    kind: SchemaKind
    version: int = UNDER_WAY
    """Of ours."""

    @property
    def is_current(self) -> bool:
        """Is it the one that this program works on?"""
        return self.kind is SchemaKind.OURS and self.version == SCHEMA_VERSION

    @property
    def is_newer(self) -> bool:
        """Was it made by a newer version of this program?"""
        return self.kind is SchemaKind.OURS and self.version > SCHEMA_VERSION

    @property
    def described(self) -> str:
        """It, for people."""
        match self.kind:
            case SchemaKind.NONE:
                return "no tables of the queue"
            case SchemaKind.ANCESTOR:
                return "tables of the strings-queue"
            case SchemaKind.FOREIGN:
                return "a table queued_job that is not the queue's"
            case SchemaKind.OURS:
                return f"schema version {self.version}"


@dataclass(frozen=True, slots=True)
class Location:
    """Where a connection has led."""

    database: str
    """The schema's name; "" for a file."""
    servers: tuple[str, ...]
    """What identifies the server, or the group of servers; for a file, the file."""
    address: str
    """As it was dialled: `db1.example.com:3306`, a socket's path, a file's."""
    client: str
    """The host name of this machine."""


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """What `queued_job_meta` says, and where the connection that was asked has led."""

    meta: Mapping[str, str]
    """Its rows, name and value."""
    location: Location

    @property
    def uuid(self) -> str:
        """Return which database this is, as idempotency keys have it."""
        return self.meta.get("database_uuid", "")


@dataclass(frozen=True, slots=True)
class Adoption:
    """The result of an `adopt`."""

    uuid: str
    """As idempotency keys have it from now on."""
    uuid_before: str


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of `migrate`."""

    title: str
    sql: str
    secs: float
    """About how long it takes."""
    blocks: str
    """Who waits for it."""


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """What `migrate` would do."""

    found: FoundSchema
    jobs: int = 0
    """About so many."""
    log_rows: int = 0
    steps: tuple[PlannedStep, ...] = ()


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """What `migrate` has done."""

    found: FoundSchema
    """The schema before."""
    steps: int = 0
    killed: int = 0
    """Jobs of the ancestor that it would never have called."""
    is_held: bool = False
    pending: int = 0
    hosts: int = 0
    """So many have pending jobs."""
    oldest_due: datetime | None = None
