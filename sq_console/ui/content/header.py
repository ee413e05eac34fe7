"""The two header lines: who and where, how much and how fast.

Always there, and calm: figures are plain until one of them is wrong. What does not fit
is left out, the least telling first. Colour repeats what words say.
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

LATE_SECS, VERY_LATE_SECS = 60.0, 600.0
FAILING, FAILING_BADLY = 0.05, 0.25
_BADGES = {
    ProcessorState.STARTING: Tone.ON_IDLE,
    ProcessorState.RUNNING: Tone.ON_GOOD,
    ProcessorState.PAUSED: Tone.ON_WARN,
    ProcessorState.DRAINING: Tone.ON_BUSY,
    ProcessorState.STOPPED: Tone.ON_BAD,
}
_AT_WORK = (ProcessorState.RUNNING, ProcessorState.DRAINING)


def header_lines(
    situation: ConsoleStatus, clock: Clock, width: int
) -> tuple[Line, Line]:
    """Who and where; how much and how fast."""
    return _first(situation, clock, width), _second(situation, width)


def _first(situation: ConsoleStatus, clock: Clock, width: int) -> Line:
    brand: Line = (Span(" sq-console", Tone.BOLD), Span("  "))
    if situation.demo:
        brand = *brand, Span(" DEMO ", Tone.ON_WARN), Span("  ")
    end = (*_processor(situation), Span("  "), *_data_age(situation, clock), Span(" "))
    room = width - width_of(brand) - width_of(end) - 2
    label = Span(cut_middle(foreign(situation.label).text, max(0, room)), Tone.DIM)
    return spread((*brand, label), end, width)


def _processor(situation: ConsoleStatus) -> Line:
    status = situation.status
    if status is None:
        badge: Line = (Span(" WATCHING ", Tone.ON_IDLE),)
    else:
        busy = f" {status.in_flight}/{status.concurrency}"
        shown = busy if status.state in _AT_WORK or status.in_flight else ""
        text = f" {status.state.value.upper()}{shown} "
        badge = (Span(text, _BADGES[status.state]),)
    others = _others(situation)
    return (*badge, Span(f"  +{others} elsewhere", Tone.DIM)) if others else badge


def _others(situation: ConsoleStatus) -> int:
    if situation.vitals is None:
        return 0
    own = situation.status.processor_id if situation.status else None
    return sum(row.id != own for row in situation.vitals.alive)


def _data_age(situation: ConsoleStatus, clock: Clock) -> Line:
    if situation.read_at is None:
        return (Span("reading…", Tone.DIM),)
    text = f"{clock.time(situation.read_at)} {clock.zone_name}"
    if not situation.is_stale:
        return (Span(text, Tone.DIM),)
    old = age(secs_between(situation.read_at, situation.now))
    return (Span(f"{text}, {old} old", Tone.WARN),)


_Part = tuple[int, bool, Line]
"""A rank (the highest goes first when there is no room), at the right edge?, text."""


def _second(situation: ConsoleStatus, width: int) -> Line:
    if situation.vitals is None:
        return BLANK
    vitals = situation.vitals
    parts = [*_link(vitals), *_counts(vitals), *_rates(vitals)]
    while parts:
        start = joined([part for _, at_right, part in parts if not at_right], "  ")
        end = joined([part for _, at_right, part in parts if at_right], "  ")
        if width_of(start) + width_of(end) + 5 <= width:
            return spread((Span(" "), *start), (*end, Span(" ")), width)
        parts.remove(max(parts, key=lambda part: part[0]))
    return BLANK


def _link(vitals: Vitals) -> list[_Part]:
    """Stays when everything else has to go."""
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
    late_tone = _graded(late, LATE_SECS, VERY_LATE_SECS)
    bad_tone = _graded(failed / calls if calls else 0.0, FAILING, FAILING_BADLY)
    return [
        (6, True, (Span(sparkline(past), Tone.DIM),)),
        (2, True, (Span(f"{per_minute:,}", Tone.BOLD), Span("/min", Tone.DIM))),
        (1, True, _figure("oldest due", age(late) if late else "-", late_tone)),
        (4, True, _figure("failing", percent(failed, calls), bad_tone)),
    ]


def _figure(name: str, number: str, tone: Tone) -> Line:
    return Span(f"{name} ", Tone.DIM), Span(number, tone)


def _graded(number: float, warn: float, bad: float) -> Tone:
    if number >= bad:
        return Tone.BAD
    return Tone.WARN if number >= warn else Tone.PLAIN


def throughput(vitals: Vitals) -> tuple[int, list[int]]:
    """Calls a minute now, and in each of the past minutes, oldest first.

    Now is this minute so far and the rest of the last one, as much as makes a whole.
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
    """(failed, all) calls of the last *minutes* minutes, this one included."""
    since = vitals.now - timedelta(minutes=minutes)
    recent = [row for row in vitals.minutes if row.minute >= since]
    failed = sum(row.failed + row.retried for row in recent)
    return failed, sum(row.calls for row in recent)
