"""`[retention]`: for how long rows are kept."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sq_console.model import MOST_KEPT_SECS, Retention
from sq_console.text.durations import kept_secs

_LEAST_STATS_SECS = 172_800


def retention_of(read: Mapping[str, Any]) -> Retention:
    """Return the section that was *read*. A failure that was set aside is kept as long
    as one that was not, unless it is said.
    """
    set_aside = read.get("set_aside", read.get("failed"))
    return replace(Retention(), **{**read, "set_aside": set_aside})


def _stats_secs(text: str) -> float:
    secs = kept_secs(text)
    if secs is not None and secs < _LEAST_STATS_SECS:
        raise ValueError(f"{text!r} is less than 2d, which the console looks back")
    return MOST_KEPT_SECS if secs is None else secs


RETENTION_KEYS: dict[str, Callable[[str], object]] = {
    **dict.fromkeys(
        ("succeeded", "failed", "killed", "set_aside", "log", "activity"), kept_secs
    ),
    "stats": _stats_secs,
}
"""Key -> its reader, which raises ValueError."""
