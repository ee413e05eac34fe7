"""How long it takes until a verb has done its work."""

import subprocess
import sys

from tests.bench import programs
from tests.bench.figures import Figure
from tests.bench.setup import Ground, Queue
from tests.large_tables import Crowd

VERBS = (
    "--help",
    "ls",
    "ls --state failed --json",
    "show 1",
    "stats",
    "processors",
    "check",
    "init",
    "tail",
    "enqueue post http://127.0.0.1:1/",
    "retry 999999",
    "kill 999999",
    "pause",
    "--once",
)
PROMISED = {"--help": 0.35, "ls": 0.35}


def startup(ground: Ground) -> list[Figure]:
    """Each verb on a small queue, in turn with an interpreter that does nothing."""
    taken: dict[str, list[float]] = {verb: [] for verb in ("", *VERBS)}
    with ground.queue(Crowd(finished=1_000, later=100, log=1_000)) as queue:
        for _ in range(ground.size.runs):
            for verb in taken:
                taken[verb].append(programs.timed(lambda v=verb: _run(queue, v)))
    return [
        Figure(f"sq-console {verb}" if verb else "python -c pass", "s", tuple(secs))
        if verb not in PROMISED
        else Figure(f"sq-console {verb}", "s", tuple(secs), at_most=PROMISED[verb])
        for verb, secs in taken.items()
    ]


def _run(queue: Queue, verb: str) -> None:
    words = programs.command(*verb.split())
    subprocess.run(
        words if verb else [sys.executable, "-c", "pass"],
        env={**programs.environment(), "SQ_CONFIG": queue.ini},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,  # there is no job 999999; that takes as long
        timeout=60,
    )
