"""Durations, past moments and paces, as people type them: `2h`, `11:35`, `10/s`."""

import re
from datetime import UTC, datetime, timedelta

_UNIT_SECS = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_PART = r"([0-9]{1,9}(?:\.[0-9]{1,3})?)(s|min|m|h|d|w)"
_MOST_SECS = 315_360_000
"""Ten years: the range of a TIMESTAMP is not much longer."""
DURATION_WORDS = "a duration like 90s, 15m, 2h or 3d"
KEPT_WORDS = "a time to keep rows for, like 12h, 7d or 400d (months are days), or keep"
_KEPT_UNIT_SECS = {"h": 3_600, "d": 86_400, "w": 604_800, "y": 31_536_000}
MOMENT_WORDS = f"{DURATION_WORDS}, nor a time like 11:35 or 2026-09-01T11:35"
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_PACE_UNIT_SECS = {"": 1, "s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "h": 3_600}
_PACE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*(?:(?:/|a |per )\s*([a-z]+))?")
MOST_PER_SECOND = 10_000.0
PACE_WORDS = "a pace like 10/s or 600/min"


def is_duration(text: str) -> bool:
    """Return whether *text* is meant as a duration, be it too long."""
    return bool(re.fullmatch(f"(?:{_PART})+", text.strip().lower(), re.ASCII))


def duration_secs(text: str) -> float:
    """Return the seconds of `90s`, `15m`, `2h`, `1h30m`, `3d`. Raises ValueError."""
    typed = text.strip().lower()
    if not is_duration(typed):
        raise ValueError(f"{text!r} is not {DURATION_WORDS}")
    secs = sum(float(n) * _UNIT_SECS[unit] for n, unit in re.findall(_PART, typed))
    if secs > _MOST_SECS:
        raise ValueError(f"{text!r} is more than ten years")
    return secs


def kept_secs(text: str) -> float | None:
    """Return the seconds of `12h`, `7d`, `6w`, `2y`; None for `keep`, which is for
    ever. Raises ValueError: `3m` would be three minutes to us, and three months to who
    wrote it.
    """
    typed = text.strip().lower()
    if typed in ("keep", "off"):
        return None
    found = re.fullmatch(r"([0-9]{1,5})(h|d|w|y)", typed, re.ASCII)
    if found is None or not int(found[1]):
        raise ValueError(f"{text!r} is not {KEPT_WORDS}")
    secs = float(int(found[1]) * _KEPT_UNIT_SECS[found[2]])
    if secs > _MOST_SECS:
        raise ValueError(f"{text!r} is more than ten years; write keep")
    return secs


def past_moment(text: str, now: datetime) -> datetime:
    """Return the moment that `11:35` or an ISO 8601 time names, seen from *now*: in the
    zone of *now* unless it ends in a zone, and a time of day is the last one there was.
    Raises ValueError.
    """
    typed = text.strip()
    zoned = f"{typed[:-1]}+00:00" if typed[-1:] in ("Z", "z") else typed
    clock = _CLOCK.fullmatch(typed.rstrip("Zz"))
    try:
        if clock is None:
            named = datetime.fromisoformat(zoned)
            at = named if named.tzinfo else named.replace(tzinfo=now.tzinfo)
            at.astimezone(UTC)  # the first and the last day there is: not everywhere
            return at
        zone = datetime.fromisoformat("2000-01-01T00:00+00:00").tzinfo
        today = now.astimezone(zone) if zoned != typed else now
        hour, minute, second = (int(part or 0) for part in clock.groups())
        at = today.replace(hour=hour, minute=minute, second=second, microsecond=0)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not {MOMENT_WORDS}") from None
    return at if at <= now else at - timedelta(days=1)


def pace_per_second(text: str) -> float:
    """Return the calls a second of `10/s`, `600/min`, or `10`. Raises ValueError."""
    found = _PACE.fullmatch(text.strip().lower())
    unit = (found[2] or "") if found else None
    if found is None or unit not in _PACE_UNIT_SECS:
        raise ValueError(f"{text!r} is not {PACE_WORDS}")
    pace = float(found[1]) / _PACE_UNIT_SECS[unit]
    if not 0 < pace <= MOST_PER_SECOND:
        raise ValueError(f"{text!r} is not above 0 and at most 10,000/s")
    return pace


def pace_text(per_second: float) -> str:
    """Return `10/s`, or `30/min` for a pace below one a second."""
    if per_second >= 1:
        return f"{per_second:,.4g}/s"
    return f"{per_second * 60:,.3g}/min"
