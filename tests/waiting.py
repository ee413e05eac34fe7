"""Waiting for conditions, the only way tests wait."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_PAUSE_SECS = 0.01


def eventually(
    condition: Callable[[], T],
    timeout_secs: float = 30,
    pause_secs: float = _PAUSE_SECS,
) -> T:
    """Wait until *condition* is true, asking every *pause_secs*, and return what it
    gives. Fails when it is not true within *timeout_secs*; what it raises is raised.
    """
    deadline = time.monotonic() + timeout_secs
    while not (met := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(_complaint(condition, timeout_secs, met))
        time.sleep(pause_secs)
    return met


async def eventually_async(condition: Callable[[], T], timeout_secs: float = 30) -> T:
    """Wait as `eventually` does while the event loop goes on."""
    deadline = time.monotonic() + timeout_secs
    while not (met := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(_complaint(condition, timeout_secs, met))
        await asyncio.sleep(_PAUSE_SECS)
    return met


def _complaint(condition: object, timeout_secs: float, last: object) -> str:
    name = getattr(condition, "__qualname__", repr(condition))
    return f"not true within {timeout_secs:g} s: {name}; the last was {last!r}"
