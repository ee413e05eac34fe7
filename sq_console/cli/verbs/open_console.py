"""The form without a verb: the console, or with --no-ui the processor alone.

A flag of one form that is given to the other is refused rather than ignored: a
`--watch` that processes, or a `--once` that opens a screen, is a mistake.
"""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from sq_console.cli.actor import current_actor
from sq_console.cli.common_options import common_flags, read_settings
from sq_console.cli.completion.values import ini_files
from sq_console.cli.group import WITHOUT_ARGUMENTS
from sq_console.cli.output import print_error, print_note, write_to_stderr
from sq_console.cli.param_types import CONCURRENT, WholeNumber
from sq_console.config import LOG_FORMATS, LOG_LEVELS, DbSettings, Settings
from sq_console.errors import SettingsError, StoreDenied
from sq_console.model import Role
from sq_console.store import open_store
from sq_console.text.humanize import plural

_DUMB = ("", "dumb", "unknown")
"""Values of TERM of terminals that can only print lines."""
KEEP_LOG_BYTES = 10_000_000
"""A console's log longer than this is set aside when the next console starts."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Flags of a run that are no settings."""

    no_ui: bool
    once: bool
    until_empty: bool
    procs: int | None
    process: bool
    watch: bool
    read_only: bool
    log_file: Path | None

    @property
    def headless(self) -> bool:
        """True without a screen; `--once` and `--until-empty` imply it."""
        return self.no_ui or self.once or self.until_empty

    def validate(self) -> None:
        """Refuse flags that contradict each other."""
        contradictions = {
            "--once and --until-empty exclude each other": self.once
            and self.until_empty,
            "--watch and --process exclude each other": self.watch and self.process,
            "--watch needs the console; it never processes": self.watch
            and self.headless,
            "--read-only and --process exclude each other": self.read_only
            and self.process,
            "--read-only needs the console; a processor writes": self.read_only
            and self.headless,
            "--procs needs --no-ui; the console has one processor": (
                self.procs is not None and not self.headless
            ),
        }
        for text, is_so in contradictions.items():
            if is_so:
                raise click.UsageError(text)


class DefaultForm(click.Command):
    """A command whose help is its group's."""

    def get_help(self, ctx: click.Context) -> str:
        """Return the help of `sq-console`."""
        return ctx.parent.get_help() if ctx.parent else super().get_help(ctx)


@click.command("console", cls=DefaultForm, hidden=True)
@click.argument("ini", required=False, metavar="[CONFIG]", shell_complete=ini_files)
@click.option("--no-ui", is_flag=True, help="Process without a screen: the daemon.")
@click.option("--once", is_flag=True, help="Call each job due now once, and end.")
@click.option("--until-empty", is_flag=True, help="End when nothing is due.")
@click.option(
    "-p",
    "--procs",
    type=WholeNumber(1, 64),
    metavar="N",
    help="With --no-ui: this many processes, each with its own concurrency.",
)
@click.option(
    "-n", "--concurrency", type=CONCURRENT, metavar="N", help="Calls in flight at most."
)
@click.option(
    "--process", is_flag=True, help="Process although another processor is alive."
)
@click.option(
    "--beside-ancestor",
    is_flag=True,
    help="Process although the strings-queue still works here: call no job it calls.",
)
@click.option("--watch", is_flag=True, help="Look and act, never process.")
@click.option("--read-only", is_flag=True, help="Look: nothing is changed from here.")
@click.option(
    "--drain-secs",
    type=WholeNumber(0, 3_600),
    metavar="SECS",
    help="How long a stop waits for calls in flight.",
)
@click.option(
    "--metrics-listen",
    metavar="ADDRESS",
    help="With --no-ui: serve metrics at 127.0.0.1:9108, say; or off.",
)
@click.option(
    "--log-format",
    type=click.Choice(LOG_FORMATS),
    help="auto: human on a terminal, else logfmt.",
)
@click.option(
    "--log-level",
    type=click.Choice(LOG_LEVELS),
    help="info: a line for each outcome; debug: for each call too.",
)
@click.option(
    "--log-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Log to a file, reopened on SIGHUP; else standard error, and the console's"
    " in $XDG_STATE_HOME/sq-console.",
)
@common_flags
def open_console(
    ini: str | None,
    config: str | None,
    concurrency: int | None,
    drain_secs: int | None,
    metrics_listen: str | None,
    log_level: str | None,
    log_format: str | None,
    beside_ancestor: bool,
    **form: Any,
) -> int:
    """Open the console, or process without one."""
    chosen = RunOptions(**form)
    chosen.validate()
    if ini and config:
        raise click.UsageError(
            "CONFIG and --config exclude each other; a verb comes before its options"
        )
    if metrics_listen is not None and not chosen.no_ui:
        raise click.UsageError("--metrics-listen needs --no-ui; nothing else listens")
    settings = with_flags(_settings_or_help(ini or config), concurrency, drain_secs)
    settings = settings.with_metrics_listen(metrics_listen)
    settings = with_log_flags(settings, log_level, log_format)
    if beside_ancestor:
        settings = settings.beside_ancestor()
    if chosen.headless:
        return run_headless(settings, chosen)
    return run_with_screen(settings, chosen)


def _settings_or_help(named: str | None) -> Settings:
    try:
        return read_settings(named)
    except SettingsError:
        context = click.get_current_context()
        if context.find_root().meta.get(WITHOUT_ARGUMENTS):
            write_to_stderr(context.get_help())
        raise


def with_flags(
    settings: Settings, concurrency: int | None, drain_secs: int | None
) -> Settings:
    """Return *settings* with the values of the flags. Raises SettingsError."""
    settings = settings.with_concurrency(concurrency)
    if drain_secs is None:
        return settings
    return replace(
        settings, processor=replace(settings.processor, drain_secs=drain_secs)
    )


def with_log_flags(
    settings: Settings, level: str | None, log_format: str | None
) -> Settings:
    """Return *settings* with the values of the flags about the log."""
    log = settings.log
    given = replace(log, level=level or log.level, format=log_format or log.format)
    return replace(settings, log=given)


def run_headless(settings: Settings, form: RunOptions) -> int:
    """Process without a screen until a signal, or until the goal is reached."""
    # These import httpx; verbs start without them.
    from sq_console.daemon.procs.supervisor import run_supervised
    from sq_console.daemon.run import run_daemon
    from sq_console.processor.status import Goal

    goal = Goal.SERVE
    if form.once:
        goal = Goal.ONCE
    elif form.until_empty:
        goal = Goal.UNTIL_EMPTY
    if form.log_file is not None:
        log = replace(settings.log, file=str(form.log_file))
        settings = replace(settings, log=log)
    if form.procs is None:
        return run_daemon(settings, goal=goal)
    return run_supervised(settings, procs=form.procs, goal=goal)


def run_with_screen(settings: Settings, form: RunOptions, *, demo: bool = False) -> int:
    """Open the console, with a processor in it unless `--watch`."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError("the console needs a terminal; without one use --no-ui")
    if os.environ.get("TERM", "") in _DUMB:
        raise click.UsageError(
            "the console needs a terminal that can place its text, and TERM is"
            f" {os.environ.get('TERM') or 'not set'}; without one use --no-ui"
        )
    reads_only, may_not_process = _denied_to(settings, form)
    watch = form.watch or bool(may_not_process)
    # The one import of Textual.
    from sq_console.daemon.log.event_log import open_log
    from sq_console.ui import run_console

    path = form.log_file or console_log_path(settings.db)
    print_note(f"log in {path}")
    log = open_log(path, settings.log.format, level=settings.log.level)
    processor = None
    if not (watch or reads_only):
        # It imports httpx: half the time until a console shows anything.
        from sq_console.processor.file_limit import raise_file_limit
        from sq_console.processor.garbage_collection import collect_garbage_less
        from sq_console.processor.thread import ProcessorThread

        raise_file_limit(settings.processor.concurrency)
        collect_garbage_less()
        processor = ProcessorThread(
            settings, emit=log, defer_to_others=not (form.process or demo)
        )
    try:
        code = run_console(
            settings,
            processor=processor,
            watch=watch,
            reads_only=reads_only,
            demo=demo,
            actor=current_actor(),
        )
    finally:
        log.finish()
    left = 0 if processor is None else processor.status().unrecorded
    if left:
        print_error(
            f"{plural(left, 'outcome')} could not be recorded; called again later"
        )
    return code or bool(left)


def _denied_to(settings: Settings, form: RunOptions) -> tuple[str, str]:
    """Return why nothing is to be changed from this console, and why no processor is to
    work in it; "" where it may. Raises StoreError: an outage at the start is one line,
    not a screen.
    """
    if form.read_only:
        open_store(settings.db, read_only=True).close()
        return "it was opened with --read-only", ""
    store = open_store(settings.db)
    try:
        denied = store.admin.why_denied(Role.OPERATOR)
        processes = denied or store.admin.why_denied(Role.PROCESSOR)
    finally:
        store.close()
    if processes and form.process:
        raise StoreDenied(processes, "a processor writes; leave out --process to look")
    return denied and f"the database refuses its user: {denied}", processes


def console_log_path(db: DbSettings, environ: Mapping[str, str] | None = None) -> Path:
    """Return where the console on *db* logs: `$XDG_STATE_HOME/sq-console/<db>.log`,
    in a directory only its owner can read. Raises SettingsError.
    """
    environ = os.environ if environ is None else environ
    folder = _state_folder(environ) / "sq-console"
    name = re.sub(r"[^\w.-]", "_", db.db or Path(db.path).stem).lstrip(".")
    path = folder / f"{name or 'queue'}.log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > KEEP_LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
    except OSError as error:
        raise SettingsError(
            f"{folder}: cannot be written: {error.strerror}; use --log-file"
        ) from None
    return path


def _state_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder for state. Raises SettingsError for a user without a home."""
    if named := environ.get("XDG_STATE_HOME"):
        return Path(named)
    try:
        return Path.home() / ".local" / "state"
    except RuntimeError:  # no HOME, and a user id that is nobody's
        raise SettingsError(
            "the log has no place: this user has no home; use --log-file"
        ) from None
