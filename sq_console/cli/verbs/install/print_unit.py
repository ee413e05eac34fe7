"""The verb `unit`."""

import os
import pwd
import shutil
import sys
from pathlib import Path

import click

from sq_console.cli.common_options import common_flags, read_settings
from sq_console.cli.output import print_error, print_frame
from sq_console.cli.param_types import WholeNumber


@click.command("unit")
@click.option(
    "--user",
    default="sq-console",
    show_default=True,
    metavar="NAME",
    help="Whom it runs as.",
)
@click.option(
    "-p",
    "--procs",
    type=WholeNumber(1, 64),
    metavar="N",
    help="This many processes under a supervisor.",
)
@common_flags
def print_unit(user: str, procs: int | None, config: str | None) -> int:
    """Print a systemd unit for the daemon, made from the settings.

    It asks no database. `sq-console unit -c /etc/sq-console/db.ini >
    /etc/systemd/system/sq-console.service`, then `systemctl daemon-reload`.
    """
    settings = read_settings(config)
    assert settings.source is not None
    # It imports httpx; verbs start without it.
    from sq_console.daemon.unit_file import UnitOptions, unit_of

    ini = settings.source.absolute()
    options = UnitOptions(_program(), ini, user, procs)
    print_frame(unit_of(settings, options))
    if not _exists(user):
        print_error(f"there is no user {user} here: useradd --system {user}")
    return 0


def _program() -> tuple[str, ...]:
    """Return how this program was started, with absolute paths."""
    started = shutil.which(sys.argv[0])
    if started and Path(started).name == "sq-console":
        return (os.path.abspath(started),)  # noqa: PTH100 - keeps a link
    return (sys.executable, "-m", "sq_console")


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
