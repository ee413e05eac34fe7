"""Standard streams as verbs need them: open, and watched while nothing is written.

A stream that the parent process closed (`>&-`) would get its number taken by the next
file that is opened, the database: a library's line on standard error would go into it.
A pipe without a reader shows only in a write, and `tail -f` may not write for hours.
"""

import io
import os
import select
import sys
import time

_GONE = select.POLLERR | select.POLLHUP
# Each is opened in the wrong direction: using a closed stream stays an error.
_CLOSED = (
    ("stdin", os.O_WRONLY, "r"),
    ("stdout", os.O_RDONLY, "w"),
    ("stderr", os.O_WRONLY, "w"),  # though an error about it has no reader
)


def open_closed_streams() -> None:
    """Reopen each closed standard stream, so that its number is not reused."""
    for name, flags, mode in _CLOSED:
        if getattr(sys, name) is None:
            # The lowest free number is the stream's own.
            number = os.open(os.devnull, flags)
            os.set_inheritable(number, True)  # as standard streams are
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def escape_unencodable_text() -> None:
    """Write characters that the locale's character set lacks as escapes: CJK in a url
    must not end a verb.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def wait_for_reader(secs: float) -> None:
    """Wait for *secs*. Raises BrokenPipeError as soon as standard output has no reader
    any more.
    """
    until = time.monotonic() + secs
    watched = select.poll()
    try:
        watched.register(sys.stdout.fileno(), 0)
        happened = watched.poll(1_000 * secs)
    except (OSError, ValueError):  # it has no number, or none that can be watched
        happened = []
    if any(event & _GONE for _, event in happened):
        raise BrokenPipeError
    time.sleep(max(0.0, until - time.monotonic()))
