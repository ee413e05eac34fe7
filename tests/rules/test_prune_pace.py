"""What is old enough to be pruned, and how fast that goes on."""

from datetime import UTC, datetime, timedelta

import pytest

from sq_console.model import PruneCut, PruneKind, Retention
from sq_console.rules.upkeep.prune_pace import (
    BATCH_SECS,
    LARGEST_BATCH,
    SMALLEST_BATCH,
    cuts_of,
    next_batch,
    pause_secs,
    prune_share,
)

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_what_is_not_named_has_no_cut() -> None:
    found = cuts_of(Retention(failed=3_600, activity=86_400, stats=1), NOW)

    assert found == (
        PruneCut(PruneKind.FAILED, NOW - timedelta(hours=1)),
        PruneCut(PruneKind.ACTIVITY, NOW - timedelta(days=1)),
        PruneCut(PruneKind.BULK, NOW - timedelta(days=1)),
    )


def test_a_slow_batch_is_followed_by_a_smaller_one_within_bounds() -> None:
    assert next_batch(400, 2 * BATCH_SECS) == 200
    assert next_batch(400, 0.8 * BATCH_SECS) == 400
    assert next_batch(200, 0.1 * BATCH_SECS) == 400
    assert next_batch(400, 0.1 * BATCH_SECS) == LARGEST_BATCH
    assert next_batch(200, 100.0) == SMALLEST_BATCH


@pytest.mark.parametrize(
    ("is_busy", "pass_days", "share"),
    [
        (False, 0, 0.5),
        (False, 9, 0.5),
        (True, 0, 0.1),
        (True, 0.9, 0.1),
        (True, 1.1, 0.25),
        (True, 2.9, 0.25),
        (True, 3.1, 0.5),
    ],
)
def test_pruning_takes_little_while_jobs_wait_until_a_pass_lasts_too_long(
    is_busy: bool, pass_days: float, share: float
) -> None:
    assert prune_share(is_busy=is_busy, pass_secs=86_400 * pass_days) == share


def test_a_pause_leaves_the_rest_of_the_time_to_others() -> None:
    assert pause_secs(0.1, share=0.25) == pytest.approx(0.3)
    assert pause_secs(0.1, share=0.5) == pytest.approx(0.1)
    assert pause_secs(0.0, share=0.5) > 0
    assert pause_secs(60.0, share=0.25) == 5.0
