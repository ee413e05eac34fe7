"""The console: the only package that imports Textual.

`run_console` is its entry point. Textual reads its environment when it is imported, so
the variables for a slow connection are set before that.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sq_console.config import Settings
    from sq_console.processor.thread import ProcessorThread


def run_console(
    settings: Settings,
    *,
    processor: ProcessorThread | None,
    watch: bool = False,
    reads_only: str = "",
    demo: bool = False,
    actor: str,
) -> int:
    """Show the console until the operator leaves; return the exit code.

    *processor* is not started yet; with *watch* there is none. *reads_only* says why
    nothing may be changed from here, "" when it may. It has ended when this
    returns, unless it did not end in time. Must be called on the main thread.
    """
    prepare_environment(os.environ)
    from sq_console.ui.app import ConsoleApp
    from sq_console.ui.terminal.signals import FLUSH_SECS, SignalGuard

    given = None if watch else processor
    drain_secs = settings.processor.drain_secs
    mouse = is_local(os.environ)
    app = ConsoleApp(
        settings,
        processor=given,
        reads_only=reads_only,
        demo=demo,
        actor=actor,
        mouse=mouse,
    )
    with SignalGuard(given, drain_secs, app.leave_from_thread) as guard:
        app.run(mouse=mouse)
        guard.screen_has_gone()
        if given is not None:
            _end(given, drain_secs + FLUSH_SECS)
    failed = app.return_code or (given is not None and given.error is not None)
    return 1 if failed else 0


def is_local(environ: MutableMapping[str, str]) -> bool:
    """Is the terminal on this machine? Over SSH mouse reports would cost traffic, and
    the terminal's own selection; `m` switches them.
    """
    return "SSH_CONNECTION" not in environ


def prepare_environment(environ: MutableMapping[str, str]) -> None:
    """Set Textual's variables for SSH: no animations; the operator's own values stay.

    The size is the terminal's: exported COLUMNS and LINES grow old, and are removed.
    """
    environ.pop("COLUMNS", None)
    environ.pop("LINES", None)
    if not is_local(environ):
        environ.setdefault("TEXTUAL_ANIMATIONS", "none")
        environ.setdefault("TEXTUAL_FPS", "15")
        environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")


def _end(processor: ProcessorThread, limit_secs: float) -> None:
    """Drain *processor*; say so on the terminal, which the screen has given back."""
    processor.drain()
    if processor.join(0.5):
        return
    from sq_console.text.humanize import plural

    calls = plural(processor.status().in_flight, "call")
    try:
        sys.stderr.write(f"sq-console: {calls} in flight, draining; ^C stops\n")
        sys.stderr.flush()
    except OSError:
        pass  # the terminal has gone
    processor.join(limit_secs)
