"""The command line: the composition root, and the only package that uses click.

Standard output holds results. Standard error holds messages, which may get lost without
changing anything. Exit codes are an interface: 0 done, 1 the action failed, 2 usage or
settings, 3 the database cannot be reached, 130 interrupted. An error that a user can
cause is one line on standard error; a traceback is a bug of ours.
"""

import errno
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from sq_console.cli.group import ConsoleGroup
from sq_console.cli.output import print_error
from sq_console.cli.streams import escape_unencodable_text, open_closed_streams
from sq_console.cli.verbs import (
    bulk_verbs,
    change_jobs,
    edit_jobs,
    hold_hosts,
    list_activity,
    ls,
    open_console,
    processors,
    run_demo,
    show,
    snapshot,
    stats,
    tail,
)
from sq_console.cli.verbs.database import (
    adopt,
    check,
    init_tables,
    migrate,
    prune,
)
from sq_console.cli.verbs.install import (
    print_completion,
    print_dashboards,
    print_man_page,
    print_unit,
)
from sq_console.daemon.log.sinks import flush_or_discard
from sq_console.errors import SQConsoleError

INTERRUPTED = 130
_UNWRITABLE = frozenset({errno.EBADF, errno.ENOSPC, errno.EDQUOT, errno.EIO})
"""Errors of click, which prints help and version, on a full disk or a closed stream."""

_VERBS = (
    change_jobs.enqueue_jobs,
    ls.list_jobs,
    show.show_job,
    change_jobs.retry_jobs,
    change_jobs.kill_jobs,
    edit_jobs.edit_jobs,
    change_jobs.set_jobs_aside,
    bulk_verbs.bulk_actions,
    tail.tail_log,
    stats.print_stats,
    snapshot.print_snapshot,
    hold_hosts.hold_host,
    list_activity.list_activity,
    processors.list_processors,
    processors.pause_processors,
    hold_hosts.resume_or_lift,
    processors.drain_processors,
    init_tables.create_tables,
    migrate.migrate_tables,
    check.check_database,
    adopt.adopt_database,
    prune.prune_old_rows,
    run_demo.run_demo,
    print_dashboards.print_dashboards,
    print_completion.print_completion,
    print_completion.complete_words,
    print_man_page.print_man_page,
    print_unit.print_unit,
)

console = ConsoleGroup("sq-console", default=open_console.open_console, verbs=_VERBS)
"""The whole command line."""


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line *args* (default: the process's own) and exit."""
    open_closed_streams()
    escape_unencodable_text()
    try:
        code = _exit_code(args)
        sys.stdout.flush()
    except OSError:  # printed already, or standard error has no reader
        code = _discard_output()
    except KeyboardInterrupt:
        code = INTERRUPTED
    flush_or_discard(sys.stderr)
    sys.exit(code)


def _exit_code(args: Sequence[str] | None) -> int:
    try:
        result = console.main(args, prog_name="sq-console", standalone_mode=False)
    except (SQConsoleError, click.ClickException, click.Abort) as error:
        return _report_error(error)
    except BrokenPipeError:
        return _discard_output()
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        return _report_error(SQConsoleError(f"cannot write: {error.strerror}"))
    return result if isinstance(result, int) else 0


def _report_error(error: SQConsoleError | click.ClickException | click.Abort) -> int:
    match error:
        case SQConsoleError():
            print_error(str(error))
            return error.exit_code
        case click.ClickException():
            print_error(error.format_message() + _help_hint(error))
            return error.exit_code
        case _:
            return INTERRUPTED


def _help_hint(error: click.ClickException) -> str:
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return ""
    path = context.command_path.removesuffix(f" {open_console.open_console.name}")
    return f" (see '{path} -h')"


def _discard_output() -> int:
    """Discard output that has no reader any more, also what the interpreter flushes at
    its end.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
