"""The jobs of the list that a job's page was opened from: the next, the one before."""

from dataclasses import dataclass
from typing import Any

from sq_console.model import JobSummary, LogEntry
from sq_console.ui.widgets.cursor_list import CursorList


@dataclass(frozen=True, slots=True)
class ListedJob:
    """A job of a list, and its place there."""

    job_id: int
    seen: JobSummary | None
    """As the list shows it; None in a list of something else."""
    place: str
    """`3 of 200`"""


class ListNeighbours:
    """Goes from job to job in *view*. Its cursor goes along, so that one comes back to
    where one was last.
    """

    def __init__(self, view: "CursorList[Any, Any]") -> None:
        self._view = view

    def current(self) -> ListedJob | None:
        """Return the job under the list's cursor."""
        index = self._view.cursor.index
        return None if index is None else self._at(index)

    def step(self, by: int) -> ListedJob | None:
        """Put the cursor on the next row about another job, or on the one before;
        return that job, None at the end of the list.
        """
        rows, index = self._view.cursor.rows, self._view.cursor.index
        if index is None:
            return None
        was = _job_id_of(rows[index])
        index += by
        while 0 <= index < len(rows):
            if _job_id_of(rows[index]) not in (None, was):
                self._view.put_cursor(index)
                return self._at(index)
            index += by
        return None

    def _at(self, index: int) -> ListedJob | None:
        rows = self._view.cursor.rows
        row, job_id = rows[index], _job_id_of(rows[index])
        if job_id is None:
            return None
        place = f"{index + 1:,} of {len(rows):,}"
        return ListedJob(job_id, row if isinstance(row, JobSummary) else None, place)


def _job_id_of(row: object) -> int | None:
    match row:
        case JobSummary(id=job_id):
            return job_id
        case LogEntry(job_id=job_id):
            return job_id or None
        case _:
            job = getattr(row, "job", None)
            return job.id if isinstance(job, JobSummary) else None
