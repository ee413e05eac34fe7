"""Options that verbs share, `-c/--config`, `--json` and `-v`, and the store that the
settings name.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from sq_console.cli.completion.values import ini_files
from sq_console.cli.output import VERBOSE, print_note
from sq_console.config import Settings, find_config, load_settings
from sq_console.store import Store, open_store

Decorated = TypeVar("Decorated", bound=Callable[..., object])


def _set_verbose(ctx: click.Context, _param: click.Parameter, asked: bool) -> None:
    if asked:
        ctx.find_root().meta[VERBOSE] = True


def verbose_option() -> click.Option:
    """Return the option `-v` of the group; it stands before or after the verb."""
    return click.Option(
        ["-v", "--verbose"],
        is_flag=True,
        expose_value=False,
        callback=_set_verbose,
        help="Say more on standard error; alone: the version.",
    )


config_flag = click.option(
    "-c",
    "--config",
    metavar="INI",
    shell_complete=ini_files,
    help="Settings; else $SQ_CONFIG, else ./db.ini.",
)
json_flag = click.option(
    "--json", "as_json", is_flag=True, help="JSON, one object or one object a line."
)


def common_flags(command: Decorated) -> Decorated:
    """Add `-c` and `-v` to a verb."""
    verbose = click.option(
        "-v",
        "--verbose",
        is_flag=True,
        expose_value=False,
        callback=_set_verbose,
        help="Say more on standard error.",
    )
    return config_flag(verbose(command))


def read_settings(config: str | None) -> Settings:
    """Return the settings in the file *config*; without one, in the file that is found
    by default. Raises SettingsError.
    """
    path = find_config(config)
    settings = load_settings(path)
    print_note(f"settings from {path}, database {settings.db.label}")
    return settings


@contextmanager
def opened_store(config: str | None) -> Iterator[Store]:
    """Open the store of the settings in *config* for a verb. Raises SQConsoleError."""
    with store_of(read_settings(config)) as store:
        yield store


@contextmanager
def store_of(
    settings: Settings, *, create: bool = False, any_schema: bool = False
) -> Iterator[Store]:
    """Open the store of *settings* for one verb; *create* makes an embedded database
    that does not exist yet. Raises SchemaMismatch unless *any_schema* is taken.
    """
    store = open_store(settings.db, create=create, any_schema=any_schema)
    try:
        print_note(f"connected to {store.session.server}")
        yield store
    finally:
        store.close()
