"""Standard streams as verbs need them: open, and watched while nothing is written.

A stream closed by who started us (`>&-`) would be the next file we open, which is the
database: what a library then writes to standard error would go into it. And a reader
who has left a pipe shows only in a write, which `tail -f` may not have for hours.
"""

import io
import os
import select
import sys
import time

_GONE = select.POLLERR | select.POLLHUP
# Each is opened the wrong way round: using one that is not there stays an error.
_CLOSED = (
    ("stdin", os.O_WRONLY, "r"),
    ("stdout", os.O_RDONLY, "w"),
    ("stderr", os.O_WRONLY, "w"),  # but nobody can be told that this one is missing
)


def open_closed_streams() -> None:
    """Give each standard stream that is closed a number of its own again."""
    for name, flags, mode in _CLOSED:
        if getattr(sys, name) is None:
            # The lowest free number, and so its own.
            number = os.open(os.devnull, flags)
            os.set_inheritable(number, True)  # as standard streams are
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def escape_unencodable_text() -> None:
    """Have written as an escape what the locale's character set lacks: CJK in a url
    is no reason to end.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def wait_for_reader(secs: float) -> None:
    """Wait so long. Raises BrokenPipeError as soon as nobody reads standard output any
    more.
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
