"""The man page, in roff's man macros, made of what `--help` prints.

It has nothing of its own: verbs, options and texts are click's, the rest stands in
`run_notes`. Characters beyond ASCII are escapes, which groff and mandoc both read.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

import click

from sq_console import RELEASED, __version__
from sq_console.cli.group import ConsoleGroup
from sq_console.cli.run_notes import ENVIRONMENT, EXIT_CODES, FILES

Records = Sequence[tuple[str, str]]
_OPTION = re.compile(r"(?<![\w-])(--?[a-zA-Z][\w-]*)")


def man_page(program: ConsoleGroup) -> str:
    """Return the page of *program* and its verbs, section 1."""
    context = _context(program, "sq-console")
    summary, *description = _paragraphs(program.help or "")
    lines = [
        f'.TH SQ\\-CONSOLE 1 "{RELEASED}" "sq\\-console {__version__}" "User Commands"',
        ".SH NAME",
        f"sq\\-console \\- {_text(summary.rstrip('.').removeprefix('A '))}",
        ".SH SYNOPSIS",
        *_synopsis(program.forms),
        ".SH DESCRIPTION",
        *_body([summary, *description]),
        ".SH OPTIONS",
        *_list(_records(program.form_options(context), context)),
        ".SH VERBS",
        "Each has",
        ".BR \\-h .",
    ]
    for name in program.list_commands(context):
        lines += _verb(program.commands[name], context)
    lines += [".SH EXIT STATUS", *_list(EXIT_CODES)]
    lines += [".SH ENVIRONMENT", *_list(ENVIRONMENT)]
    lines += [".SH FILES", *_list(FILES)]
    return "\n".join(lines)


def _verb(verb: click.Command, parent: click.Context) -> Iterator[str]:
    context = _context(verb, verb.name, parent)
    yield f".SS {_text(context.command_path.removeprefix('sq-console '))}"
    yield from _synopsis([" ".join(_usage(verb, context))])
    yield ".PP"
    yield from _body(_paragraphs(verb.help or ""))
    yield from _list(_records(verb.get_params(context), context))
    if isinstance(verb, click.Group):
        for name in verb.list_commands(context):
            yield from _verb(verb.commands[name], context)


def _context(
    command: click.Command, name: str | None, parent: click.Context | None = None
) -> click.Context:
    """Return a context with the command's own settings: `-h` is one."""
    return click.Context(
        command, parent=parent, info_name=name, **command.context_settings
    )


def _usage(verb: click.Command, context: click.Context) -> list[str]:
    return [context.command_path, *verb.collect_usage_pieces(context)]


def _records(
    params: Iterable[click.Parameter], context: click.Context
) -> list[tuple[str, str]]:
    found = [param.get_help_record(context) for param in params]
    return [record for record in found if record is not None and record[1]]


def _paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a help text, each in one line."""
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip())]


def _body(paragraphs: Sequence[str]) -> Iterator[str]:
    for index, paragraph in enumerate(paragraphs):
        if index:
            yield ".PP"
        yield from _lines(paragraph)


def _synopsis(forms: Sequence[str]) -> Iterator[str]:
    for index, form in enumerate(forms):
        if index:
            yield ".br"
        yield _marked(form)


def _list(records: Records) -> Iterator[str]:
    for term, meaning in records:
        yield ".TP"
        yield _marked(term)
        yield from _lines(" ".join(meaning.split()))


def _marked(term: str) -> str:
    """Return *term* with its first word, and each option in it, in bold."""
    if not term.startswith("-"):
        first, blank, rest = term.partition(" ")
        return f"\\fB{_text(first)}\\fR{blank}{_text(rest)}"
    return _OPTION.sub(r"\\fB\1\\fR", _text(term).replace("\\-", "-")).replace(
        "-", "\\-"
    )


def _lines(text: str) -> Iterator[str]:
    """Return *text* as short lines, of which none is a request of roff."""
    for line in textwrap.wrap(_text(text), 78, break_long_words=False):
        yield f"\\&{line}" if line.startswith((".", "'")) else line


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "".join(
        char if char.isascii() else f"\\[u{ord(char):04X}]" for char in escaped
    )
