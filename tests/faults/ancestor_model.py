"""What the ancestor would have called: a model of it, written from its behaviour and
knowing nothing of ours.

It looks for rows whose result is NULL or 2, with retries left, and with
`last_finished_at` + `retry_delay_secs` over; calls each; writes 0 for a 200, 2 for a
503, and takes a retry off after every failure, the first one too. It sends the bytes of
the column.
"""

from collections.abc import Iterator
from dataclasses import dataclass

SUCCESS, PERMANENT, TEMPORARY = 0, 1, 2


@dataclass(slots=True)
class AncestorRow:
    """One row of its table."""

    id: int
    path: str
    """`/200` or `/503`: what the handler answers, always."""
    body: bytes
    result_code: int | None = None
    remaining_retries: int = 10
    retry_delay_secs: int = 0
    started_ago_secs: int | None = None
    finished_ago_secs: int | None = None

    def is_workable(self) -> bool:
        """Would it be called, now or later?"""
        is_open = self.result_code is None or self.result_code == TEMPORARY
        return is_open and self.remaining_retries > 0

    def is_due(self) -> bool:
        """Is its delay over?"""
        finished = self.finished_ago_secs
        return finished is None or finished >= self.retry_delay_secs


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A request, as far as a handler can tell one from another."""

    job_id: int
    target: str
    body: bytes


def calls_of(row: AncestorRow) -> Iterator[ModelCall]:
    """Yield the calls that the ancestor still makes of *row*, if it runs long enough
    for delays of no seconds, and not for others.
    """
    result, retries = row.result_code, row.remaining_retries
    due = row.is_due()
    while due and retries > 0 and result in (None, TEMPORARY):
        yield ModelCall(row.id, row.path, row.body)
        if row.path.startswith("/200"):
            result = SUCCESS
        else:
            result, retries = TEMPORARY, retries - 1
            due = row.retry_delay_secs == 0
