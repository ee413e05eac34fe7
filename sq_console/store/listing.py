"""Lists of jobs, page by page.

Each list runs along one key, so that a page costs the same wherever it lies and however
long the table is: pending and running jobs in the order in which they are claimed,
finished ones newest first, all of them by id. The following page begins after the last
row's key values (keyset paging); they are compared column by column in separate
queries, since no server uses a key for `(a, b) > (x, y)`.

A search for text or organization has no key: it looks through the first `SEARCH_WINDOW`
rows of its list, and no further.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sq_console.model import FINISHED, SEARCH_WINDOW, JobFilter, JobPage, JobSummary
from sq_console.store import rows
from sq_console.store.base import Row, Session
from sq_console.store.dialect import in_list

_SELECT = "SELECT {summary_columns} FROM queued_job AS j "
_MATCHES = "SELECT id FROM ("
# What is compared stays inside: with texts in it the derived table would be a file.
_LOOKED_AT = "SELECT j.id, "
_AS_HIT = " AS hit FROM queued_job AS j "


@dataclass(frozen=True, slots=True)
class _Order:
    """A key to run along: the columns that are fixed, and those that give the order."""

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
    """See `base.Reads.jobs`."""
    if wanted.job_id is not None:
        found = session.rows(f"{_SELECT}WHERE j.id = %s", (wanted.job_id,))
        return JobPage(tuple(rows.summary(row) for row in found), None)
    order = _order(wanted)
    if _needs_search(wanted):
        return JobPage(_search(session, wanted, order, limit), None)
    found = _page(session, order, limit + 1, after)
    jobs = tuple(rows.summary(row) for row in found[:limit])
    more = len(found) > limit
    return JobPage(jobs, _mark(found[limit - 1], order) if more else None)


def _needs_search(wanted: JobFilter) -> bool:
    without_state = wanted.state is None and wanted.host is not None
    return bool(wanted.text) or wanted.organization_id is not None or without_state


def _order(wanted: JobFilter) -> _Order:
    if wanted.state is None:
        return _Order("{use_primary}", (), ("id",), True)
    state = ("state", wanted.state.value)
    finished = wanted.state in FINISHED
    if wanted.host is not None:
        fixed = (state, ("host", wanted.host))
        return _Order("{use_host}", fixed, ("priority", "run_at", "id"), finished)
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
    """Ranges of the key that together are all rows beyond *after*, in order."""
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
    """Rows after *value* in this column; NULL comes last in a descending order."""
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
    return rows.text(value) if isinstance(value, bytes) else value


def _search(
    session: Session, wanted: JobFilter, order: _Order, limit: int
) -> tuple[JobSummary, ...]:
    """The first matches within the search window, in the list's order."""
    fixed = " AND ".join(f"j.{name} = %s" for name, _ in order.fixed)
    conditions, params = _search_conditions(wanted)
    window = (
        f"{_LOOKED_AT}{conditions}{_AS_HIT}{order.use}"
        f"{' WHERE ' + fixed if fixed else ''}{order.clause} LIMIT {SEARCH_WINDOW}"
    )
    matches = session.rows(
        f"{_MATCHES}{window}) AS w WHERE w.hit LIMIT %s",
        (*params, *(value for _, value in order.fixed), limit),
    )
    return _in_order(session, [rows.whole(row["id"]) for row in matches])


def _search_conditions(wanted: JobFilter) -> tuple[str, list[object]]:
    conditions: list[str] = []
    params: list[object] = []
    if wanted.text:
        conditions.append(
            "(j.url LIKE %s ESCAPE '!' OR j.last_error LIKE %s ESCAPE '!')"
        )
        params += [_like(wanted.text)] * 2
    if wanted.organization_id is not None:
        conditions.append("j.organization_id = %s")
        params.append(wanted.organization_id)
    if wanted.host is not None:
        conditions.append("j.host = %s")
        params.append(wanted.host)
    return " AND ".join(conditions), params


def _like(part: str) -> str:
    for special in "!%_":
        part = part.replace(special, f"!{special}")
    return f"%{part}%"


def _in_order(session: Session, ids: Sequence[int]) -> tuple[JobSummary, ...]:
    if not ids:
        return ()
    found = session.rows(f"{_SELECT}WHERE j.id IN {in_list(ids)}", ids)
    by_id = {rows.whole(row["id"]): rows.summary(row) for row in found}
    return tuple(by_id[job_id] for job_id in ids if job_id in by_id)
