"""What a search compares in each row, because no key finds it."""

from collections.abc import Iterator

from sq_console.model import JobFilter
from sq_console.store.queries.job_order import (
    Condition,
    ListOrder,
    age_conditions,
    bounds_ages,
)
from sq_console.text.job_fields import FILTER_FIELDS

_AS_UTF8 = "{{as_utf8}}{}{{end_as_utf8}}"
# Some servers do not compare a latin1 column with what latin1 has no character for.


def search_condition(wanted: JobFilter, order: ListOrder) -> Condition | None:
    """Return what rows of the list in this order are compared with; None when the key
    finds them all.
    """
    found = [
        *_equal_columns(wanted, order),
        *_parts(wanted),
        *_ages_and_ids(wanted, order),
    ]
    if not found:
        return None
    params = [param for _, values in found for param in values]
    return " AND ".join(condition for condition, _ in found), params


def _equal_columns(wanted: JobFilter, order: ListOrder) -> Iterator[Condition]:
    """Yield the columns that must have one value, but for those fixed in the key."""
    names = [field.name for field in FILTER_FIELDS]
    values = {name: getattr(wanted, name) for name in (*names, "last_status_code")}
    values |= {"host": wanted.host, "bulk_id": wanted.bulk_id}
    values["state"] = None if wanted.state is None else wanted.state.value
    for name, value in values.items():
        if value is not None and name not in dict(order.fixed):
            yield f"j.{name} = %s", [value]
    if wanted.status_class is not None:
        first = wanted.status_class * 100
        yield "j.last_status_code BETWEEN %s AND %s", [first, first + 99]


def _parts(wanted: JobFilter) -> Iterator[Condition]:
    for columns, part in (
        (("j.url", "j.last_error"), wanted.text),
        (("{url_path}",), wanted.path),
        (("j.last_error",), wanted.error),
        (("j.body",), wanted.body),
        (("j.last_response",), wanted.answer),
    ):
        if part:
            having = " OR ".join(_having(column, part) for column in columns)
            yield f"({having})", [_like(part)] * len(columns)


def _having(column: str, part: str) -> str:
    compared = column if part.isascii() else _AS_UTF8.format(column)
    return f"{compared} LIKE %s ESCAPE '!'"


def _ages_and_ids(wanted: JobFilter, order: ListOrder) -> Iterator[Condition]:
    if not bounds_ages(order):
        yield from age_conditions(wanted)
    if wanted.max_id is not None and order.columns[0] != "id":
        yield "j.id <= %s", [wanted.max_id]


def _like(part: str) -> str:
    for special in "!%_":
        part = part.replace(special, f"!{special}")
    return f"%{part}%"
