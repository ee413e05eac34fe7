"""A moment as an operator names it: on the wall clock here, or with a zone.

Durations are not added to the wall clock: between an evening and 08:00 tomorrow may lie
a night of 11 or 13 hours. In such a night one hour is skipped or comes twice; these
functions choose a moment for it, and word a note about the choice.
"""

from datetime import UTC, datetime, time, timedelta


def next_time(text: str, now: datetime) -> datetime:
    """Return the moment *text* names, seen from *now*: ISO 8601, local unless it has a
    zone, or HH:MM, the next one. Raises ValueError.
    """
    if len(text) != 5 or text[2] != ":":
        named = datetime.fromisoformat(text)
        return named if named.tzinfo else _local_moment(named)
    hour, minute = (int(part) for part in text.split(":"))
    today = now.astimezone().date()
    for day in (today, today + timedelta(days=1), today + timedelta(days=2)):
        for fold in (0, 1):
            wall = datetime.combine(day, time(hour, minute, fold=fold))
            if (at := _local_moment(wall)) > now:
                return at
    raise ValueError(f"no {text} after {now}")


def clock_change_note(text: str, at: datetime) -> str | None:
    """Return a note about *at*, chosen for *text*, when its time on the wall clock is
    skipped or comes twice.
    """
    wall = _time_on_the_clock(text, at)
    if wall is None:
        return None
    first, second = (_local_moment(wall.replace(fold=fold)) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return None
    chosen = at.astimezone()
    if first < second:
        which = "first" if chosen == first else "second"
        return f"{wall:%H:%M} comes twice on {wall:%Y-%m-%d}: the {which}, {chosen:%Z}"
    return f"{wall:%H:%M} is skipped on {wall:%Y-%m-%d}: it will be {chosen:%H:%M %Z}"


def _local_moment(wall: datetime) -> datetime:
    """Return when the clock here shows *wall*; a skipped time is as much later."""
    try:
        # Not astimezone: it takes a skipped time for an earlier one.
        return datetime.fromtimestamp(wall.timestamp(), UTC).astimezone()
    except (ValueError, OverflowError):  # the first or the last day there is
        return wall.replace(tzinfo=UTC)


def _time_on_the_clock(text: str, at: datetime) -> datetime | None:
    """Return the time that *text* names on the clock; None when it names a zone."""
    if len(text) == 5:
        # A skipped time is an hour later on the clock, or half of one, never a day.
        hour, minute = (int(part) for part in text.split(":"))
        return datetime.combine(at.astimezone().date(), time(hour, minute))
    named = datetime.fromisoformat(text)
    return None if named.tzinfo else named
