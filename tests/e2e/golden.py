"""Screens kept as text, to be looked at when they change.

`SQ_UPDATE_GOLDEN=1` writes them anew. What passes with time is masked: clocks, ages and
the machine's own name.
"""

import os
import re
import time
from pathlib import Path

import pytest

from tests.e2e.screen import Screen
from tests.waiting import eventually

FOLDER = Path(__file__).parent.parent / "golden"
_UPDATE = os.environ.get("SQ_UPDATE_GOLDEN") == "1"
_FRAMED = re.compile("[╭│╰].*[╮│╯]")
_MASKS = (
    (re.compile(r"\d{4}-\d\d-\d\d"), "YYYY-MM-DD"),
    (re.compile(r"\d\d:\d\d:\d\d"), "hh:mm:ss"),
    (re.compile(r"oldest due +(\d+m)?\d+s"), "oldest due Ns"),
    (re.compile(r" by \S+@\S+"), " by user@host"),
)


def assert_golden(name: str, screen: Screen, *, dialog: bool = False) -> None:
    """*screen* comes to show what the file *name* holds, but for what is masked; only
    the frame in front, with *dialog*: what is behind it stands still since some moment.
    """
    path = FOLDER / f"{name}.txt"
    if _UPDATE:
        path.write_text(_once_still(screen, dialog), encoding="utf-8")
        return
    if not path.exists():
        pytest.fail(f"no golden {path.name}: look at it, then SQ_UPDATE_GOLDEN=1")
    wanted = path.read_text(encoding="utf-8")
    try:
        eventually(lambda: _masked(screen, dialog) == wanted)
    except AssertionError:
        assert _masked(screen, dialog) == wanted


def _masked(screen: Screen, dialog: bool) -> str:
    text = screen.text
    if dialog:
        framed = (_FRAMED.search(line) for line in text.splitlines())
        text = "\n".join(found[0] for found in framed if found)
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return "\n".join(line.rstrip() for line in text.splitlines()).rstrip() + "\n"


def _once_still(screen: Screen, dialog: bool) -> str:
    """What it shows once it has shown the same for half a second."""
    seen, since = _masked(screen, dialog), time.monotonic()

    def same_for_long() -> bool:
        nonlocal seen, since
        now = _masked(screen, dialog)
        if now != seen:
            seen, since = now, time.monotonic()
        return time.monotonic() - since > 0.5

    eventually(same_for_long)
    return seen
