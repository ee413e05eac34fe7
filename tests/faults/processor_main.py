"""`--no-ui` with what only tests may change: shorter times, a point where it dies.

    python -m tests.faults.processor_main db.ini --slots=8 --times=quick
        --kill_point="record: after commit" --nth=20

The product reads neither from its arguments nor from its environment; they are put in
here, from outside.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from sq_console.config import load_settings
from sq_console.daemon import run as daemon
from sq_console.processor import thread
from sq_console.processor.status import Goal, Times
from tests.faults import fork_server
from tests.faults.kill_points import (
    KillPoint,
    caller_with_kill_point,
    open_store_with_kill_point,
)

QUICK = Times(
    control=0.2, beat=0.5, rescue=0.4, doubt=1.5, fence=2.2, dead=3, grace=3, flush=5
)
"""Shortened alike, with room for a busy machine."""


def main(arguments: list[str]) -> int:
    """Run until signalled."""
    parser = argparse.ArgumentParser()
    parser.add_argument("ini", type=Path)
    parser.add_argument("--slots", type=int, default=8)
    parser.add_argument("--times", choices=["real", "quick"], default="real")
    parser.add_argument("--kill_point")
    parser.add_argument("--nth", type=int, default=1)
    asked = parser.parse_args(arguments)
    settings = load_settings(asked.ini).with_concurrency(asked.slots)
    more = {"times": QUICK if asked.times == "quick" else Times()}
    if asked.kill_point:
        point = KillPoint(asked.kill_point, asked.nth)
        more["open_store"] = partial(open_store_with_kill_point, settings.db, point)  # type: ignore[assignment]
        thread.Caller = caller_with_kill_point(point)  # type: ignore[misc]
    make = daemon.ProcessorThread
    daemon.ProcessorThread = lambda *args, **given: make(*args, **(given | more))  # type: ignore[assignment, arg-type, misc]
    return daemon.run_daemon(settings, goal=Goal.SERVE)


if __name__ == "__main__":
    if sys.argv[1:] == ["fork-server"]:
        fork_server.serve(main)
    else:
        raise SystemExit(main(sys.argv[1:]))
