"""Lists of jobs, page by page.

Each list runs along one key, so that a page costs the same wherever it lies and however
long the table is: pending and running jobs in the order in which they are claimed,
finished ones newest first, all of them by id. The following page begins after the last
row's key values (keyset paging); they are compared column by column in separate
queries, since no server uses a key for `(a, b) > (x, y)`.

A search for what no key finds reads, for one page, `SEARCH_WINDOW` rows of its list at
most, `TEXT_WINDOW` of them if it looks into bodies or answers, and returns where the
next page begins; that may be after few matches, or none.
"""

from collections.abc import Sequence

from sq_console.model import (
    SEARCH_WINDOW,
    TEXT_WINDOW,
    JobFilter,
    JobPage,
    JobSummary,
)
from sq_console.store import job_columns, rows
from sq_console.store.dialect import in_list
from sq_console.store.protocols import Row, Session
from sq_console.store.queries.job_order import (
    Condition,
    ListOrder,
    key_ranges,
    list_order,
    page_mark,
)
from sq_console.store.queries.job_search import search_condition

_SELECT = "SELECT {summary_columns} FROM queued_job AS j "
_MATCHES = "SELECT id FROM ("
# What is compared stays inside: with texts in it the derived table would be a file.
_LOOKED_AT = "SELECT j.id, "
_FROM = " FROM queued_job AS j "
_AS_HIT = f" AS hit{_FROM}"


def list_jobs(
    session: Session, wanted: JobFilter, limit: int, after: str | None
) -> JobPage:
    """Return the page of *wanted* jobs that begins after the mark *after*."""
    if wanted.job_id is not None:
        found = session.rows(f"{_SELECT}WHERE j.id = %s", (wanted.job_id,))
        return JobPage(tuple(job_columns.summary(row) for row in found), None)
    order = list_order(wanted)
    searched = search_condition(wanted, order)
    if searched is not None:
        window = TEXT_WINDOW if wanted.reads_texts else SEARCH_WINDOW
        return _search(session, searched, window, order, limit, after)
    return _cut(_page(session, order, limit + 1, after), order, limit)


def _cut(found: list[Row], order: ListOrder, limit: int) -> JobPage:
    """Return the page of the first *limit* rows; more follow if *found* is longer."""
    jobs = tuple(job_columns.summary(row) for row in found[:limit])
    more = len(found) > limit
    return JobPage(jobs, page_mark(found[limit - 1], order) if more else None)


def _page(
    session: Session, order: ListOrder, limit: int, after: str | None
) -> list[Row]:
    found: list[Row] = []
    for where, params in key_ranges(order, after):
        statement = f"{_SELECT}{order.use}{where}{order.clause} LIMIT %s"
        found += session.rows(statement, (*params, limit - len(found)))
        if len(found) >= limit:
            break
    return found


def _search(
    session: Session,
    searched: Condition,
    window: int,
    order: ListOrder,
    limit: int,
    after: str | None,
) -> JobPage:
    """Return the first matches beyond *after*, in the list's order, up to the first
    range of the key that is longer than the search window.
    """
    condition, params = searched
    found: list[Row] = []
    for ranged, values in key_ranges(order, after):
        where = f"{ranged}{order.clause}"
        matches = session.rows(
            f"{_MATCHES}{_LOOKED_AT}{condition}{_AS_HIT}{order.use}{where}"
            f" LIMIT {window}) AS w WHERE w.hit LIMIT %s",
            (*params, *values, limit + 1 - len(found)),
        )
        found += _in_order(session, [rows.whole(row["id"]) for row in matches])
        if len(found) > limit:
            break
        columns = ", ".join(f"j.{name}" for name in order.columns)
        end = session.rows(
            f"SELECT {columns}{_FROM}{order.use}{where} LIMIT 1 OFFSET {window - 1}",
            values,
        )
        if end:
            jobs = tuple(job_columns.summary(row) for row in found)
            return JobPage(jobs, page_mark(end[0], order))
    return _cut(found, order, limit)


def jobs_with_ids(session: Session, ids: Sequence[int]) -> tuple[JobSummary, ...]:
    """Return those of the jobs that are there, in the order of *ids*."""
    return tuple(job_columns.summary(row) for row in _in_order(session, ids))


def _in_order(session: Session, ids: Sequence[int]) -> list[Row]:
    if not ids:
        return []
    found = session.rows(f"{_SELECT}WHERE j.id IN {in_list(ids)}", ids)
    by_id = {rows.whole(row["id"]): row for row in found}
    return [by_id[job_id] for job_id in ids if job_id in by_id]
