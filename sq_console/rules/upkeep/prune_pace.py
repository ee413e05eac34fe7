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
_IDLE_SHARE = 0.5
_BUSY_SHARE = 0.1
_DAY_SECS = 86_400.0
_LATE_SHARES = ((3 * _DAY_SECS, 0.5), (_DAY_SECS, 0.25))
"""From so many seconds of one pass on, batches take so much, jobs or not."""
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


def prune_share(*, is_busy: bool, pass_secs: float) -> float:
    """Return the part of the time that batches take: half of it while nothing is due,
    a tenth while claims find jobs. A pass that lasts for over a day
    deletes less than a day brings: it takes a quarter, and after three days half.
    """
    if not is_busy:
        return _IDLE_SHARE
    late = (share for secs, share in _LATE_SHARES if pass_secs > secs)
    return next(late, _BUSY_SHARE)


def pause_secs(took_secs: float, share: float) -> float:
    """Return the pause after a batch, so that batches take *share* of the time: a
    database that is slow is left alone for longer.
    """
    wanted = took_secs * (1 / share - 1)
    return min(_MOST_PAUSE_SECS, max(_LEAST_PAUSE_SECS, wanted))
