"""The verb `man`."""

from typing import cast

import click

from sq_console.cli.group import ConsoleGroup
from sq_console.cli.man_page import man_page
from sq_console.cli.output import print_frame


@click.command("man")
def print_man_page() -> None:
    """Print the man page: `sq-console man | man -l -`.

    Or into a folder of the manual: `sq-console man >
    /usr/local/share/man/man1/sq-console.1`.
    """
    program = click.get_current_context().find_root().command
    print_frame(man_page(cast(ConsoleGroup, program)))
