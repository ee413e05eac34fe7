"""A bulk action: what an operator does to each of several targets (jobs, processors,
hosts), asked of the store one by one and reported as one.

Each target is acted upon as it was displayed; the store refuses one that changed
meanwhile, and the report says so. Targets go in small chunks, so that the screen reads
the database in between.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

from sq_console.errors import StoreError
from sq_console.model import ActionResult, JobSummary, Seen
from sq_console.store import Store
from sq_console.text.bulk_words import doing_of
from sq_console.ui.state.console_lane import ConsoleLane
from sq_console.ui.state.screen_data import seen

CHUNK = 20
"""Targets between two reads of the screen."""
Target = TypeVar("Target")


class TargetResult(Protocol):
    """The result of an action on one target: `model.ActionResult` is one."""

    @property
    def done(self) -> bool:
        """Whether the target was changed."""

    @property
    def message(self) -> str:
        """The change, or why it was refused: a clause without the target's name."""


@dataclass(frozen=True, slots=True)
class BulkAction(Generic[Target]):
    """An action, and how its report names what it did."""

    noun: str
    """A target: "job"."""
    verb: str
    """What was done: "retried"."""
    act: Callable[[Store, Target], TargetResult]
    """Raises StoreError, which ends the bulk action."""
    label: Callable[[Target], str]
    """One target's name: "job 7"."""


@dataclass(slots=True)
class BulkProgress:
    """How far a bulk action is, and the way to stop it: it ends with its chunk."""

    doing: str
    """What it does: "retrying"."""
    asked: int
    done: int = 0
    refused: int = 0
    is_stopped: bool = False

    def request_stop(self) -> None:
        """Try no more targets."""
        self.is_stopped = True

    def words(self) -> str:
        """Return `RETRYING 412 of 2,014`, as of one that is a row."""
        return f"{self.doing.upper()} {self.done + self.refused:,} of {self.asked:,}"


@dataclass(frozen=True, slots=True)
class ActionReport(Generic[Target]):
    """The results of a bulk action, in the order of its targets."""

    action: BulkAction[Target]
    results: tuple[tuple[Target, TargetResult], ...]
    asked: int
    error: str | None = None
    """Why the rest was not tried."""
    is_stopped: bool = False
    """The operator stopped it."""

    @property
    def done(self) -> tuple[Target, ...]:
        """The targets that were changed."""
        return tuple(target for target, result in self.results if result.done)

    @property
    def all_done(self) -> bool:
        """No target was refused, none is left."""
        return len(self.done) == self.asked

    def summary(self) -> str:
        """For a toast: `job 7: pending now`, `12 retried, 2 changed since …`."""
        if self.asked == 1 and self.results:
            ((target, result),) = self.results
            return f"{self.action.label(target)}: {result.message}"
        clauses = [f"{len(self.done):,} {self.action.verb}"]
        refused = Counter(each.message for _, each in self.results if not each.done)
        clauses += [f"{number:,} {why}" for why, number in refused.most_common(3)]
        left = self.asked - len(self.results)
        if left:
            clauses.append(f"{left:,} not begun")
        said = ", ".join(clauses)
        return f"{said}; {self.error}" if self.error else said


def job_action(
    verb: str, act: Callable[[Store, Seen], ActionResult]
) -> BulkAction[JobSummary]:
    """A bulk action on jobs, each compared with how it was displayed."""
    return BulkAction(
        "job",
        verb,
        lambda store, job: act(store, seen(job)),
        lambda job: f"job {job.id}",
    )


async def run_bulk_action(
    lane: ConsoleLane,
    targets: Sequence[Target],
    action: BulkAction[Target],
    progress: BulkProgress | None = None,
) -> ActionReport[Target]:
    """Act on *targets*, in order, until the store fails or *progress* is stopped."""
    progress = progress or BulkProgress(doing_of(action.verb), len(targets))
    results: list[tuple[Target, TargetResult]] = []
    error = None
    for start in range(0, len(targets), CHUNK):
        if progress.is_stopped:
            break
        chunk = targets[start : start + CHUNK]
        try:
            await lane.run(partial(_act_on_each, action, chunk, results))
        except StoreError as reason:
            error = str(reason)
            break
        progress.done = sum(result.done for _, result in results)
        progress.refused = len(results) - progress.done
    return ActionReport(
        action, tuple(results), len(targets), error, progress.is_stopped
    )


def _act_on_each(
    action: BulkAction[Target],
    chunk: Sequence[Target],
    results: list[tuple[Target, TargetResult]],
    store: Store,
) -> None:
    """Results are appended as they come: a failure half-way keeps those before it."""
    for target in chunk:
        results.append((target, action.act(store, target)))
