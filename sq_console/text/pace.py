"""The pace of calls, as people type and read it: `10/s`, `600/min`."""

import re

_UNIT_SECS = {"": 1, "s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "h": 3_600}
_PACE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*(?:(?:/|a |per )\s*([a-z]+))?")
MOST_PER_SECOND = 10_000.0
PACE_WORDS = "a pace like 10/s or 600/min"


def pace_per_second(text: str) -> float:
    """Return the calls a second of `10/s`, `600/min`, or `10`. Raises ValueError."""
    found = _PACE.fullmatch(text.strip().lower())
    unit = (found[2] or "") if found else None
    if found is None or unit not in _UNIT_SECS:
        raise ValueError(f"{text!r} is not {PACE_WORDS}")
    pace = float(found[1]) / _UNIT_SECS[unit]
    if not 0 < pace <= MOST_PER_SECOND:
        raise ValueError(f"{text!r} is not above 0 and at most 10,000/s")
    return pace


def pace_text(per_second: float) -> str:
    """Return `10/s`, or `30/min` for a pace below one a second."""
    if per_second >= 1:
        return f"{per_second:,.4g}/s"
    return f"{per_second * 60:,.3g}/min"
