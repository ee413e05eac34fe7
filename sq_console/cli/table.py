"""Tables for people, fitted to the width of the terminal.

A table that is too wide gives up, in this order: the part of a time that is obvious,
columns that can go, and then the ends of cells in columns that can be narrowed. In a
pipe a table is whole. The widths come from the rows, which are printed once. The
console's lists (`ui/content/list_columns.py`) have fixed widths instead: rows that
change must not move the columns beside them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sq_console.text.sanitize import clean
from sq_console.ui.terminal.cells import cut, left, right, width_of

GAP = 2


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column of a table for people."""

    title: str
    right: bool = False
    holds_times: bool = False
    """The cells are times; the title names their zone."""
    can_go: bool = False
    """The column is left out when the table is too wide even narrowed; the leftmost
    first.
    """
    least_width: int = 0
    """The column can be narrowed to this width; one with 0 is never narrowed."""
    shorten: Callable[[str, int], str] = cut
    """Shortens a cell to a width."""


@dataclass(frozen=True, slots=True)
class TextTable:
    """Columns and the text of their cells."""

    columns: Sequence[TextColumn]
    titles: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def widths(self) -> list[int]:
        """Width of each column."""
        lines = (self.titles, *self.rows)
        return [max(map(width_of, cells)) for cells in zip(*lines, strict=True)]

    @property
    def width(self) -> int:
        """Width of the table."""
        return sum(self.widths) + GAP * (len(self.columns) - 1)

    @property
    def least_widths(self) -> list[int]:
        """Width to which each column can be narrowed."""
        return [
            min(cells, max(column.least_width, width_of(title)))
            if column.least_width
            else cells
            for column, title, cells in zip(
                self.columns, self.titles, self.widths, strict=True
            )
        ]

    def lines(self) -> list[str]:
        """Return titles and rows, each column padded to one width."""
        widths, rows = self.widths, (self.titles, *self.rows)
        return [(" " * GAP).join(self._padded(row, widths)).rstrip() for row in rows]

    def _padded(self, row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
        for column, text, cells in zip(self.columns, row, widths, strict=True):
            yield (right if column.right else left)(text, cells)

    def fits(self, width: int) -> bool:
        """Return whether the table has room in *width*, narrowed as far as it goes."""
        return sum(self.least_widths) + GAP * (len(self.columns) - 1) <= width

    def without(self, index: int) -> "TextTable":
        """Return the table without one column."""
        keep = [at for at in range(len(self.columns)) if at != index]
        return TextTable(
            [self.columns[at] for at in keep],
            [self.titles[at] for at in keep],
            [[row[at] for at in keep] for row in self.rows],
        )


def whole_table(
    columns: Sequence[TextColumn], rows: Sequence[Sequence[object]], now: datetime
) -> TextTable:
    """Return the whole table; times are in the zone of *now*."""
    return _table(columns, rows, now, lambda at: f"{at:%Y-%m-%d %H:%M:%S}")


def table_in_width(
    columns: Sequence[TextColumn],
    rows: Sequence[Sequence[object]],
    now: datetime,
    width: int,
) -> TextTable:
    """Return the table in *width* cells, or as near to that as it gets."""
    table = whole_table(columns, rows, now)
    if table.width > width:
        table = _table(columns, rows, now, lambda at: _brief(at, now))
    while not table.fits(width):
        spare = [column.can_go for column in table.columns]
        if True not in spare:
            break
        table = table.without(spare.index(True))
    return _narrowed(table, width)


def _table(
    columns: Sequence[TextColumn],
    rows: Sequence[Sequence[object]],
    now: datetime,
    moment: Callable[[datetime], str],
) -> TextTable:
    def cell(value: object) -> str:
        if isinstance(value, datetime):
            return moment(value.astimezone(now.tzinfo))
        return clean("-" if value is None else str(value))

    titles = [f"{c.title} {now:%Z}" if c.holds_times else c.title for c in columns]
    return TextTable(columns, titles, [[cell(value) for value in row] for row in rows])


def _brief(at: datetime, now: datetime) -> str:
    """Return `17:21:04` today, `11-24 17:21` this year, else the date."""
    if at.date() == now.date():
        return f"{at:%H:%M:%S}"
    return f"{at:%m-%d %H:%M}" if at.year == now.year else f"{at:%Y-%m-%d}"


def _narrowed(table: TextTable, width: int) -> TextTable:
    widths = _shares(table, width)
    rows = [
        [
            column.shorten(text, cells) if width_of(text) > cells else text
            for column, text, cells in zip(table.columns, row, widths, strict=True)
        ]
        for row in table.rows
    ]
    return TextTable(table.columns, table.titles, rows)


def _shares(table: TextTable, width: int) -> list[int]:
    """Return the width that each column keeps: the column with most above its least
    gives first.
    """
    widths, leasts = table.widths, table.least_widths
    for _ in range(table.width - width):
        spare = [cells - least for cells, least in zip(widths, leasts, strict=True)]
        if max(spare) <= 0:
            break
        widths[spare.index(max(spare))] -= 1
    return widths
