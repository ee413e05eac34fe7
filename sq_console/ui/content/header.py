"""The two header lines: the database and the processor; the counts and the rates.

They are always there, and calm: a figure is plain until it is wrong. Figures that do
not fit are left out, the least important first. Colour only repeats what words say.
"""

from datetime import timedelta

from sq_console.model import ProcessorState
from sq_console.text.humanize import age, capped_count, percent, sparkline
from sq_console.ui.content.lines import (
    BLANK,
    Line,
    Span,
    Tone,
    foreign,
    joined,
    spread,
    width_of,
)
from sq_console.ui.state.clock import Clock, secs_between
from sq_console.ui.state.console_status import ConsoleStatus
from sq_console.ui.state.screen_data import MINUTES, Vitals
from sq_console.ui.terminal.cells import cut_middle

_LATE_SECS, _VERY_LATE_SECS = 60.0, 600.0
"""Ages of the oldest due job that are shown as a warning, and as a fault."""
_FAILING_SHARE, _FAILING_BADLY_SHARE = 0.05, 0.25
"""Shares of failed calls that are shown as a warning, and as a fault."""
_BADGES = {
    ProcessorState.STARTING: Tone.ON_IDLE,
    ProcessorState.RUNNING: Tone.ON_GOOD,
    ProcessorState.PAUSED: Tone.ON_WARN,
    ProcessorState.DRAINING: Tone.ON_BUSY,
    ProcessorState.STOPPED: Tone.ON_BAD,
}
_CALLING = (ProcessorState.RUNNING, ProcessorState.DRAINING)


def header_lines(console: ConsoleStatus, clock: Clock, width: int) -> tuple[Line, Line]:
    """Return the line of database and processor, and the line of counts and rates."""
    return _status_line(console, clock, width), _figures_line(console, width)


def _status_line(console: ConsoleStatus, clock: Clock, width: int) -> Line:
    brand: Line = (Span(" sq-console", Tone.BOLD), Span("  "))
    if console.demo:
        brand = *brand, Span(" DEMO ", Tone.ON_WARN), Span("  ")
    end = (
        *_processor_badge(console),
        Span("  "),
        *_read_time(console, clock),
        Span(" "),
    )
    room = width - width_of(brand) - width_of(end) - 2
    label = Span(cut_middle(foreign(console.label).text, max(0, room)), Tone.DIM)
    return spread((*brand, label), end, width)


def _processor_badge(console: ConsoleStatus) -> Line:
    processor = console.status
    if console.reads_only:
        badge: Line = (Span(" READ-ONLY ", Tone.ON_IDLE),)
    elif processor is None:
        badge = (Span(" WATCHING ", Tone.ON_IDLE),)
    else:
        busy = f" {processor.in_flight}/{processor.concurrency}"
        shown = busy if processor.state in _CALLING or processor.in_flight else ""
        text = f" {processor.state.value.upper()}{shown} "
        badge = (Span(text, _BADGES[processor.state]),)
    others = _other_processors(console)
    return (*badge, Span(f"  +{others} elsewhere", Tone.DIM)) if others else badge


def _other_processors(console: ConsoleStatus) -> int:
    if console.vitals is None:
        return 0
    own_id = console.status.processor_id if console.status else None
    return sum(row.id != own_id for row in console.vitals.alive)


def _read_time(console: ConsoleStatus, clock: Clock) -> Line:
    if console.read_at is None:
        return (Span("reading…", Tone.DIM),)
    text = f"{clock.time(console.read_at)} {clock.zone_name}"
    if not console.is_stale:
        return (Span(text, Tone.DIM),)
    old = age(secs_between(console.read_at, console.now))
    return (Span(f"{text}, {old} old", Tone.WARN),)


_Part = tuple[int, bool, Line]
"""A rank, whether it stands at the right edge, and its text.

Without room for all parts, the part of the highest rank is dropped first.
"""


def _figures_line(console: ConsoleStatus, width: int) -> Line:
    if console.vitals is None:
        return BLANK
    vitals = console.vitals
    parts = [*_link_mark(vitals), *_counts(vitals), *_rates(vitals)]
    while parts:
        start = joined([part for _, at_right, part in parts if not at_right], "  ")
        end = joined([part for _, at_right, part in parts if at_right], "  ")
        if width_of(start) + width_of(end) + 5 <= width:
            return spread((Span(" "), *start), (*end, Span(" ")), width)
        parts.remove(max(parts, key=lambda part: part[0]))
    return BLANK


def _link_mark(vitals: Vitals) -> list[_Part]:
    """Return the mark of an unverified link; it stays when all figures are dropped."""
    mark = (Span("db link not verified", Tone.WARN),)
    return [(-1, False, mark)] if vitals.is_exposed else []


def _counts(vitals: Vitals) -> list[_Part]:
    counts = vitals.counts
    failed = Tone.BAD if counts.failed else Tone.PLAIN
    running = Tone.BUSY if counts.running else Tone.PLAIN
    killed = _figure("killed", capped_count(counts.killed), Tone.PLAIN)
    return [
        (0, False, _figure("due", capped_count(counts.due), Tone.PLAIN)),
        (3, False, _figure("waiting", capped_count(counts.waiting), Tone.PLAIN)),
        (0, False, _figure("running", capped_count(counts.running), running)),
        (0, False, _figure("failed", capped_count(counts.failed), failed)),
        (5, False, _figure("done", capped_count(counts.succeeded), Tone.PLAIN)),
        *([(7, False, killed)] if counts.killed else []),
    ]


def _rates(vitals: Vitals) -> list[_Part]:
    per_minute, past = throughput(vitals)
    failed, calls = recent_failures(vitals)
    late = vitals.counts.latency_secs
    late_tone = _tone_by_limits(late, _LATE_SECS, _VERY_LATE_SECS)
    share = failed / calls if calls else 0.0
    failing_tone = _tone_by_limits(share, _FAILING_SHARE, _FAILING_BADLY_SHARE)
    return [
        (6, True, (Span(sparkline(past), Tone.DIM),)),
        (2, True, (Span(f"{per_minute:,}", Tone.BOLD), Span("/min", Tone.DIM))),
        (1, True, _figure("oldest due", age(late) if late else "-", late_tone)),
        (4, True, _figure("failing", percent(failed, calls), failing_tone)),
    ]


def _figure(name: str, number: str, tone: Tone) -> Line:
    return Span(f"{name} ", Tone.DIM), Span(number, tone)


def _tone_by_limits(number: float, warn: float, bad: float) -> Tone:
    if number >= bad:
        return Tone.BAD
    return Tone.WARN if number >= warn else Tone.PLAIN


def throughput(vitals: Vitals) -> tuple[int, list[int]]:
    """Return calls per minute now, and in each of the past minutes, oldest first.

    The rate now counts this minute so far, and of the last minute the share that makes
    it a whole minute.
    """
    this_minute = vitals.now.replace(second=0, microsecond=0)
    calls = {row.minute: row.calls for row in vitals.minutes}
    past = [
        calls.get(this_minute - timedelta(minutes=back), 0)
        for back in range(MINUTES - 1, 0, -1)
    ]
    share = 1 - (vitals.now - this_minute).total_seconds() / 60
    return round(calls.get(this_minute, 0) + past[-1] * share), past


def recent_failures(vitals: Vitals, minutes: int = 5) -> tuple[int, int]:
    """Return (failed, all) calls of the last *minutes* minutes, this one included."""
    since = vitals.now - timedelta(minutes=minutes)
    recent = [row for row in vitals.minutes if row.minute >= since]
    failed = sum(row.failed + row.retried for row in recent)
    return failed, sum(row.calls for row in recent)
