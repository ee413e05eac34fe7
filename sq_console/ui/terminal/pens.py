"""Pens: the colours and attributes that a terminal has set, as the numbers of SGR.

A pen is written in one way only, so that two that look alike are equal: attributes,
then the colour of the letters (38), then the one behind them (48), each as short as it
can be said. A pen with anything else in it stays as Textual wrote it, and is set whole.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

_OFF = {
    "1": "22",
    "2": "22",
    "3": "23",
    "4": "24",
    "5": "25",
    "6": "25",
    "7": "27",
    "8": "28",
    "9": "29",
    "38": "39",
    "48": "49",
}
"""What takes each away."""
_FAINT_OR_BOLD = {"1", "2"}
"""One number takes both away."""
_ON_BLANKS = frozenset(("4", "7", "9"))
"""Underline, reverse, strike: they show a blank in the colour of letters."""
_SHADES = (0, 95, 135, 175, 215, 255)
_FIRST_STEADY = 22
"""The colours before it are redefined by many colour schemes."""


@lru_cache(4_096)
def after(pen: str, numbers: str) -> str:
    """Return the pen that *numbers* make of *pen*."""
    if numbers in ("", "0"):
        return ""
    text = f"{pen};{numbers}".strip(";")
    parsed = _parsed(text)
    return text if parsed is None else _joined(parsed)


@lru_cache(4_096)
def change(was: str | None, now: str) -> str:
    """Return the shortest sequence from one pen to another; None: it is unknown."""
    if was == now:
        return ""
    whole = f"\x1b[0;{now}m" if now else "\x1b[0m"
    before, wanted = _parsed(was), _parsed(now)
    if before is None or wanted is None:
        return whole
    gone = before.keys() - wanted.keys()
    if gone & _FAINT_OR_BOLD and wanted.keys() & _FAINT_OR_BOLD:
        return whole
    parts = sorted({_OFF[name] for name in gone})
    parts += [value for name, value in wanted.items() if before.get(name) != value]
    return min(f"\x1b[{';'.join(parts)}m", whole, key=len)


@lru_cache(4_096)
def of_blank(pen: str) -> str:
    """Return what of a pen is seen on a blank."""
    parsed = _parsed(pen)
    if parsed is None or parsed.keys() & _ON_BLANKS:
        return pen
    return parsed.get("48", "")


@lru_cache(4_096)
def is_background(pen: str) -> bool:
    """Has the pen nothing but a colour behind the letters? Erasing paints that."""
    parsed = _parsed(pen)
    return parsed is not None and parsed.keys() <= {"48"}


def _joined(parsed: dict[str, str]) -> str:
    return ";".join(parsed[name] for name in sorted(parsed, key=int))


@lru_cache(4_096)
def _parsed(pen: str | None) -> dict[str, str] | None:
    """Return a pen by attribute; None if it has something else than those."""
    if pen is None:
        return None
    found: dict[str, str] = {}
    numbers = iter(pen.split(";")) if pen else iter(())
    for number in numbers:
        if number == "0":
            found.clear()
        elif number in ("39", "49"):
            found.pop("38" if number == "39" else "48", None)
        elif number in ("38", "48") and (colour := _shortest_colour(numbers)):
            found[number] = f"{number};{colour}"
        elif name := _named(number):
            found[name] = number
        else:
            return None
    return found


def _named(number: str) -> str:
    """Return the attribute that one number alone sets; "" for others."""
    if re.fullmatch("[1-9]", number):
        return number
    if re.fullmatch("[39][0-7]", number):
        return "38"
    return "48" if re.fullmatch("(?:4|10)[0-7]", number) else ""


def _shortest_colour(numbers: Iterator[str]) -> str:
    """Return the colour that follows, by its place among the 256 where one of these is
    the same; "" if it is none.
    """
    kind = next(numbers, "")
    rest = [next(numbers, "") for _ in range({"5": 1, "2": 3}.get(kind, 0))]
    if not rest or not all(number.isdigit() for number in rest):
        return ""
    place = _PLACES.get(tuple(rest))
    return f"5;{place}" if place else ";".join((kind, *rest))


def _places() -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the 256 colours that no colour scheme changes, by red, green and blue."""
    for place in range(_FIRST_STEADY, 232):
        cube = (place - 16) // 36, (place - 16) // 6 % 6, (place - 16) % 6
        yield tuple(str(_SHADES[it]) for it in cube), place
    for place in range(232, 256):
        yield (str(8 + 10 * (place - 232)),) * 3, place


_PLACES = dict(_places())
