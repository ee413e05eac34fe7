"""What is old enough to be pruned, and how fast that goes on."""

from datetime import datetime, timedelta

from sq_console.model import PruneCut, PruneKind, Retention

SMALLEST_BATCH = 100
LARGEST_BATCH = 500
"""Jobs, or rows of other tables; with fewer than the smallest a batch costs as much."""
BATCH_SECS = 0.2
"""A batch that takes longer is followed by a smaller one: others wait for the disk, and
replicas for the whole of it.
"""
_LEAST_PAUSE_SECS = 0.02
_MOST_PAUSE_SECS = 5.0


def cuts_of(retention: Retention, now: datetime) -> tuple[PruneCut, ...]:
    """Return what is older than *retention* says at *now*, the database's time: jobs
    with their log first.
    """
    kept = [(kind, retention.secs(kind)) for kind in PruneKind]
    return tuple(
        PruneCut(kind, now - timedelta(seconds=secs))
        for kind, secs in kept
        if secs is not None
    )


def next_batch(size: int, took_secs: float) -> int:
    """Return how many rows the batch after one of *size* has."""
    if took_secs > BATCH_SECS:
        return max(SMALLEST_BATCH, int(size * BATCH_SECS / took_secs))
    if took_secs < BATCH_SECS / 2:
        return min(LARGEST_BATCH, size * 2)
    return size


def pause_secs(took_secs: float, share: float) -> float:
    """Return the pause after a batch, so that batches take *share* of the time: a
    database that is slow is left alone for longer.
    """
    wanted = took_secs * (1 / share - 1)
    return min(_MOST_PAUSE_SECS, max(_LEAST_PAUSE_SECS, wanted))
