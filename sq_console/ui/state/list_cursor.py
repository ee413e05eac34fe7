"""The rows of a list, remembered by job: where the cursor is, and what is marked.

No refresh moves the cursor off its job while the job is listed. When it has left the
list, its row can be kept as a ghost, which shows what became of it: the next key then
cannot hit the job that slid into its place. All of this is plain data, so that it can
be tested without a screen.
"""

from collections.abc import Iterable, Sequence

from sq_console.model import JobSummary


class ListCursor:
    """Jobs in the list's order, with one cursor and any number of marks."""

    def __init__(self) -> None:
        self.jobs: tuple[JobSummary, ...] = ()
        self.cursor_id: int | None = None
        self.gone_id: int | None = None
        """The cursor's job, when its row is there only because the cursor is."""
        self.marked: dict[int, JobSummary] = {}

    def index(self) -> int | None:
        """The row the cursor is on."""
        return None if self.cursor_id is None else self._index_of(self.cursor_id)

    def job_at(self) -> JobSummary | None:
        """The job the cursor is on, as it is displayed."""
        index = self.index()
        return None if index is None else self.jobs[index]

    def put(self, index: int) -> int | None:
        """Put the cursor on row *index*, or the nearest there is; where it is then."""
        if not self.jobs:
            return None
        index = max(0, min(index, len(self.jobs) - 1))
        self.cursor_id = self.jobs[index].id
        return index

    def update(
        self,
        jobs: Sequence[JobSummary],
        *,
        keep_gone_row: bool,
        latest: JobSummary | None = None,
    ) -> bool:
        """Take *jobs* as the rows; whether the cursor had to leave its job.

        With *haunt* a cursor whose job is gone keeps its row, shown as *became*.
        """
        was_at, before, last_seen = self.index(), self.jobs, self.job_at()
        self.jobs, self.gone_id = tuple(jobs), None
        self._keep_marks(jobs)
        if self.cursor_id is None or was_at is None:
            self.put(0)
            return False
        if self._index_of(self.cursor_id) is not None:
            return False
        ghost = latest or last_seen
        if keep_gone_row and ghost is not None:
            self._insert_gone(ghost, before[:was_at])
            return False
        self.cursor_id = None
        self.put(was_at)
        return True

    def _insert_gone(self, ghost: JobSummary, above: Sequence[JobSummary]) -> None:
        """Put *ghost* where it stood: below the nearest row that is still there."""
        self.gone_id = ghost.id
        places = (self._index_of(job.id) for job in reversed(above))
        place = next((place + 1 for place in places if place is not None), 0)
        self.jobs = (*self.jobs[:place], ghost, *self.jobs[place:])

    def clear(self) -> None:
        """Forget the rows and the cursor; marks stay."""
        self.jobs, self.cursor_id, self.gone_id = (), None, None

    def toggle_mark(self) -> None:
        """Mark the cursor's job, or take its mark off."""
        job = self.job_at()
        if job is not None and self.marked.pop(job.id, None) is None:
            self.marked[job.id] = job

    def _keep_marks(self, jobs: Iterable[JobSummary]) -> None:
        """As they are now; another job that has got the id of a marked one is not."""
        for job in jobs:
            marked = self.marked.get(job.id)
            if marked is not None and marked.created_at == job.created_at:
                self.marked[job.id] = job
            elif marked is not None:
                del self.marked[job.id]

    def unmark(self, job_ids: Iterable[int]) -> None:
        """Take the marks off these."""
        for job_id in job_ids:
            self.marked.pop(job_id, None)

    def _index_of(self, job_id: int) -> int | None:
        return next((i for i, job in enumerate(self.jobs) if job.id == job_id), None)
