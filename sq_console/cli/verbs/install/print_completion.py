"""The verb `completion`, and the hidden one that its scripts run at each TAB."""

from importlib.resources import files
from typing import Any

import click

from sq_console.cli.completion.offered_words import (
    bash_lines,
    candidates,
    fish_lines,
    unquoted,
    zsh_lines,
)
from sq_console.cli.output import print_frame

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS), metavar="bash|zsh|fish")
def print_completion(shell: str) -> None:
    """Print the script that completes words at TAB.

    Its first lines say where it goes. What it offers it asks of the program, which
    opens no database for that.
    """
    script = files("sq_console.cli.completion") / f"sq-console.{shell}"
    print_frame(script.read_text(encoding="utf-8").rstrip("\n"))


@click.command("complete-words", hidden=True)
@click.argument("shell", type=click.Choice(SHELLS))
@click.option("--replaced", default="", help="Of bash: what the value replaces.")
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def complete_words(shell: str, words: tuple[str, ...], **more: Any) -> None:
    """Print what may stand in the place of the last word."""
    program = click.get_current_context().find_root().command
    *given, incomplete = words or ("",)
    if shell != "zsh":  # which removes the quotes itself
        incomplete = unquoted(incomplete)
    found = candidates(program, [*given, incomplete], lists_files=shell != "zsh")
    match shell:
        case "bash":
            lines = bash_lines(found, incomplete, more["replaced"])
        case "zsh":
            lines = zsh_lines(found)
        case _:
            lines = fish_lines(found)
    for line in lines:
        print_frame(line)
