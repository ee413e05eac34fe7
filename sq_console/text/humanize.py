"""Numbers, durations and times as people read them: on the screen, in the output of
verbs, in the daemon's log.

A duration has one of three forms, each with its reason. `age` has one unit and four
characters for a list: a row whose job does nothing is not repainted every second.
`stopwatch` times a running call to the second. `spoken_duration` is for sentences.
`call_duration` is a stopwatch that begins with milliseconds.
"""

from datetime import datetime, tzinfo

from sq_console.model import COUNT_CAP, FAR_COUNT_CAP

BARS = "▁▂▃▄▅▆▇█"


def age(secs: float) -> str:
    """Return one unit, four characters up to 999 days: `41s`, `12m`, `5h`, `3d`."""
    whole = max(0, int(secs))
    if whole < 60:
        return f"{whole}s"
    if whole < 3_600:
        return f"{whole // 60}m"
    if whole < 172_800:
        return f"{whole // 3_600}h"
    return f"{min(whole // 86_400, 9_999)}d"


def stopwatch(secs: float) -> str:
    """Return two units, seconds below 100 minutes: `41s`, `3m20s`, `2h05m`, `3d`."""
    whole = max(0, int(secs))
    if whole < 100:
        return f"{whole}s"
    if whole < 6_000:
        return f"{whole // 60}m{whole % 60:02}s"
    if whole < 172_800:
        return f"{whole // 3_600}h{whole % 3_600 // 60:02}m"
    return age(secs)


def stopwatch_limit(secs: float) -> str:
    """Return the end of a stopwatch, without a zero second unit: `60s`, `10m`, `4h`."""
    text = stopwatch(secs)
    if "h" in text:
        return text.removesuffix("00m")
    return text.removesuffix("00s") if "m" in text else text


def spoken_duration(secs: float) -> str:
    """Return words for a sentence: `43 s`, `3 min 20 s`, `2 h 5 min`, `3 days`."""
    whole = max(0, int(secs))
    if whole < 100:
        return f"{whole} s"
    if whole < 600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 6_000:
        return f"{whole // 60} min"
    if whole < 172_800:
        return f"{whole // 3_600} h {whole % 3_600 // 60} min"
    return f"{whole // 86_400:,} days"


def call_duration(duration_ms: int | None) -> str:
    """Return how long a call took: `34ms`, `2.41s`, `3m20s`."""
    if duration_ms is None:
        return ""
    if duration_ms < 1_000:
        return f"{duration_ms}ms"
    if duration_ms < 100_000:
        return f"{duration_ms / 1000:.2f}s"
    return stopwatch(duration_ms / 1000)


def capped_count(number: int) -> str:
    """Return `1,204`, or `10,000+` where counting stopped: one beyond a cap."""
    is_capped = number in (COUNT_CAP + 1, FAR_COUNT_CAP + 1)
    return f"{number - 1:,}+" if is_capped else f"{number:,}"


def capped_sum(*numbers: int) -> str:
    """Return the sum of counts of which some may have stopped at a cap."""
    capped = [n in (COUNT_CAP + 1, FAR_COUNT_CAP + 1) for n in numbers]
    return f"{sum(numbers) - sum(capped):,}{'+' if any(capped) else ''}"


def onset(moment: datetime, now: datetime) -> str:
    """Return when *moment* was or will be, in its own zone: `09:12`, or `Nov 25` for
    one that is a day and more away from *now*.
    """
    is_far = abs((now - moment).total_seconds()) >= 86_400
    return f"{moment:%b %d}" if is_far else f"{moment:%H:%M}"


def plural(number: int, noun: str, nouns: str | None = None) -> str:
    """Return `1 job` or `3 jobs`; *nouns* is a plural that is not made by an `s`."""
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def time_stamp(moment: datetime | None, zone: tzinfo | None = None) -> str:
    """Return `2026-09-12 14:02:11 CEST`, in the machine's own zone unless *zone* is
    given; `-` without a moment.
    """
    if moment is None:
        return "-"
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


def byte_size(number: int) -> str:
    """Return `132 bytes`, `1.2 KB`, `3.4 MB`."""
    if number < 1_024:
        return plural(number, "byte")
    if number < 1_048_576:
        return f"{number / 1_024:.1f} KB"
    return f"{number / 1_048_576:.1f} MB"


def percent(part: int, whole: int) -> str:
    """Return `3%`; never `0%` when there is some, nor `100%` when there is not all."""
    if not whole or not part:
        return "0%"
    return f"{min(99, max(1, round(100 * part / whole)))}%" if part < whole else "100%"


def sparkline(numbers: list[int]) -> str:
    """Return a bar for each number: the highest fills the line, 0 is the lowest bar."""
    top = max(numbers, default=0)
    if not top:
        return BARS[0] * len(numbers)
    return "".join(
        BARS[min(len(BARS) - 1, -(-n * (len(BARS) - 1) // top))] for n in numbers
    )
