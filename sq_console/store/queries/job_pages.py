"""Lists of jobs, page by page.

Each list runs along one key, so that a page costs the same wherever it lies and however
long the table is: pending and running jobs in the order in which they are claimed,
finished ones newest first, all of them by id. The following page begins after the last
row's key values (keyset paging); they are compared column by column in separate
queries, since no server uses a key for `(a, b) > (x, y)`.

A search for text or organization has no key: for one page it reads `SEARCH_WINDOW` rows
of its list at most, and returns where the next page begins; that may be after few
matches, or none.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sq_console.model import FINISHED, SEARCH_WINDOW, JobFilter, JobPage
from sq_console.store import job_columns, rows
from sq_console.store.dialect import in_list
from sq_console.store.protocols import Row, Session
from sq_console.text.job_fields import FILTER_FIELDS

_SELECT = "SELECT {summary_columns} FROM queued_job AS j "
_MATCHES = "SELECT id FROM ("
# What is compared stays inside: with texts in it the derived table would be a file.
_LOOKED_AT = "SELECT j.id, "
_FROM = " FROM queued_job AS j "
_AS_HIT = f" AS hit{_FROM}"


@dataclass(frozen=True, slots=True)
class _Order:
    """The order of a list: its key, the columns that are fixed, those that sort."""

    use: str
    fixed: tuple[tuple[str, object], ...]
    columns: tuple[str, ...]
    descending: bool

    @property
    def clause(self) -> str:
        way = " DESC" if self.descending else ""
        return " ORDER BY " + ", ".join(f"j.{name}{way}" for name in self.columns)


def list_jobs(
    session: Session, wanted: JobFilter, limit: int, after: str | None
) -> JobPage:
    """Return the page of *wanted* jobs that begins after the mark *after*."""
    if wanted.job_id is not None:
        found = session.rows(f"{_SELECT}WHERE j.id = %s", (wanted.job_id,))
        return JobPage(tuple(job_columns.summary(row) for row in found), None)
    order = _order(wanted)
    if _needs_search(wanted):
        return _search(session, wanted, order, limit, after)
    return _cut(_page(session, order, limit + 1, after), order, limit)


def _cut(found: list[Row], order: _Order, limit: int) -> JobPage:
    """Return the page of the first *limit* rows; more follow if *found* is longer."""
    jobs = tuple(job_columns.summary(row) for row in found[:limit])
    more = len(found) > limit
    return JobPage(jobs, _mark(found[limit - 1], order) if more else None)


def _needs_search(wanted: JobFilter) -> bool:
    without_state = wanted.state is None and wanted.host is not None
    return bool(wanted.text or _column_values(wanted)) or without_state


def _column_values(wanted: JobFilter) -> dict[str, object]:
    """By column: the value that jobs must have, where one is asked for."""
    values = {field.name: getattr(wanted, field.name) for field in FILTER_FIELDS}
    return {name: value for name, value in values.items() if value is not None}


def _order(wanted: JobFilter) -> _Order:
    if wanted.state is None:
        return _Order("{use_primary}", (), ("id",), True)
    state = ("state", wanted.state.value)
    finished = wanted.state in FINISHED
    if wanted.host is not None:
        fixed = (state, ("host", wanted.host))
        if finished:
            ended = ("last_finished_at", "id")
            return _Order("{use_host_finished}", fixed, ended, descending=True)
        due = ("priority", "run_at", "id")
        return _Order("{use_host}", fixed, due, descending=False)
    if finished:
        return _Order("{use_finished}", (state,), ("last_finished_at", "id"), True)
    return _Order("{use_claim}", (state,), ("priority", "run_at", "id"), False)


def _page(session: Session, order: _Order, limit: int, after: str | None) -> list[Row]:
    found: list[Row] = []
    for conditions, params in _ranges(order, after):
        where = " AND ".join(conditions)
        statement = (
            f"{_SELECT}{order.use}"
            f"{' WHERE ' + where if where else ''}{order.clause} LIMIT %s"
        )
        found += session.rows(statement, (*params, limit - len(found)))
        if len(found) >= limit:
            break
    return found


def _ranges(order: _Order, after: str | None) -> list[tuple[list[str], list[object]]]:
    """Return ranges of the key that together are all rows beyond *after*, in order."""
    fixed = [f"j.{name} = %s" for name, _ in order.fixed]
    values = [value for _, value in order.fixed]
    if after is None:
        return [(fixed, values)]
    mark = json.loads(after)
    ranges = []
    for last in reversed(range(len(order.columns))):
        equal = [
            "j.{} {}".format(name, "IS NULL" if value is None else "= %s")
            for name, value in zip(order.columns[:last], mark[:last], strict=True)
        ]
        beyond = _beyond(order, order.columns[last], mark[last])
        if beyond is None:
            continue
        condition, extra = beyond
        before = [value for value in mark[:last] if value is not None]
        ranges.append(([*fixed, *equal, condition], [*values, *before, *extra]))
    return ranges


def _beyond(
    order: _Order, column: str, value: object
) -> tuple[str, list[object]] | None:
    """Return the condition for rows after *value* in this column; NULL comes last in a
    descending order.
    """
    if value is None:
        return None
    if not order.descending:
        return f"j.{column} > %s", [value]
    if column == "last_finished_at":
        return f"(j.{column} < %s OR j.{column} IS NULL)", [value]
    return f"j.{column} < %s", [value]


def _mark(row: Row, order: _Order) -> str:
    return json.dumps([_plain(row[name]) for name in order.columns])


def _plain(value: object) -> object:
    return rows.as_text(value) if isinstance(value, bytes) else value


def _search(
    session: Session, wanted: JobFilter, order: _Order, limit: int, after: str | None
) -> JobPage:
    """Return the first matches beyond *after*, in the list's order, up to the first
    range of the key that is longer than the search window.
    """
    conditions, params = _search_conditions(wanted)
    found: list[Row] = []
    for ranged, values in _ranges(order, after):
        where = f"{' WHERE ' + ' AND '.join(ranged) if ranged else ''}{order.clause}"
        matches = session.rows(
            f"{_MATCHES}{_LOOKED_AT}{conditions}{_AS_HIT}{order.use}{where}"
            f" LIMIT {SEARCH_WINDOW}) AS w WHERE w.hit LIMIT %s",
            (*params, *values, limit + 1 - len(found)),
        )
        found += _in_order(session, [rows.whole(row["id"]) for row in matches])
        if len(found) > limit:
            break
        columns = ", ".join(f"j.{name}" for name in order.columns)
        end = session.rows(
            f"SELECT {columns}{_FROM}{order.use}{where}"
            f" LIMIT 1 OFFSET {SEARCH_WINDOW - 1}",
            values,
        )
        if end:
            jobs = tuple(job_columns.summary(row) for row in found)
            return JobPage(jobs, _mark(end[0], order))
    return _cut(found, order, limit)


def _search_conditions(wanted: JobFilter) -> tuple[str, list[object]]:
    conditions: list[str] = []
    params: list[object] = []
    if wanted.text:
        conditions.append(
            "(j.url LIKE %s ESCAPE '!' OR j.last_error LIKE %s ESCAPE '!')"
        )
        params += [_like(wanted.text)] * 2
    for name, value in _column_values(wanted).items():
        conditions.append(f"j.{name} = %s")
        params.append(value)
    if wanted.host is not None:
        conditions.append("j.host = %s")
        params.append(wanted.host)
    return " AND ".join(conditions), params


def _like(part: str) -> str:
    for special in "!%_":
        part = part.replace(special, f"!{special}")
    return f"%{part}%"


def _in_order(session: Session, ids: Sequence[int]) -> list[Row]:
    if not ids:
        return []
    found = session.rows(f"{_SELECT}WHERE j.id IN {in_list(ids)}", ids)
    by_id = {rows.whole(row["id"]): row for row in found}
    return [by_id[job_id] for job_id in ids if job_id in by_id]
