"""Which database servers this machine has for the tests.

`SQ_TEST_SERVERS` names binaries to be used before those found on the machine. One that
stands beside a folder `root` is a wrapper which runs its server chrooted into that
folder. `SQ_REQUIRE_SERVERS` says which products must be there: for those, a missing
server is a failure where it would be a skip.
"""

import contextlib
import itertools
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_NAMES = ("mariadbd", "mysqld")
_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec")
_OLDEST = {"mariadb": (10, 6, 0), "mysql": (8, 0, 13)}


class NoServer(Exception):
    """There is no such server on this machine; the text says why."""


class ServerFailed(Exception):
    """A server did not do what it was started for; the text ends with its log."""


@dataclass(frozen=True, slots=True)
class Binary:
    """A database server that can be started."""

    path: Path
    product: str
    """`mariadb` or `mysql`."""
    version: tuple[int, ...]
    root: Path | None
    """The folder it is chrooted into, for a wrapper."""


def find_binary(product: str, environ: Mapping[str, str]) -> Binary:
    """The first *product* among those named by `SQ_TEST_SERVERS` and those on the
    machine. Raises NoServer; ServerFailed when a named one is unusable.
    """
    named = [Path(word) for word in _words(environ, "SQ_TEST_SERVERS", os.pathsep)]
    for binary in itertools.chain(map(_identify, named), _on_the_machine(environ)):
        if binary.product == product and binary.version >= _OLDEST[product]:
            return binary
    oldest = ".".join(map(str, _OLDEST[product]))
    raise NoServer(
        f"no {product} {oldest} or later: install its server, or name one in"
        " SQ_TEST_SERVERS"
    )


def is_required(product: str, environ: Mapping[str, str]) -> bool:
    """Does `SQ_REQUIRE_SERVERS` say that *product* must be there?"""
    return product in _words(environ, "SQ_REQUIRE_SERVERS", ",")


def client_program() -> str | None:
    """The command line client, if there is one."""
    return shutil.which("mysql") or shutil.which("mariadb")


def _words(environ: Mapping[str, str], name: str, separator: str) -> list[str]:
    return [word.strip() for word in environ.get(name, "").split(separator) if word]


def _on_the_machine(environ: Mapping[str, str]) -> Iterable[Binary]:
    folders = os.pathsep.join((environ.get("PATH", ""), *_FOLDERS))
    for name in _NAMES:
        found = shutil.which(name, path=folders)
        if found:
            with contextlib.suppress(ServerFailed):
                yield _identify(Path(found))


def _identify(path: Path) -> Binary:
    try:
        answer = subprocess.run(
            [path, "--no-defaults", "--version"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerFailed(f"{path} does not name its version: {error}") from None
    version = re.search(r"Ver (\d+)\.(\d+)\.(\d+)", answer)
    if version is None:
        raise ServerFailed(f"{path} names no version: {answer!r}")
    root = path.parent / "root"
    return Binary(
        path=path,
        product="mariadb" if "MariaDB" in answer else "mysql",
        version=tuple(map(int, version.groups())),
        root=root if root.is_dir() else None,
    )
