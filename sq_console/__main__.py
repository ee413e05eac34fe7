"""`sq-console` and `python -m sq_console`, from the first moment on.

Most of a start is imports. Ctrl-C in the middle of one would be a traceback from inside
some library, or be swallowed there; so until the command line is in charge, and again
when it is done, it ends the program with nothing said. Nothing is imported before that.
"""

import os
import signal
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line and exit."""
    # A signal that is ignored stays so: a shell does that for its background jobs.
    heeded = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if heeded:
        signal.signal(signal.SIGINT, _leave)
    from sq_console.cli import main as run

    if heeded:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        run()
    finally:
        if heeded:
            signal.signal(signal.SIGINT, _leave)


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)


if __name__ == "__main__":
    main()
