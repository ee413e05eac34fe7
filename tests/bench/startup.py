"""How long it takes until a verb has done its work."""

import subprocess

from tests.bench import programs
from tests.bench.bench_setup import BenchSetup, Queue
from tests.bench.figures import Figure
from tests.large_tables import RowCounts

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


def startup(setup: BenchSetup) -> list[Figure]:
    """Each verb on a small queue, in turn with an interpreter that does nothing."""
    taken: dict[str, list[float]] = {verb: [] for verb in ("", *VERBS)}
    with setup.queue(RowCounts(finished=1_000, later=100, log=1_000)) as queue:
        for _ in range(setup.size.runs):
            for verb in taken:
                taken[verb].append(programs.timed(lambda v=verb: _run(queue, v)))
    return [
        Figure(f"sq-console {verb}" if verb else "python -c pass", "s", tuple(secs))
        if verb not in PROMISED
        else Figure(f"sq-console {verb}", "s", tuple(secs), at_most=PROMISED[verb])
        for verb, secs in taken.items()
    ]


def _run(queue: Queue, verb: str) -> None:
    words = programs.command(queue.checkout, *verb.split())
    subprocess.run(
        words if verb else [words[0], "-c", "pass"],
        env={**programs.environment(queue.checkout), "SQ_CONFIG": queue.ini},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,  # there is no job 999999; that takes as long
        timeout=60,
    )
