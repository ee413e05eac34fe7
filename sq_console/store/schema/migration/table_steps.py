"""The steps that make one table as schema.sql has it, but for the types of columns that
are there: no row is rewritten.

A computed column whose expression is older is not dropped first: another beside it, and
its keys, are built, and one ALTER exchanges their names. So a processor of the older
version finds its keys at any moment.
"""

from collections.abc import Iterator

from sq_console.store.schema.definitions import TableDefinition, is_generated
from sq_console.store.schema.migration.found_tables import (
    FoundColumn,
    FoundTable,
    computes_the_same,
)
from sq_console.store.schema.migration.steps import INPLACE, INSTANT, KEY_SECS, Step

BEFORE_US = "1970-01-01 00:00:01.000"
"""`created_at` of a row that is older than the column: nobody knows when."""
KEYS_AWAY = "drop the keys of computed columns for a while"
"""Processors of an older version do not work without them."""
NEXT = "_next"
OLD = "_old"

_UNKNOWN_BEFORE = frozenset({("queued_job", "created_at"), ("queued_job", "run_at")})
"""Added with a constant, or every old row would get the moment of the ALTER."""


class TableSteps:
    """Derives the steps of one table."""

    def __init__(
        self,
        wanted: TableDefinition,
        found: FoundTable,
        *,
        adds_beside_keys: bool = True,
    ) -> None:
        self._wanted = wanted
        self._found = found
        self._adds_beside_keys = adds_beside_keys
        self._keys = found.keys
        self._names = frozenset(wanted.columns)
        self._outdated = [
            name
            for name in wanted.columns
            if is_generated(wanted.columns[name]) and self._is_outdated(name)
        ]

    def columns(self) -> Iterator[Step]:
        """Add the stored columns that are missing. A server that adds none beside keys
        of computed columns loses these keys first: they are built again.
        """
        missing = [
            name
            for name, made in self._wanted.columns.items()
            if name not in self._found.columns and not is_generated(made)
        ]
        in_the_way = [name for name in self._wanted.keys if self._is_in_the_way(name)]
        if missing and in_the_way:
            self._keys -= frozenset(in_the_way)
            dropped = ", ".join(f"DROP KEY {name}" for name in in_the_way)
            yield self._alter(KEYS_AWAY, dropped, INPLACE)
        if missing:
            added = (f"ADD COLUMN {name} {self._definition(name)}" for name in missing)
            yield self._alter(f"add {len(missing)} columns", ", ".join(added), INSTANT)

    def times(self, retries: int | None = None) -> Iterator[Step]:
        """Give times the default of schema.sql, and take ON UPDATE off. With *retries*
        that is the default of `remaining_retries` from the same moment on.
        """
        changes = [
            change
            for name in self._wanted.columns
            if (change := self._time_change(name))
        ]
        if retries is not None and self._default("remaining_retries") != str(retries):
            changes.append(f"ALTER COLUMN remaining_retries SET DEFAULT {retries}")
        if changes:
            yield self._alter("set defaults", ", ".join(changes), INSTANT)

    def computed(self) -> Iterator[Step]:
        """Add the computed columns that are missing, or are there in an older form."""
        there = self._found.columns
        missing = [
            name
            for name in self._wanted.columns
            if name in self._wanted.generated and name not in there
        ]
        beside = [name for name in self._outdated if f"{name}{NEXT}" not in there]
        added = [f"ADD COLUMN {name} {self._wanted.columns[name]}" for name in missing]
        added += [
            f"ADD COLUMN {name}{NEXT} {self._wanted.columns[name]}" for name in beside
        ]
        if added:
            names = " and ".join([*missing, *beside])
            yield self._alter(f"compute {names}", ", ".join(added), INSTANT)

    def keys(self) -> Iterator[Step]:
        """Build the keys that are missing, all in one pass over the table; exchange
        those of older computed columns.
        """
        there = self._keys
        again = [name for name in self._wanted.keys if self._is_of_outdated(name)]
        wanted = {
            name: columns
            for name, columns in self._wanted.keys.items()
            if name not in again and name not in there
        }
        wanted |= {
            f"{name}{NEXT}": self._beside(self._wanted.keys[name])
            for name in again
            if f"{name}{NEXT}" not in there
        }
        if wanted:
            added = (f"ADD KEY {name} {columns}" for name, columns in wanted.items())
            secs = KEY_SECS * len(wanted) * self._found.rows / 1e6
            title = f"build the keys {', '.join(wanted)}"
            yield self._alter(title, ", ".join(added), INPLACE, secs)
        if self._outdated:
            yield self._exchange(again)
        yield from self._remove_old(again)

    def _exchange(self, keys: list[str]) -> Step:
        renamed = []
        for name in self._outdated:
            renamed += [
                f"RENAME COLUMN {name} TO {name}{OLD}",
                f"RENAME COLUMN {name}{NEXT} TO {name}",
            ]
        for name in keys:
            if name in self._keys:
                renamed.append(f"RENAME INDEX {name} TO {name}{OLD}")
            renamed.append(f"RENAME INDEX {name}{NEXT} TO {name}")
        title = f"take the new {' and '.join(self._outdated)} and its keys"
        return self._alter(title, ", ".join(renamed), INSTANT)

    def _remove_old(self, exchanged: list[str]) -> Iterator[Step]:
        """Remove what an exchange left, this run's or an interrupted one's."""
        there, keys = self._found.columns, self._keys
        old_keys = [
            f"{name}{OLD}"
            for name in self._wanted.keys
            if f"{name}{OLD}" in keys or (name in exchanged and name in keys)
        ]
        old = [
            f"{name}{OLD}"
            for name in self._wanted.columns
            if f"{name}{OLD}" in there or name in self._outdated
        ]
        if old_keys:
            dropped = ", ".join(f"DROP KEY {name}" for name in old_keys)
            yield self._alter("drop the old keys", dropped, INPLACE)
        if old:
            dropped = ", ".join(f"DROP COLUMN {name}" for name in old)
            yield self._alter(f"drop {' and '.join(old)}", dropped, INSTANT)

    def _is_in_the_way(self, key: str) -> bool:
        columns = self._wanted.keys[key].strip("()").split(", ")
        computed = self._wanted.generated & {*columns}
        return not self._adds_beside_keys and key in self._keys and bool(computed)

    def _is_outdated(self, name: str) -> bool:
        column = self._found.columns.get(name)
        return column is not None and not computes_the_same(
            column.expression, self._wanted.columns[name], self._names
        )

    def _is_of_outdated(self, key: str) -> bool:
        columns = self._wanted.keys[key].strip("()").split(", ")
        return any(name in columns for name in self._outdated)

    def _beside(self, columns: str) -> str:
        names = columns.strip("()").split(", ")
        beside = (f"{it}{NEXT}" if it in self._outdated else it for it in names)
        return f"({', '.join(beside)})"

    def _definition(self, name: str) -> str:
        made = self._wanted.columns[name]
        if (self._wanted.name, name) in _UNKNOWN_BEFORE:
            return f"{made.partition(' DEFAULT ')[0]} DEFAULT '{BEFORE_US}'"
        return made

    def _default(self, name: str) -> str | None:
        column = self._found.columns.get(name)
        return column.default if column else None

    def _time_change(self, name: str) -> str:
        """Return how a time becomes as schema.sql has it, "" when it is. One that is
        added before, with a constant, is among them.
        """
        made = self._wanted.columns[name]
        wants_now = "DEFAULT CURRENT_TIMESTAMP" in made
        column = self._found.columns.get(name)
        if column is None:
            is_constant = (self._wanted.name, name) in _UNKNOWN_BEFORE
            return f"MODIFY {name} {made}" if is_constant else ""
        is_time = column.type.startswith("timestamp")
        is_wrong = column.moves or (wants_now and not column.defaults_to_now)
        if not (is_time and made.startswith("TIMESTAMP") and is_wrong):
            return ""
        return f"MODIFY {name} {_as_it_is(column, wants_now=wants_now)}"

    def _alter(
        self, title: str, changes: str, algorithms: tuple[str, ...], secs: float = 0.1
    ) -> Step:
        table = self._wanted.name
        return Step(
            f"{table}: {title}",
            f"ALTER TABLE {table} {changes}",
            algorithms=algorithms,
            secs=secs,
        )


def _as_it_is(column: FoundColumn, *, wants_now: bool) -> str:
    """Return the definition of a time with its type and comment, and a good default."""
    null = "NULL" if column.is_nullable else "NOT NULL"
    fraction = column.type.removeprefix("timestamp")
    default = f" DEFAULT CURRENT_TIMESTAMP{fraction}" if wants_now else ""
    if column.is_nullable and not wants_now:
        default = " DEFAULT NULL"
    text = column.comment.replace("'", "''")
    comment = f" COMMENT '{text}'" if text else ""
    return f"{column.type.upper()} {null}{default}{comment}"
