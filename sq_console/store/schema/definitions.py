"""The tables of a schema file, taken apart: the definition of each column, the
columns of each key.

A definition is what follows the name in CREATE TABLE, on one line, and so what ADD
COLUMN takes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from sq_console.store.schema import mysql_statements

_KEY = re.compile(r"KEY (\w+) (\(.*\))")


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """One table."""

    name: str
    create: str
    """The whole statement."""
    columns: Mapping[str, str]
    """Name -> definition."""
    keys: Mapping[str, str]
    """Name -> columns in parentheses, without the primary key."""

    @property
    def generated(self) -> frozenset[str]:
        """The columns that are computed."""
        return frozenset(
            name for name, made in self.columns.items() if is_generated(made)
        )


def is_generated(definition: str) -> bool:
    """Is the column computed from others?"""
    return definition.endswith(" VIRTUAL")


def take_apart(name: str, create: str) -> TableDefinition:
    """Return the parts of a CREATE TABLE statement without comments."""
    columns: dict[str, str] = {}
    keys: dict[str, str] = {}
    for part in _parts(create[create.index("(") + 1 : create.rindex(")")]):
        if key := _KEY.fullmatch(part):
            keys[key[1]] = key[2]
        elif not part.startswith("PRIMARY KEY"):
            column, _, definition = part.partition(" ")
            columns[column] = definition
    return TableDefinition(name, create, columns, keys)


def _parts(body: str) -> Iterator[str]:
    """Yield what stands between the commas that are in no parentheses or quotes."""
    part, depth, quoted = "", 0, False
    for char in body:
        quoted ^= char == "'"
        depth += 0 if quoted else {"(": 1, ")": -1}.get(char, 0)
        if char == "," and not (depth or quoted):
            yield " ".join(part.split())
            part = ""
        else:
            part += char
    yield " ".join(part.split())


@cache
def definitions() -> Mapping[str, TableDefinition]:
    """Return the tables of schema.sql by name, in its order."""
    return {name: take_apart(name, made) for name, made in mysql_statements() if name}
