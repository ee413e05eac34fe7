"""The CPU that a line of the daemon's log costs, beside the standard library's
`logging`.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from sq_console.daemon.log.event_log import open_log
from sq_console.model import ResultCode
from sq_console.processor import events
from tests.bench.bench_setup import BenchSetup
from tests.bench.figures import Figure
from tests.daemon.recorded_outcome import outcome

_TEXT = "busy" * 50


def log_lines(setup: BenchSetup) -> list[Figure]:
    """The same text written to a file by each, in turn."""
    taken: dict[Callable[[Path, int], float], list[float]] = {
        _by_logging: [],
        _by_event_log: [],
    }
    for number in range(setup.size.runs):
        for cpu_secs_of, samples in taken.items():
            file = setup.folder / f"{cpu_secs_of.__name__}{number}.log"
            cpu_secs = cpu_secs_of(file, setup.size.log_lines)
            samples.append(cpu_secs / setup.size.log_lines * 1e6)
    yardstick = Figure("a line by logging", "us CPU", tuple(taken[_by_logging]))
    ours = tuple(taken[_by_event_log])
    return [
        yardstick,
        Figure("a line by the event log", "us CPU", ours, yardstick, at_most=2.0),
    ]


def _by_logging(file: Path, lines: int) -> float:
    """CPU seconds of `logging` with a handler for files."""
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.Logger("yardstick")  # noqa: LOG001  # apart from the root logger
    logger.addHandler(handler)
    began = time.process_time()
    for _ in range(lines):
        logger.warning("[JOBID %d] Job failed temporarily: %s", 7, _TEXT)
    handler.close()
    return time.process_time() - began


def _by_event_log(file: Path, lines: int) -> float:
    """CPU seconds of the event log, those of its thread included."""
    event = events.OutcomeRecorded(outcome(_TEXT), ResultCode.TEMPORARY)
    log = open_log(file, "logfmt")
    began = time.process_time()
    for _ in range(lines):
        log(event)
    log.finish()
    return time.process_time() - began
