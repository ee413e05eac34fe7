"""The figures of the header: what is due, what runs, how fast, how much fails.

Figures that do not fit are left out, the least important first. A figure keeps its
place while its digits change: it has cells for more of them. Colour only repeats what
words say.
"""

from datetime import datetime, timedelta

from sq_console.model import Minute, ProcessorRow, ProcessorState, VerdictKind
from sq_console.text.humanize import age, capped_count, sparkline
from sq_console.ui.content.lines import Line, Span, Tone, foreign, joined, width_of
from sq_console.ui.state.screen_data import Vitals
from sq_console.ui.terminal.cells import cut

_LATE_SECS = 60.0
"""An older due job is shown as a warning."""
_HOST_CELLS = 12
_BUCKETS, _BUCKET_MINUTES = 12, 5
"""The ramp of an hour."""
_CELLS = {"due": 7, "oldest": 10, "later": 9, "called": 15, "failed": 15}
_RATE_CELLS = 7
"""Of a figure without a name: `612/min`."""
_FAILING = (VerdictKind.FAILING, VerdictKind.SOME_FAIL)
_LESS_THAN_ROOM = 5
"""A figure of this rank is not worth that others lose their places."""
_Ranked = tuple[int, Line]
"""A rank and a figure: without room for all, the highest rank is left out first."""


def figures_line(vitals: Vitals, width: int) -> Line:
    """Return the figures that fit in *width* cells."""
    parts = [*_link_mark(vitals), *_backlog(vitals), *_rates(vitals)]
    while parts:
        worst = max(parts, key=lambda part: part[0])
        tight = [part for _, part in parts]
        roomy = [*map(_with_room, tight[:-1]), tight[-1]]
        for shown in (roomy, tight) if worst[0] < _LESS_THAN_ROOM else (roomy,):
            for gap in ("   ", "  "):
                line = joined(shown, gap)
                if width_of(line) <= width:
                    return line
        parts.remove(worst)
    return ()


def _with_room(part: Line) -> Line:
    """Return the figure with cells for a usual number of digits."""
    missing = _CELLS.get(part[0].text.strip(), _RATE_CELLS) - width_of(part)
    return (*part, Span(" " * missing)) if missing > 0 else part


def _link_mark(vitals: Vitals) -> list[_Ranked]:
    """Return the mark of an unverified link; it stays when all figures are dropped."""
    mark = (Span("db link not verified", Tone.WARN),)
    return [(-1, mark)] if vitals.is_exposed else []


def _backlog(vitals: Vitals) -> list[_Ranked]:
    due = vitals.verdict.due if vitals.verdict else vitals.counts.due
    slots = sum(row.concurrency for row in working_processors(vitals))
    calls_now = vitals.counts.running
    if slots:  # a job whose call has ended is claimed until that is recorded
        calls_now = min(calls_now, slots)
    running = capped_count(calls_now)
    most = f"/{slots:,}"
    calls = _figure("running", f"{running}{most}" if slots else running)
    calls = (*calls, Span(" " * max(0, len(most) - 1 - len(running))))
    if vitals.verdict and vitals.verdict.kind is VerdictKind.HELD:
        return [(0, calls)]  # how many wait is said with the hold
    return [
        (0, _figure("due", capped_count(due))),
        (1, _oldest_due(vitals)),
        (5, _figure("later", capped_count(vitals.counts.waiting))),
        (0, calls),
    ]


def _oldest_due(vitals: Vitals) -> Line:
    late, oldest = vitals.counts.latency_secs, vitals.oldest_due
    if vitals.counts.oldest_due_at is None:
        return _figure("oldest", "-")
    if late < _LATE_SECS:
        return _figure("oldest", age(late))
    line = _figure("oldest", age(late), Tone.WARN)
    return (*line, Span(" "), foreign(short_host(oldest.host))) if oldest else line


def short_host(host: str) -> str:
    """Return what people call a host: `billing` for `billing.example.com:8080`."""
    first = host.partition(":")[0].partition(".")[0]
    return cut(host if first.isdigit() or not first else first, _HOST_CELLS)


def working_processors(vitals: Vitals) -> list[ProcessorRow]:
    """Return the processors that live and are not paused."""
    return [row for row in vitals.alive if row.state != ProcessorState.PAUSED]


def _rates(vitals: Vitals) -> list[_Ranked]:
    per_minute = f"{throughput(vitals):,}"
    calls = sum(calls_per_bucket(vitals))
    return [
        (2, (Span(per_minute, Tone.BOLD), Span("/min", Tone.DIM))),
        (3, _failures(vitals)),
        (6, (*_figure("called", f"{calls:,}"), Span(" in 1 h", Tone.DIM))),
        (7, (Span(sparkline(calls_per_bucket(vitals)), Tone.DIM),)),
    ]


def _failures(vitals: Vitals) -> Line:
    failed, verdict = failed_per_bucket(vitals), vitals.verdict
    if verdict and verdict.kind in _FAILING:
        return Span("failed 1 h ", Tone.DIM), Span(sparkline(failed))
    return (*_figure("failed", f"{sum(failed):,}"), Span(" in 1 h", Tone.DIM))


def _figure(name: str, number: str, tone: Tone = Tone.PLAIN) -> Line:
    return Span(f"{name} ", Tone.DIM), Span(number, tone)


def throughput(vitals: Vitals) -> int:
    """Return calls per minute now: this minute so far, and of the last minute the share
    that makes it a whole minute.
    """
    this_minute = vitals.now.replace(second=0, microsecond=0)
    calls = {row.minute: row.calls for row in vitals.minutes[-2:]}
    share = 1 - (vitals.now - this_minute).total_seconds() / 60
    last = calls.get(this_minute - timedelta(minutes=1), 0)
    return round(calls.get(this_minute, 0) + last * share)


def failed_per_bucket(vitals: Vitals) -> list[int]:
    """Return the failures in each five minutes of the last hour, oldest first."""
    failed = [(row.minute, row.failed + row.retried) for row in _last_hour(vitals)]
    return _per_bucket(vitals.now, failed)


def calls_per_bucket(vitals: Vitals) -> list[int]:
    """Return the calls in each five minutes of the last hour, oldest first."""
    return _per_bucket(
        vitals.now, [(row.minute, row.calls) for row in _last_hour(vitals)]
    )


def _last_hour(vitals: Vitals) -> tuple[Minute, ...]:
    """Return no fewer minutes than an hour has, out of a day."""
    return vitals.minutes[-_BUCKETS * _BUCKET_MINUTES :]


def _per_bucket(now: datetime, numbers: list[tuple[datetime, int]]) -> list[int]:
    """Return sums of five minutes; whole ones, so that a ramp does not flicker."""
    buckets = [0] * _BUCKETS
    this = int(now.timestamp() // (60 * _BUCKET_MINUTES))
    for minute, number in numbers:
        back = this - int(minute.timestamp() // (60 * _BUCKET_MINUTES))
        if 0 <= back < _BUCKETS:
            buckets[_BUCKETS - 1 - back] += number
    return buckets
