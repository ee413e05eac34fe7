"""The shortest way of a terminal's cursor from one cell to another."""

Place = tuple[int, int]
"""Row and column, from 0."""
_NEAR = 2
"""So many lines down, a carriage return and line feeds may be the shortest."""


def move(at: Place | None, to: Place) -> str:
    """Return what leads from *at* to *to*; None: nobody knows where the cursor is."""
    if at == to:
        return ""
    row, column = to
    straight = f"\x1b[{row + 1};{column + 1}H" if column else f"\x1b[{row + 1}H"
    if at is None:
        return straight
    down = row - at[0]
    ways = [straight, _vertical(down) + _horizontal(at[1], column)]
    if 0 <= down <= _NEAR:
        start = "\r\n" * down if down else "\r"
        ways.append(start + _horizontal(0, column))
    return min(ways, key=len)


def _vertical(down: int) -> str:
    return _steps(down, "B") if down > 0 else _steps(-down, "A")


def _horizontal(start: int, end: int) -> str:
    # No backspace: control characters are never sent, whatever a row has.
    return _steps(end - start, "C") if end >= start else _steps(start - end, "D")


def _steps(number: int, letter: str) -> str:
    if number <= 1:
        return f"\x1b[{letter}" * number
    return f"\x1b[{number}{letter}"
