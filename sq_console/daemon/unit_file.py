"""The systemd unit of a daemon, made from its settings.

The service may write only where its database file and its log are, see no other
process, and gain no privilege. What systemd cannot know is computed here: how long a
drain takes, how many files calls need, and where the settings name paths that the usual
protections would hide.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sq_console.config import Settings
from sq_console.errors import SettingsError
from sq_console.processor.file_limit import files_wanted
from sq_console.text.sanitize import clean

STOP_MARGIN_SECS = 30
"""After the drain: outcomes are written, claims released, the log closed."""
WATCHDOG_SECS = 60
RESTART_SECS = 5
_HOMES = ("/home", "/root", "/run/user")
_TEMPORARY = ("/tmp", "/var/tmp")
_SYSTEM_FOLDERS = {"/var/log": "LogsDirectory", "/var/lib": "StateDirectory"}

_ELSEWHERE = ("SQ_DB_PASSWD", "the credential")

_HARDENING = """\
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
PrivateDevices=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectControlGroups=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
RemoveIPC=yes
UMask=0077
LimitCORE=0"""


@dataclass(frozen=True, slots=True)
class UnitOptions:
    """What the unit has besides the settings."""

    command: Sequence[str]
    """The program, with absolute paths."""
    ini: Path
    user: str
    procs: int | None = None


def unit_of(settings: Settings, options: UnitOptions) -> str:
    """Return the text of the unit. Raises SettingsError for a path that no unit can
    name.
    """
    return "".join(f"{line}\n" for line in _lines(settings, options))


def _lines(settings: Settings, options: UnitOptions) -> Iterator[str]:
    yield "# Made by `sq-console unit`: /etc/systemd/system/sq-console.service, then"
    yield "# systemctl daemon-reload && systemctl enable --now sq-console"
    yield "[Unit]"
    yield f"Description=sq-console on {_escaped(clean(settings.db.label))}"
    yield "Wants=network-online.target"
    yield "After=network-online.target mysql.service mariadb.service"
    yield "# A database that is late is waited for; nothing is given up."
    yield "StartLimitIntervalSec=0"
    yield ""
    yield "[Service]"
    yield from _service(settings, options)
    yield ""
    yield _HARDENING
    yield from _places(settings, options)
    yield ""
    yield "[Install]"
    yield "WantedBy=multi-user.target"


def _service(settings: Settings, options: UnitOptions) -> Iterator[str]:
    procs = () if options.procs is None else ("--procs", str(options.procs))
    command = (*options.command, str(options.ini), "--no-ui", *procs)
    yield "Type=notify"
    yield f"User={options.user}"
    words = " ".join(_quoted(word).replace("$", "$$") for word in command)
    yield f"ExecStart={words}"
    if settings.log.file:
        yield "# logrotate's postrotate: systemctl reload sq-console"
        yield "ExecReload=/bin/kill -HUP $MAINPID"
    yield "Restart=on-failure"
    yield f"RestartSec={RESTART_SECS}"
    yield "# 2: settings or a login are wrong, which no restart mends."
    yield "RestartPreventExitStatus=2"
    yield f"WatchdogSec={WATCHDOG_SECS}"
    yield f"TimeoutStopSec={settings.processor.drain_secs + STOP_MARGIN_SECS}"
    yield "# The supervisor passes a stop on to its processes."
    yield "KillMode=mixed"
    yield f"LimitNOFILE={files_wanted(settings.processor.concurrency)}"
    yield from _credentials(settings, options)


def _credentials(settings: Settings, options: UnitOptions) -> Iterator[str]:
    if settings.db.engine == "sqlite":
        return
    file = _escaped(str(options.ini.with_name("db_passwd")))
    needs_none = _is_in_ini(settings) or settings.db.unix_socket
    yield "# The password of the database, on one line; only root need read the file."
    yield f"{'# ' if needs_none else ''}LoadCredential=db_passwd:{file}"


def _is_in_ini(settings: Settings) -> bool:
    """Return whether the ini gives the password, or names its file: what the
    environment of this moment gives is not there when the service starts.
    """
    source = settings.password_sources.get("db", "")
    return bool(settings.db.passwd) and not source.startswith(_ELSEWHERE)


def _places(settings: Settings, options: UnitOptions) -> Iterator[str]:
    """Yield what the service may see and write, by the paths that it needs."""
    db = settings.db
    written = [Path(file).parent for file in (db.path, settings.log.file) if file]
    read = [options.ini, Path(sys.prefix), *(Path(word) for word in options.command)]
    files = (db.ssl_ca, db.ssl_cert, db.ssl_key, db.server_public_key, db.unix_socket)
    read += [Path(file) for file in files if file]
    every = [path.absolute() for path in (*written, *read)]
    yield f"ProtectHome={'read-only' if _any_in(every, _HOMES) else 'yes'}"
    yield f"PrivateTmp={'no' if _any_in(every, _TEMPORARY) else 'yes'}"
    for folder in dict.fromkeys(path.absolute() for path in written):
        yield _writable(folder)


def _writable(folder: Path) -> str:
    """Return the line that lets the service write to *folder*; systemd makes it where
    such folders belong.
    """
    for parent, key in _SYSTEM_FOLDERS.items():
        if folder.is_relative_to(parent) and folder != Path(parent):
            return f"{key}={_quoted(str(folder.relative_to(parent)))}"
    return f"ReadWritePaths={_quoted(str(folder))}"


def _any_in(paths: Sequence[Path], folders: Sequence[str]) -> bool:
    return any(path.is_relative_to(folder) for path in paths for folder in folders)


def _quoted(word: str) -> str:
    """Return *word* as one word of a unit, none of whose characters is special."""
    escaped = _escaped(word)
    if any(character in " \t\"\\;'" for character in word):
        inner = escaped.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{inner}"'
    return escaped


def _escaped(text: str) -> str:
    if not text.isprintable():
        raise SettingsError(f"{clean(text)}: a unit cannot name this path")
    return text.replace("%", "%%")
