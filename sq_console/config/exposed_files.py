"""Which files with secrets in them others may read or write."""

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sq_console.config.settings import Settings


class Exposed(NamedTuple):
    """A file, who has too much of it, and the command that ends that."""

    path: Path
    who: str
    command: str

    @property
    def clause(self) -> str:
        """Return what is wrong, for people."""
        return f"{self.path} holds a secret and {self.who}"


def exposed_files(settings: Settings) -> Iterator[Exposed]:
    """Yield those of the files that *settings* were read from that hold a secret and
    that others may read or write. A pipe, as a shell's `<(…)` makes, is no file.
    """
    for path in settings.secret_files:
        try:
            found = path.stat()
        except OSError:
            continue  # it was read a moment ago; nobody reads it now
        if stat.S_ISREG(found.st_mode):
            who, command = exposure(found, os.geteuid())
            if who:
                yield Exposed(path, who, f"{command} {path}")


def exposure(found: os.stat_result, user: int) -> tuple[str, str]:
    """Return who else may read or write a file, and the command against it; twice "" if
    nobody may. `root:queue 0640` is how a service gets to read what it may not change:
    a group is too many only where the owner could do without.
    """
    mode = found.st_mode
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        needless = user == found.st_uid != 0
        return "others may read it", "chmod go=" if needless else "chmod o="
    if mode & stat.S_IWGRP:
        return f"the group {_group(found.st_gid)} may change it", "chmod g="
    if mode & stat.S_IRGRP and user == found.st_uid != 0:
        return f"the group {_group(found.st_gid)} may read it", "chmod g="
    if user != 0 and found.st_uid not in (0, user):
        return f"it belongs to {_user(found.st_uid)}", f"chown {_user(user)}"
    return "", ""


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
