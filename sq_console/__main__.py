"""The entry point of `sq-console` and `python -m sq_console`.

Imports take most of the start. Ctrl-C during an import would print a traceback from
inside a library, or be swallowed there. So before the command line runs, and again
after it, Ctrl-C ends the program silently. Nothing is imported before that is set up.
"""

import os
import signal
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line and exit."""
    # An ignored signal stays ignored: a shell ignores it for background jobs.
    handles_sigint = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if handles_sigint:
        signal.signal(signal.SIGINT, _exit_interrupted)
    from sq_console.cli import main as run

    if handles_sigint:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        run()
    finally:
        if handles_sigint:
            signal.signal(signal.SIGINT, _exit_interrupted)


def _exit_interrupted(_number: int, _frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
