"""Under a queue that never rests cursor and marks stay on their jobs, refresh after
refresh.
"""

import random

import pytest

from tests.ui.queue import Queue
from tests.ui.run_console import Console, running

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

REFRESHES = 1_000
_AHEAD = 400
"""Jobs there are before the console opens: two pages of a list."""


async def test_cursor_and_marks_stay_on_their_jobs(queue: Queue):
    rng = random.Random(12)
    jobs = [queue.failed(last_finished_at=queue.ago(9_000 - n)) for n in range(_AHEAD)]
    async with running(queue) as console:
        await console.press("3", *"jjjjjjj")
        chosen = await _mark_three(console)
        at_cursor = console.cursor
        for number in range(REFRESHES):
            _churn(queue, rng, jobs, keep={at_cursor, *chosen}, number=number)
            await console.app.screen.reload(full=True)  # type: ignore[attr-defined]

            assert console.cursor == at_cursor
            assert set(console.jobs.cursor.marked) == chosen
            row = console.jobs.cursor.current
            assert row is not None
            assert row.id == at_cursor


async def _mark_three(console: Console) -> set[int]:
    for _ in range(3):
        await console.press("space", "j")
    return set(console.jobs.cursor.marked)


def _churn(
    queue: Queue, rng: random.Random, jobs: list[int], keep: set[int], number: int
) -> None:
    """A job fails, others leave the list, in whatever place."""
    jobs.append(queue.failed(last_finished_at=queue.ago(-number)))
    for job_id in rng.sample(jobs, 2):
        if job_id not in keep and len(jobs) > _AHEAD // 2:
            jobs.remove(job_id)
            queue.finish(job_id)
