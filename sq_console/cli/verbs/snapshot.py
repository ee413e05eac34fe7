"""The verb `snapshot`: one frame of the console, for a ticket or a mail."""

import os
import shutil
import sys

import click

from sq_console.cli.common_options import common_flags, read_settings
from sq_console.cli.output import print_frame
from sq_console.cli.param_types import WholeNumber
from sq_console.store import open_store

SCREENS = (
    *("main", "pending", "running", "failed", "log", "done"),
    *("causes", "hosts", "processors", "activity", "bulk"),
)
_USUAL_SIZE = (120, 40)


@click.command("snapshot")
@click.option("--svg", "as_svg", is_flag=True, help="A picture, as SVG.")
@click.option(
    "--screen",
    type=click.Choice(SCREENS),
    default="main",
    show_default=True,
    help="Which one.",
)
@click.option("--width", type=WholeNumber(40, 500), metavar="CELLS")
@click.option("--height", type=WholeNumber(12, 200), metavar="LINES")
@common_flags
def print_snapshot(
    as_svg: bool,
    screen: str,
    width: int | None,
    height: int | None,
    config: str | None,
) -> None:
    """Print one frame of the console; nothing is changed."""
    settings = read_settings(config)
    open_store(settings.db, read_only=True).close()  # an outage is one line
    usual = shutil.get_terminal_size(_USUAL_SIZE)
    size = (width or usual.columns, height or usual.lines)
    # The one verb that loads Textual.
    from rich.console import Console

    from sq_console.ui import prepare_environment

    prepare_environment(os.environ)
    from sq_console.ui.frames import take_snapshot

    has_colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    named = Console().color_system if has_colours else None
    colours = "standard" if named == "windows" else named
    frame = take_snapshot(settings, screen=screen, size=size, colours=colours)  # type: ignore[arg-type]
    if as_svg:
        print_frame(frame.svg)
    else:
        print_frame(frame.coloured if has_colours else frame.text)
