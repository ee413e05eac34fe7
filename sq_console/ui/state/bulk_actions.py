"""Operators' actions on jobs: asked of the store one by one, reported as one.

Each job is acted upon as it was displayed; what changed meanwhile is refused by the
store and told. Many jobs go in small lots, so that the screen is read in between.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sq_console.errors import StoreError
from sq_console.model import ActionResult, JobSummary, Seen
from sq_console.store import Store
from sq_console.text.humanize import plural
from sq_console.ui.state.console_lane import ConsoleLane
from sq_console.ui.state.screen_data import seen

CHUNK = 20
Action = Callable[[Store, Seen], ActionResult]


@dataclass(frozen=True, slots=True)
class ActionReport:
    """What an action came to."""

    results: tuple[ActionResult, ...]
    asked: int
    error: str | None = None
    """Why the rest was not tried."""

    @property
    def done(self) -> tuple[ActionResult, ...]:
        """Those that were done."""
        return tuple(result for result in self.results if result.done)

    @property
    def all_done(self) -> bool:
        """Nothing was refused, nothing left."""
        return len(self.done) == self.asked

    def summary(self, verb: str) -> str:
        """For a toast: `job 7: pending now`, `12 of 14 jobs retried; 2: refused: …`."""
        if self.asked == 1 and self.results:
            result = self.results[0]
            return f"job {result.job_id}: {result.message}"
        told = [f"{len(self.done):,} of {plural(self.asked, 'job')} {verb}"]
        refused = Counter(result.message for result in self.results if not result.done)
        told += [f"{number:,}: {why}" for why, number in refused.most_common(3)]
        if self.error:
            told.append(self.error)
        return "; ".join(told)


async def run_action(
    lane: ConsoleLane, jobs: Sequence[JobSummary], deed: Action
) -> ActionReport:
    """Do *deed* to *jobs*, in order, until the store fails."""
    results: list[ActionResult] = []
    for start in range(0, len(jobs), CHUNK):
        lot = [seen(job) for job in jobs[start : start + CHUNK]]
        try:
            await lane.run(lambda store, lot=lot: _each(store, lot, deed, results))  # type: ignore[misc]
        except StoreError as error:
            return ActionReport(tuple(results), len(jobs), str(error))
    return ActionReport(tuple(results), len(jobs))


def _each(
    store: Store, lot: Sequence[Seen], deed: Action, results: list[ActionResult]
) -> None:
    """Results are appended as they come: a failure half-way keeps what was done."""
    for each in lot:
        results.append(deed(store, each))
