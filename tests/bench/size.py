"""How much the bench does: a few seconds of it, an honest run, or an hour."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """The defaults are an honest run: about twenty minutes."""

    runs: int = 5
    """Times each measure is taken."""
    jobs: int = 10_000
    """Jobs in a run of throughput."""
    pickups: int = 200
    idle_secs: float = 20.0
    slow_jobs: int = 8_000
    slow_calls: int = 2_000
    """In flight."""
    few: int = 10_000
    """Rows of a small queue."""
    finished: tuple[int, ...] = (1_000_000,)
    """Rows of large queues."""
    pending: int = 1_000_000
    minutes: int = 1_440
    """With sums."""
    actions: int = 100_000
    """What operators did so far."""
    claims: int = 20
    """Batches claimed and recorded for one sample of their cost."""
    churned: int = 50_000
    """Jobs finished while a snapshot is held."""
    held: int = 100_000
    keys: int = 100
    failed: int = 20_000
    """Failures of which causes are made: the window of the console."""
    bulk: int = 50_000
    """Jobs of a bulk action."""
    pruned: int = 500_000
    """Old jobs, each with two rows of the log."""
    log_lines: int = 2_000
    """Fewer than the log keeps waiting, so that none is dropped."""


FULL = Size()
LARGE = Size(finished=(1_000_000, 10_000_000))
SMALL = Size(
    runs=1,
    jobs=100,
    pickups=3,
    idle_secs=0.5,
    slow_jobs=20,
    slow_calls=10,
    few=1_000,
    finished=(2_000,),
    pending=2_000,
    minutes=20,
    actions=500,
    claims=2,
    churned=200,
    held=500,
    keys=3,
    failed=300,
    bulk=1_500,
    pruned=3_000,
    log_lines=100,
)
