"""A step of a migration: one statement that may be run again, or the walk over jobs."""

from dataclasses import dataclass

INSTANT = ("ALGORITHM=INSTANT", "ALGORITHM=INPLACE, LOCK=NONE")
"""Ways to run an ALTER, best first. None of them keeps writers out."""
INPLACE = ("ALGORITHM=INPLACE, LOCK=NONE",)

KEY_SECS = 2.8
"""For one key of a million rows (measured: MariaDB 10.11, five keys in 13.8 s)."""
WALK_SECS = 20.0
"""For a million jobs of which a fifth is pending."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step."""

    title: str
    sql: str
    params: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ()
    """Of an ALTER, in the order in which they are tried."""
    secs: float = 0.0
    """About how long it takes."""
    is_walk: bool = False
    """The step that brings the meaning of the ancestor's rows over."""

    @property
    def shown(self) -> str:
        """The statement as it is tried first."""
        sql = self.sql
        for param in self.params:
            quoted = param.replace("'", "''")
            sql = sql.replace("%s", f"'{quoted}'", 1)
        return f"{sql}, {self.algorithms[0]}" if self.algorithms else sql

    @property
    def blocks(self) -> str:
        """Who waits for it."""
        if self.is_walk:
            return "nobody: a few hundred rows at a time, none that is locked"
        if self.algorithms == INPLACE:
            return (
                "nobody, but for a second at its begin and end if a transaction is open"
            )
        if self.algorithms:
            return "nobody, but for a second if a transaction is open on the table"
        return "nobody"
