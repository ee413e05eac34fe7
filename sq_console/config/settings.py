"""The settings, frozen; flags replace single fields afterwards. Secrets are left out of
each `repr`.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from sq_console.config.listen_address import ListenAddress, listen_address
from sq_console.errors import SettingsError
from sq_console.model import Retention

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SslMode(StrEnum):
    """How the connection to MySQL is secured, in the words of its own clients."""

    VERIFY_IDENTITY = "verify-identity"
    """TLS; the certificate is from a known CA and issued for [db] host."""
    VERIFY_CA = "verify-ca"
    """TLS; the certificate is from a known CA, whatever its name."""
    REQUIRED = "required"
    """TLS; the certificate is not checked."""
    PREFERRED = "preferred"
    """TLS when the server offers it, without checking the certificate; else none."""
    DISABLED = "disabled"

    @property
    def verifies(self) -> bool:
        """Return whether the server must prove its identity."""
        return self in (SslMode.VERIFY_IDENTITY, SslMode.VERIFY_CA)

    @property
    def needs_tls(self) -> bool:
        """Return whether a server without TLS is refused."""
        return self.verifies or self is SslMode.REQUIRED


@dataclass(frozen=True, slots=True)
class DbSettings:
    """`[db]`: where the jobs are kept."""

    engine: str = "mysql"
    """`mysql` (MariaDB too) or `sqlite`."""
    host: str = "127.0.0.1"
    port: int = 3306
    unix_socket: str = ""
    user: str = ""
    passwd: str = field(default="", repr=False)
    db: str = ""
    path: str = ""
    """The file, for sqlite."""
    ssl_mode: SslMode | None = None
    """None: not set; see `tls`."""
    ssl_ca: str = ""
    """CAs to trust instead of this machine's."""
    ssl_cert: str = ""
    ssl_key: str = ""
    server_public_key: str = ""
    """The server's RSA key, for a login without TLS that sends the password itself."""
    mask_query: tuple[str, ...] = ()
    """`[log] mask_query`: parameters of urls that are masked in rows of the log."""

    @property
    def tls(self) -> SslMode:
        """Return the effective mode: a CA that is named is used."""
        named = SslMode.VERIFY_IDENTITY if self.ssl_ca else SslMode.PREFERRED
        return named if self.ssl_mode is None else SslMode(self.ssl_mode)

    @property
    def label(self) -> str:
        """Return the database's name for people: `user@host:3306/db` or the file."""
        if self.engine == "sqlite":
            return self.path
        return f"{self.user}@{self.unix_socket or f'{self.host}:{self.port}'}/{self.db}"


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """`[api]`: Basic auth sent to handlers."""

    user: str = ""
    passwd: str = field(default="", repr=False)
    hosts: tuple[str, ...] = ()
    """host or host:port in lower case; when given, credentials go to these only."""


@dataclass(frozen=True, slots=True)
class ProcessorSettings:
    """`[processor]`: how jobs are called."""

    concurrency: int = 50
    """Calls in flight at most."""
    poll_ms: int = 100
    """How often an idle processor polls."""
    drain_secs: int = 25
    """How long a stop waits for calls in flight."""
    max_timeout_secs: int = 3600
    """The upper limit of every job's timeout."""
    per_host: int = 0
    """Calls in flight per host at most; 0 means nine tenths of the concurrency."""
    allow_hosts: tuple[str, ...] = ()
    """When given, only these hosts (`api.example.com`, `*.example.com`) are called."""
    allow_cidrs: tuple[Network, ...] = ()
    """When given, only addresses in these networks are dialled."""
    deny_cidrs: tuple[Network, ...] = ()
    """Addresses in these networks are never dialled."""
    retarget: str = "any"
    """Which urls a handler may name for its job: `any`, `same-host` or `off`."""
    beside_ancestor: bool = False
    """Work beside the strings-queue, by a flag only."""

    @property
    def host_cap(self) -> int:
        """Return the effective limit of calls in flight per host."""
        return min(
            self.per_host or max(1, self.concurrency * 9 // 10), self.concurrency
        )


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """`[metrics]`: how a daemon is watched."""

    listen: ListenAddress | None = None
    """Where it serves metrics, health and readiness; None: nowhere."""


LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("auto", "human", "logfmt", "json")


@dataclass(frozen=True, slots=True)
class LogSettings:
    """`[log]`: the lines that a processor writes about its work."""

    level: str = "info"
    """One of `LOG_LEVELS`: what is less is not written."""
    format: str = "auto"
    """One of `LOG_FORMATS`."""
    file: str = ""
    """The daemon's file; "" is standard error. The console has one of its own."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of the ini file."""

    db: DbSettings
    api: ApiSettings = ApiSettings()
    processor: ProcessorSettings = ProcessorSettings()
    metrics: MetricsSettings = MetricsSettings()
    retention: Retention = field(default_factory=Retention)
    """`[retention]`: how long rows are kept."""
    log: LogSettings = LogSettings()
    source: Path | None = None
    """The file it was read from."""
    secret_files: tuple[Path, ...] = ()
    """Files that hold a password or a key: the ini itself, where it does."""
    password_sources: Mapping[str, str] = field(default_factory=dict)
    """By section: what gave its password in the place of the ini, for people."""

    def with_concurrency(self, concurrency: int | None) -> "Settings":
        """Return these settings with another number of slots, when one is given."""
        if concurrency is None:
            return self
        if not 1 <= concurrency <= 10_000:
            raise SettingsError("--concurrency must be from 1 to 10000")
        return replace(self, processor=replace(self.processor, concurrency=concurrency))

    def with_metrics_listen(self, text: str | None) -> "Settings":
        """Return these settings with another address for the metrics, when one is
        given.
        """
        if text is None:
            return self
        try:
            return replace(self, metrics=MetricsSettings(listen_address(text)))
        except ValueError as error:
            raise SettingsError(f"--metrics-listen: {error}") from None

    def beside_ancestor(self) -> "Settings":
        """Return these settings for a processor beside the strings-queue. Raises
        SettingsError.
        """
        if self.db.engine == "sqlite":
            raise SettingsError("--beside-ancestor: the strings-queue needs MySQL")
        return replace(self, processor=replace(self.processor, beside_ancestor=True))
