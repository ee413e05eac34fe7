"""The order of a list of jobs: the key it runs along, and ranges of that key.

No filter changes the order of a list. The jobs of a bulk action are the exception: they
have a key of their own, and are listed by id, newest first.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sq_console.model import FINISHED, JobFilter
from sq_console.store import rows
from sq_console.store.protocols import Row

Condition = tuple[str, list[object]]
"""The SQL of a condition, and its parameters."""


@dataclass(frozen=True, slots=True)
class ListOrder:
    """The key of a list, the columns that are fixed in it, those that sort."""

    use: str
    fixed: tuple[tuple[str, object], ...]
    columns: tuple[str, ...]
    descending: bool
    bounds: tuple[Condition, ...] = ()
    """Conditions on the first of the columns that sort: ends of the key's range."""

    @property
    def clause(self) -> str:
        """The ORDER BY clause."""
        way = " DESC" if self.descending else ""
        return " ORDER BY " + ", ".join(f"j.{name}{way}" for name in self.columns)


def list_order(wanted: JobFilter) -> ListOrder:
    """Return the order of the list of *wanted* jobs."""
    if wanted.bulk_id is not None:
        fixed = (("bulk_id", wanted.bulk_id),)
        return ListOrder("{use_bulk}", fixed, ("id",), True, _id_bounds(wanted))
    if wanted.state is None:
        return ListOrder("{use_primary}", (), ("id",), True, _id_bounds(wanted))
    state = ("state", wanted.state.value)
    by_host = () if wanted.host is None else (("host", wanted.host),)
    if wanted.state in FINISHED:
        use = "{use_host_finished}" if by_host else "{use_finished}"
        ended, bounds = ("last_finished_at", "id"), tuple(age_conditions(wanted))
        return ListOrder(use, (state, *by_host), ended, True, bounds)
    use = "{use_host}" if by_host else "{use_claim}"
    due = ("priority", "run_at", "id")
    return ListOrder(use, (state, *by_host), due, descending=False)


def bounds_ages(order: ListOrder) -> bool:
    """Does the order's key find jobs by their age, so that no search is needed?"""
    return order.columns[0] == "last_finished_at"


def age_conditions(wanted: JobFilter) -> Iterator[Condition]:
    """Yield the conditions on ages, and that of `as_of`."""
    column, created = _moment_columns(wanted)
    if wanted.older_secs is not None:
        yield f"{column} < {{secs_ago}}", [wanted.older_secs]
    if wanted.since_secs is not None:
        yield f"{column} >= {{secs_ago}}", [wanted.since_secs]
    if wanted.before is not None:
        yield f"{column} < %s", [rows.stamp(wanted.before)]
    if wanted.since is not None:
        yield f"{column} >= %s", [rows.stamp(wanted.since)]
    if wanted.as_of is not None:
        yield f"{created} <= %s", [rows.stamp(wanted.as_of)]


_MOMENT = (
    "CASE j.state WHEN 'pending' THEN j.run_at WHEN 'running' THEN j.last_started_at"
    " ELSE j.last_finished_at END"
)
_CREATED_OR_ENDED = (
    "CASE WHEN j.state IN ('pending', 'running') THEN j.created_at"
    " ELSE j.last_finished_at END"
)


def _moment_columns(wanted: JobFilter) -> tuple[str, str]:
    """Return what a job's age counts from, and what `as_of` compares."""
    if wanted.state is None:
        return _MOMENT, _CREATED_OR_ENDED
    if wanted.state in FINISHED:
        return "j.last_finished_at", "j.last_finished_at"
    begun = "run_at" if wanted.state.value == "pending" else "last_started_at"
    return f"j.{begun}", "j.created_at"


def _id_bounds(wanted: JobFilter) -> tuple[Condition, ...]:
    return () if wanted.max_id is None else (("j.id <= %s", [wanted.max_id]),)


def key_ranges(order: ListOrder, after: str | None) -> list[tuple[str, list[object]]]:
    """Return ranges of the key that together are all rows beyond *after*, in order:
    each a WHERE clause and its parameters.
    """
    fixed = [f"j.{name} = %s" for name, _ in order.fixed]
    values = [value for _, value in order.fixed]
    bounds = [condition for condition, _ in order.bounds]
    ends = [param for _, params in order.bounds for param in params]
    if after is None:
        return [(_where([*fixed, *bounds]), [*values, *ends])]
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
        where = _where([*fixed, *equal, condition, *bounds])
        ranges.append((where, [*values, *before, *extra, *ends]))
    return ranges


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _beyond(order: ListOrder, column: str, value: object) -> Condition | None:
    """Return the condition for rows after *value* in this column; NULL comes last in a
    descending order.
    """
    if value is None:
        return None
    if not order.descending:
        return f"j.{column} > %s", [value]
    if column == "last_finished_at" and not order.bounds:
        return f"(j.{column} < %s OR j.{column} IS NULL)", [value]
    return f"j.{column} < %s", [value]


def page_mark(row: Row, order: ListOrder) -> str:
    """Return the mark after which the page that follows *row* begins."""
    return json.dumps([_plain(row[name]) for name in order.columns])


def _plain(value: object) -> object:
    return rows.as_text(value) if isinstance(value, bytes) else value
