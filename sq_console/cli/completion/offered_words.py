"""What may stand where the cursor is, as lines for the script of a shell.

Bash and fish are given files by name; zsh lists files itself, and so knows `~` and
variables. A value that is to be typed on (`state:`, a folder) is followed by no blank.
"""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from click.shell_completion import CompletionItem, ShellComplete

from sq_console.cli.completion.values import INI, INI_HERE

GOES_ON = (":", "=", "/")
"""Ends of values that are to be typed on."""
MOST_FILES = 500
_SUFFIX = {INI: ".ini", INI_HERE: ".ini", "file": ""}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One word that may stand there, whole."""

    value: str
    meaning: str = ""
    is_path: bool = False


def candidates(
    program: click.Command, words: Sequence[str], *, lists_files: bool = True
) -> list[Candidate]:
    """Return what may stand in the place of the last of *words*, which follow the
    program's name. Without *lists_files* a kind of files is a candidate whose value is
    `ini`, `ini-here`, `file` or `dir`.
    """
    *given, incomplete = words
    lead = ""
    option, equals, value = incomplete.partition("=")
    if equals and option.startswith("--"):
        given, incomplete, lead = [*given, option], value, f"{option}="
    asked = ShellComplete(program, {}, "sq-console", "")
    found: list[Candidate] = []
    for item in asked.get_completions(given, incomplete):
        found += _of_item(item, lead, incomplete, lists_files)
    return found


def _of_item(
    item: CompletionItem, lead: str, typed: str, lists_files: bool
) -> Iterator[Candidate]:
    if item.type == "plain":
        meaning = " ".join((item.help or "").split())
        yield Candidate(f"{lead}{item.value}", meaning)
    elif lists_files:
        for name in _files(item.type, typed):
            yield Candidate(f"{lead}{name}", is_path=True)
    else:
        yield Candidate(item.type, is_path=True)


def _files(kind: str, typed: str) -> list[str]:
    """Return folders, and files of *kind*, whose names begin as *typed* ends."""
    folder, slash, begun = typed.rpartition("/")
    listed = Path(folder + slash or ".").expanduser()
    try:
        names = sorted(_entries(listed, kind, begun))
    except (OSError, RuntimeError):  # no such folder, or ~ of nobody
        return []
    return [f"{folder}{slash}{name}" for name in names[:MOST_FILES]]


def _entries(folder: Path, kind: str, begun: str) -> Iterator[str]:
    for entry in folder.iterdir():
        name = entry.name
        if not name.startswith(begun) or (name.startswith(".") and not begun):
            continue
        if not name.isprintable():  # a line end would make two of it
            continue
        if entry.is_dir():
            if kind != INI_HERE:
                yield f"{name}/"
        elif kind in _SUFFIX and name.endswith(_SUFFIX[kind]):
            yield name


def unquoted(word: str) -> str:
    """Return *word* as the shell would read it, though its quote may be open yet."""
    for closing in ("", "'", '"'):
        try:
            parts = shlex.split(word + closing)
        except ValueError:
            continue
        return parts[0] if len(parts) == 1 else word
    return word


def bash_lines(found: Sequence[Candidate], word: str, replaced: str) -> list[str]:
    """Return lines for bash: `files` or `words`, then the values, each without what of
    *word* stands before *replaced*, the end of it that bash puts the value in place of.
    """
    before = word.removesuffix(replaced) if word.endswith(replaced) else ""
    kind = "files" if all(each.is_path for each in found) else "words"
    return [kind, *(each.value.removeprefix(before) for each in found)]


def zsh_lines(found: Sequence[Candidate]) -> list[str]:
    """Return lines for zsh: `/ini` for a kind of files, else `value:meaning`."""
    return [
        f"/{each.value}"
        if each.is_path
        else f"{each.value.replace(':', chr(92) + ':')}:{each.meaning}"
        for each in found
    ]


def fish_lines(found: Sequence[Candidate]) -> list[str]:
    """Return lines for fish: the value, a tab and its meaning."""
    return [f"{each.value}\t{each.meaning}".rstrip("\t") for each in found]
