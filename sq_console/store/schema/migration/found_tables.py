"""The tables that a database has, as the steps are derived from them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_WORD = re.compile(r"'[^']*'|[a-z_]+")


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """One column, as information_schema has it."""

    type: str
    is_nullable: bool = True
    default: str | None = None
    extra: str = ""
    expression: str = ""
    """Of a computed one."""
    comment: str = ""

    @property
    def moves(self) -> bool:
        """Has it an ON UPDATE?"""
        return "on update" in self.extra.lower()

    @property
    def defaults_to_now(self) -> bool:
        """Does an INSERT that does not name it put the time there?"""
        return "current_timestamp" in (self.default or "").lower()


@dataclass(frozen=True, slots=True)
class FoundTable:
    """One table."""

    columns: Mapping[str, FoundColumn] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()
    rows: int = 0
    """About so many."""


Found = Mapping[str, FoundTable]
"""By name."""


def computes_the_same(expression: str, definition: str, names: frozenset[str]) -> bool:
    """Does the *expression* that a server shows belong to *definition*?

    Each server writes it in its own way. What it cannot rewrite are the names of
    columns (*names*) and the texts, so these are compared.
    """
    return _words(expression, names) == _words(definition, names)


def _words(text: str, names: frozenset[str]) -> frozenset[str]:
    plain = text.partition(" AS ")[2] or text
    found = _WORD.findall(plain.replace("\\'", "'").lower())
    return frozenset(word for word in found if word[0] == "'" or word in names)
