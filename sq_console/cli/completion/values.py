"""Values that a shell offers after an option or for an argument.

Names of hosts and ids of jobs are in the database, which a TAB never asks.
"""

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from sq_console.model import JobState
from sq_console.rules.contract import METHODS
from sq_console.text.filter_syntax import TERMS

INI, INI_HERE = "ini", "ini-here"
"""Kinds of a `CompletionItem` that stands for ini files, with folders or without;
click's own kinds are `file` and `dir`.
"""


def ini_files(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return what stands for the files `*.ini`."""
    return [CompletionItem(incomplete, type=INI)]


def http_methods(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the methods of HTTP, in the case they begin in."""
    methods = sorted(METHODS)
    if not incomplete[:1].isupper():
        methods = [method.lower() for method in methods]
    return _beginning(incomplete, [(method, "") for method in methods])


def filter_terms(
    _ctx: click.Context, _param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return what may follow in a filter: a term, or after `state:` a state."""
    before, blank, word = incomplete.rpartition(" ")
    if word.startswith("state:"):
        offered = [(f"state:{state}", "") for state in JobState]
    else:
        offered = [(f"{term.word}:", term.meaning) for term in TERMS]
    found = _beginning(word, offered)
    return [CompletionItem(f"{before}{blank}{i.value}", help=i.help) for i in found]


def _beginning(
    incomplete: str, offered: Iterable[tuple[str, str]]
) -> list[CompletionItem]:
    return [
        CompletionItem(value, help=meaning)
        for value, meaning in offered
        if value.startswith(incomplete)
    ]
