"""Where passwords come from: the ini, a file, the environment, systemd's credentials.

What the deployment gives stands before what the ini says, so that one ini serves many
machines: `SQ_DB_PASSWD`, then `$CREDENTIALS_DIRECTORY/db_passwd`, then `[db] passwd` or
`[db] passwd_file`; for `[api]` alike. No error repeats a password, or a part of one.
"""

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sq_console.errors import SettingsError

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Set by systemd for a unit with LoadCredential."""
VARIABLES = {"db": "SQ_DB_PASSWD", "api": "SQ_API_PASSWD"}
_MOST_BYTES = 65_536


class GivenPassword(NamedTuple):
    """A password, and where one stands."""

    text: str
    file: Path | None = None
    """The file with the password that the ini gives, though another is used. Others
    cannot read systemd's credentials.
    """
    source: str = ""
    """For people: `SQ_DB_PASSWD`, a path; "" for the ini itself."""

    def __repr__(self) -> str:
        return f"GivenPassword(source={self.source!r})"


def find_passwords(
    ini: Path, read: Mapping[str, dict[str, Any]], environ: Mapping[str, str]
) -> dict[str, GivenPassword]:
    """Put the passwords into *read*, the keys of the ini by section; return them by
    section. Raises SettingsError.
    """
    passwords: dict[str, GivenPassword] = {}
    for name in VARIABLES:
        section = read.get(name, {})
        # An embedded database has no password: none is read for it.
        around = {} if section.get("engine") == "sqlite" else environ
        passwords[name] = find_password(ini, name, section, around)
        section.pop("passwd_file", None)
        if name in read:
            section["passwd"] = passwords[name].text
    return passwords


def find_password(
    ini: Path, section: str, given: Mapping[str, str], environ: Mapping[str, str]
) -> GivenPassword:
    """Return the password of *section*, for which the ini has the keys *given*. Raises
    SettingsError.
    """
    if "passwd" in given and "passwd_file" in given:
        raise SettingsError(
            f"{ini}: [{section}] passwd and passwd_file exclude each other;"
            " leave one of them out"
        )
    # Read first: a file that is named and missing is a mistake in any case.
    from_ini = _from_ini(ini, section, given)
    deployed = _from_deployment(section, environ)
    return deployed._replace(file=from_ini.file) if deployed else from_ini


def _from_deployment(section: str, environ: Mapping[str, str]) -> GivenPassword | None:
    if text := environ.get(VARIABLES[section]):
        return GivenPassword(text, source=VARIABLES[section])
    if folder := environ.get(CREDENTIALS):
        path = Path(folder) / f"{section}_passwd"
        if path.exists():
            what = f"the credential {section}_passwd"
            return GivenPassword(_first_line(path, what), source=what)
    return None


def _from_ini(ini: Path, section: str, given: Mapping[str, str]) -> GivenPassword:
    if "passwd_file" not in given:
        return GivenPassword(
            given.get("passwd", ""), ini if given.get("passwd") else None
        )
    key = f"{ini}: [{section}] passwd_file"
    if not given["passwd_file"]:
        raise SettingsError(f"{key}: names no file")
    path = ini.parent / given["passwd_file"]
    return GivenPassword(_first_line(path, f"{key}: {path}"), path, str(path))


def _first_line(path: Path, what: str) -> str:
    """Return the one line of *path* without its end. Raises SettingsError, which begins
    with *what*: an empty file, and one with more than a password in it, are mistakes.
    """
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            raise SettingsError(f"{what}: it is a directory")
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES)
        text = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except FileNotFoundError:
        raise SettingsError(f"{what}: no such file") from None
    except OSError as error:
        raise SettingsError(f"{what}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{what}: not UTF-8 text") from None
    if not text:
        raise SettingsError(f"{what}: it is empty; it must hold the password")
    if "\n" in text or "\0" in text:
        raise SettingsError(f"{what}: it must hold the password alone, on one line")
    return text


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return *environ* for a child process, which gets its settings otherwise."""
    secret = (CREDENTIALS, *VARIABLES.values())
    return {name: value for name, value in environ.items() if name not in secret}
