"""The ini file and the environment, read into frozen settings.

Everything is checked here, once: unknown sections and keys, types, ranges and files. A
mistake is a `SettingsError` that names file, section, key and the correct form. Values
are taken as they stand: without interpolation and inline comments, so `%` and `#` are
plain characters in a password.
"""

import configparser
import difflib
import ipaddress
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from sq_console.config.listen_address import listen_address
from sq_console.config.passwords import GivenPassword, find_passwords
from sq_console.config.retention_keys import RETENTION_KEYS, retention_of
from sq_console.config.settings import (
    LOG_FORMATS,
    LOG_LEVELS,
    ApiSettings,
    DbSettings,
    LogSettings,
    MetricsSettings,
    Network,
    ProcessorSettings,
    Settings,
    SslMode,
)
from sq_console.config.tls_keys import unused_keys
from sq_console.errors import SettingsError
from sq_console.model import Retention

DEFAULT_CONFIG = "db.ini"
_TLS_FILES = ("ssl_ca", "ssl_cert", "ssl_key", "server_public_key")


def find_config(named: str | None, environ: Mapping[str, str] | None = None) -> Path:
    """Return the ini file to read: *named*, else `SQ_CONFIG`, else ./db.ini. Raises
    SettingsError when there is none.
    """
    environ = os.environ if environ is None else environ
    chosen = named or environ.get("SQ_CONFIG") or ""
    if chosen:
        return Path(chosen)
    if Path(DEFAULT_CONFIG).exists():
        return Path(DEFAULT_CONFIG)
    raise SettingsError(
        "no config file: name one with --config, set SQ_CONFIG, or put db.ini here"
        " (see db.example.ini)"
    )


def load_settings(path: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the ini file at *path* and the passwords of the environment
    (see `passwords`). Raises SettingsError.
    """
    environ = os.environ if environ is None else environ
    parser = _parse(path)
    known = {
        "db": DbSettings,
        "db-test": DbSettings,
        "api": ApiSettings,
        "processor": ProcessorSettings,
        "metrics": MetricsSettings,
        "log": LogSettings,
        "retention": Retention,
    }
    for section in parser.sections():
        if section not in known:
            raise SettingsError(
                f"{path}: unknown section [{section}]{_suggestion(section, known)}"
            )
    if not parser.has_section("db"):
        raise SettingsError(f"{path}: no section [db]; see db.example.ini")
    read = {name: _read_section(path, name, parser[name]) for name in parser.sections()}
    passwords = find_passwords(path, read, environ)
    log = read.get("log", {})
    of_rows = {key: log.pop(key) for key in ("mask_query",) if key in log}
    db = _check_db(path, replace(DbSettings(), **read["db"], **of_rows))
    files = [
        db.ssl_key or db.ssl_cert,
        *(password.file for password in passwords.values()),
    ]
    return Settings(
        db=db,
        api=_check_api(path, replace(ApiSettings(), **read.get("api", {})), passwords),
        processor=replace(ProcessorSettings(), **read.get("processor", {})),
        metrics=replace(MetricsSettings(), **read.get("metrics", {})),
        retention=retention_of(read.get("retention", {})),
        log=_check_log(path, replace(LogSettings(), **log)),
        source=path,
        secret_files=tuple(dict.fromkeys(Path(file) for file in files if file)),
        password_sources={
            name: password.source
            for name, password in passwords.items()
            if password.source
        },
    )


def _check_api(
    path: Path, api: ApiSettings, passwords: Mapping[str, GivenPassword]
) -> ApiSettings:
    """Refuse a password without its user: it would never be sent."""
    if passwords["api"].text and not api.user:
        source = passwords["api"].source
        given = f"{source} is given and needs it" if source else "passwd needs it"
        raise SettingsError(f"{path}: [api] user: missing; {given}")
    return api


def _parse(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(
        delimiters=("=", ":"), comment_prefixes=("#", ";"), default_section="\0"
    )
    try:
        # Some editors write a byte order mark first; -sig skips it.
        parser.read_string(path.read_text(encoding="utf-8-sig"), source=str(path))
    except FileNotFoundError:
        # Path drops one of the two slashes; the url may hold a password, so the
        # message does not repeat it.
        is_url = ":/" in str(path)
        what = "a url names no settings" if is_url else f"{path}: no such file"
        raise SettingsError(f"{what}; copy db.example.ini and fill it in") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: not UTF-8 text") from None
    except configparser.Error as error:
        raise SettingsError(_parse_error_text(path, error)) from None
    return parser


def _parse_error_text(path: Path, error: configparser.Error) -> str:
    """Return one line about *error*. It never repeats the file's line, which may hold a
    password.
    """
    match error:
        case configparser.MissingSectionHeaderError():
            return f"{path}: line {error.lineno}: outside any section; start with [db]"
        case configparser.DuplicateOptionError():
            key = f"[{error.section}] {error.option}"
            return f"{path}: line {error.lineno}: {key} is given twice"
        case configparser.DuplicateSectionError():
            section = f"section [{error.section}]"
            return f"{path}: line {error.lineno}: {section} is given twice"
        case configparser.ParsingError():
            lines = ", ".join(str(number) for number, _ in error.errors)
            return f"{path}: line {lines}: not `key = value`"
        case _:
            return f"{path}: not an ini file"


def _read_section(path: Path, name: str, section: Mapping[str, str]) -> dict[str, Any]:
    kinds = _KEYS[name]
    values: dict[str, Any] = {}
    for key, text in section.items():
        if key not in kinds:
            raise SettingsError(
                f"{path}: [{name}] {key}: unknown key{_suggestion(key, kinds)}"
            )
        try:
            if "\n" in text:
                raise ValueError("goes on in the next line; is that line indented?")
            values[key] = kinds[key](text)
        except ValueError as error:
            raise SettingsError(f"{path}: [{name}] {key}: {error}") from None
    return values


def _check_db(path: Path, db: DbSettings) -> DbSettings:
    needed = {"sqlite": "path", "mysql": "db"}[db.engine]
    if not getattr(db, needed):
        raise SettingsError(
            f"{path}: [db] {needed}: missing; engine = {db.engine} needs it"
        )
    if db.engine == "mysql" and not db.user:
        raise SettingsError(f"{path}: [db] user: missing")
    # Relative to the ini file: the current folder does not matter.
    named = {key: getattr(db, key) for key in ("path", *_TLS_FILES) if getattr(db, key)}
    found: dict[str, Any] = {key: str(path.parent / named[key]) for key in named}
    for key, why in unused_keys(db):
        raise SettingsError(f"{path}: [db] {key}: {why}")
    for key in filter(found.__contains__, _TLS_FILES):
        read_error = _read_error(found[key])
        if read_error:
            raise SettingsError(f"{path}: [db] {key}: {read_error}: {found[key]}")
    return replace(db, **found)


def _check_log(path: Path, log: LogSettings) -> LogSettings:
    return replace(log, file=str(path.parent / log.file)) if log.file else log


def _read_error(name: str) -> str:
    if not os.path.isfile(name):  # noqa: PTH113 Path's raises
        return "no such file"
    try:
        Path(name).open("rb").close()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return ""


def _suggestion(word: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else f"; known are {', '.join(known)}"


def _integer(least: int, most: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not re.fullmatch("[+-]?[0-9]{1,9}", text):
            raise ValueError(f"must be a whole number from {least} to {most}")
        if not least <= int(text) <= most:
            raise ValueError(f"{text} is not from {least} to {most}")
        return int(text)

    return convert


def _engine(text: str) -> str:
    if text not in ("mysql", "mariadb", "sqlite"):
        raise ValueError(f"{text!r} is not mysql, mariadb or sqlite")
    return "sqlite" if text == "sqlite" else "mysql"


def _ssl_mode(text: str) -> SslMode:
    try:
        return SslMode(text.lower().replace("_", "-"))  # as MySQL's clients spell it
    except ValueError:
        raise ValueError(f"{text!r} is not one of {', '.join(SslMode)}") from None


def _one_of(words: Sequence[str]) -> Callable[[str], str]:
    def convert(text: str) -> str:
        if text not in words:
            raise ValueError(f"{text!r} is not {', '.join(words[:-1])} or {words[-1]}")
        return text

    return convert


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.lower().replace(",", " ").split())


def _parameter_names(text: str) -> tuple[str, ...]:
    for name in _words(text):
        if not re.fullmatch(r"[\w.*%$+\-\[\]]+", name):
            raise ValueError(f"{name!r} is no name of a parameter; * stands for any")
    return _words(text)


def _hosts(text: str) -> tuple[str, ...]:
    for host in _words(text):
        if "/" in host or "@" in host:
            raise ValueError(f"{host!r} is not a host; leave out http:// and the path")
    return _words(text)


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(word, strict=False) for word in _words(text))
    except ValueError as error:
        raise ValueError(f"not a list of networks: {error}") from None


_DB_KEYS: dict[str, Callable[[str], object]] = {
    **{entry.name: str for entry in fields(DbSettings) if entry.name != "mask_query"},
    "passwd_file": str,
    "engine": _engine,
    "port": _integer(1, 65_535),
    "ssl_mode": _ssl_mode,
}
_KEYS: dict[str, dict[str, Callable[[str], object]]] = {
    "db": _DB_KEYS,
    "db-test": _DB_KEYS,
    "api": {"user": str, "passwd": str, "passwd_file": str, "hosts": _hosts},
    "log": {
        "mask_query": _parameter_names,
        "level": _one_of(LOG_LEVELS),
        "format": _one_of(LOG_FORMATS),
        "file": str,
    },
    "processor": {
        "concurrency": _integer(1, 10_000),
        "poll_ms": _integer(10, 60_000),
        "drain_secs": _integer(0, 3_600),
        "max_timeout_secs": _integer(1, 86_400),
        "per_host": _integer(1, 10_000),
        "allow_hosts": _hosts,
        "allow_cidrs": _networks,
        "deny_cidrs": _networks,
        "retarget": _one_of(("any", "same-host", "off")),
    },
    "metrics": {"listen": listen_address},
    "retention": RETENTION_KEYS,
}
