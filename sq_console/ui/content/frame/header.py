"""The header: who works on which database, the verdict, the figures, the holds.

A well queue has two lines. What alarms comes first and is never cut; red and amber fill
one line of it only, the verdict's, and only for what goes on now. Faults of the console
itself are banners.
"""

from datetime import datetime

from sq_console.model import (
    HOLD_ALL,
    HeldJobs,
    ProcessorState,
    StuckReason,
    Verdict,
    VerdictKind,
)
from sq_console.processor.status import Status
from sq_console.text.humanize import age, capped_sum, plural
from sq_console.text.verdict_words import hold_text, verdict_words
from sq_console.ui.content.frame.bulk_line import bulk_lines
from sq_console.ui.content.frame.figures import figures_line
from sq_console.ui.content.lines import (
    BLANK,
    Line,
    Span,
    Tone,
    cut_line,
    foreign,
    spread,
    width_of,
)
from sq_console.ui.content.tables.processor_lines import paused_words
from sq_console.ui.state.clock import Clock, secs_between
from sq_console.ui.state.console_status import ConsoleStatus
from sq_console.ui.state.screen_data import Vitals
from sq_console.ui.terminal.cells import cut, cut_middle, left

_LABEL_CELLS = 16
"""With less room for the label the name of the program is left out."""
_LOST_LATELY_SECS = 3_600.0
"""A processor that was lost longer ago is history."""
_TONES = {
    VerdictKind.WELL: Tone.GOOD,
    VerdictKind.SOME_FAIL: Tone.WARN,
    VerdictKind.SLOW: Tone.WARN,
    VerdictKind.HELD: Tone.ON_WARN,
    VerdictKind.FAILING: Tone.ON_BAD,
    VerdictKind.STUCK: Tone.ON_BAD,
}
_STATES = {
    ProcessorState.STARTING: Tone.DIM,
    ProcessorState.RUNNING: Tone.GOOD,
    ProcessorState.PAUSED: Tone.ON_WARN,
    ProcessorState.DRAINING: Tone.ON_BUSY,
    ProcessorState.STOPPED: Tone.ON_BAD,
}


def header_lines(console: ConsoleStatus, clock: Clock, width: int) -> list[Line]:
    """Return two lines or more, of *width* cells at most."""
    vitals = console.vitals
    lines = [_status_line(console, clock, width)]
    if vitals is None:
        return [*lines, BLANK]
    verdict = console.verdict
    figures = (Span(" "), *figures_line(vitals, width - 2))
    if console.lost:  # nothing is known to be so now
        return [
            *lines,
            _dimmed(figures),
            *map(_dimmed, _hold_lines(vitals, clock, width)),
        ]
    if verdict is None:
        lines.append(figures)
    elif verdict.kind is VerdictKind.WELL:
        start = (Span(" "), _verdict_span(verdict, clock, width), Span("  "))
        lines.append((*start, *figures_line(vitals, width - 1 - width_of(start))))
    else:
        lines += [_verdict_line(console, verdict, clock, width), figures]
    lines += _hold_lines(vitals, clock, width)
    return [*lines, *bulk_lines(console.bulk, clock, width)]


def _dimmed(line: Line) -> Line:
    return tuple(Span(span.text, Tone.DIM) for span in line)


# Who works on which database


def _status_line(console: ConsoleStatus, clock: Clock, width: int) -> Line:
    state = console_state(console)
    end = (*_processors(console, clock), Span("  "), *_read_time(console, clock))
    badges = (Span("  "), *state, Span("  "))
    if console.demo:
        badges = (Span("  "), Span("DEMO", Tone.WARN), *badges)
    brand: Line = (Span(" sq-console", Tone.BOLD), Span("  "))
    room = width - width_of((*brand, *badges, *end)) - 1
    label = foreign(console.label).text
    if room < min(len(label), _LABEL_CELLS):
        brand, room = (Span(" "),), room + width_of(brand) - 1
    name = Span(cut_middle(label, max(0, room)), Tone.DIM)
    start = (*brand, name, *badges)
    gap = width - width_of(start) - width_of(end) - 1
    return cut_line((*start, Span(" " * max(0, gap)), *end), width)


def console_state(console: ConsoleStatus) -> Line:
    """Return what this console does: `WATCHING`, or what its processor does."""
    processor = console.status
    if console.reads_only:
        return (Span("READ-ONLY"),)
    if processor is None or defers_to_others(console):
        return (Span("WATCHING"),)
    # While it runs, the figures say how much runs, with the jobs of all processors.
    is_ending = processor.state is not ProcessorState.RUNNING and processor.in_flight
    shown = f" {processor.in_flight}/{processor.concurrency}" if is_ending else ""
    text, tone = f"{processor.state.value.upper()}{shown}", _STATES[processor.state]
    return (Span(f" {text} " if tone.is_filled else text, tone),)


def defers_to_others(console: ConsoleStatus) -> bool:
    """Return whether the processor here is paused only because another one works."""
    processor = console.status
    if processor is None or processor.state is not ProcessorState.PAUSED:
        return False
    return "another processor" in (processor.why_paused or "")


def _processors(console: ConsoleStatus, clock: Clock) -> Line:
    vitals = console.vitals
    if vitals is None:
        return BLANK
    number = len(vitals.alive) + _is_unlisted(console.status, vitals)
    line: Line = (Span(plural(number, "processor"), Tone.DIM),)
    if not number:
        line = (Span("no processor", Tone.WARN),)
    paused = paused_words(vitals)
    if paused:
        line = (*line, Span(", ", Tone.DIM), paused)
    return (*line, *_lost_processors(vitals, clock))


def _is_unlisted(own: Status | None, vitals: Vitals) -> bool:
    """Return whether the processor here lives, and was not in the table yet."""
    if own is None or own.state is ProcessorState.STOPPED:
        return False
    return own.processor_id not in {row.id for row in vitals.alive}


def _lost_processors(vitals: Vitals, clock: Clock) -> Line:
    lost = vitals.lost
    if not lost:
        return BLANK
    times = [at for one in lost if (at := one.since) is not None]
    last = max(times, default=None)
    words = f"{len(lost)} LOST{f' {clock.onset(last)}' if last else ''}"
    is_late = last is not None and secs_between(last, vitals.now) < _LOST_LATELY_SECS
    if not is_late:
        return Span(", ", Tone.DIM), Span(words.lower(), Tone.DIM)
    return Span(", ", Tone.DIM), Span(words, Tone.WARN)


def _read_time(console: ConsoleStatus, clock: Clock) -> Line:
    if console.read_at is None:
        return (Span("reading…", Tone.DIM),)
    text = f"{clock.time(console.read_at)} {clock.zone_name}"
    if not console.is_stale:
        return (Span(text, Tone.DIM),)
    old = age(secs_between(console.read_at, console.now))
    return (Span(f"{text}, {old} old", Tone.WARN),)


# The verdict


def _verdict_line(
    console: ConsoleStatus, verdict: Verdict, clock: Clock, width: int
) -> Line:
    words = verdict_words(verdict, clock.onset)
    clauses = list(words.clauses)
    if verdict.kind is VerdictKind.STUCK and _may_join(console, verdict):
        clauses.append("P lets this one work")
    tone = _TONES[verdict.kind]
    while True:
        for gap in ("   ", "  ", ", "):
            text = f" {gap.join((words.head, *clauses))}"
            if len(text) <= width or (not clauses and gap == ", "):
                return (Span(left(text, width), tone),)
        clauses.pop()


def _may_join(console: ConsoleStatus, verdict: Verdict) -> bool:
    is_paused = (
        console.status is not None and console.status.state is ProcessorState.PAUSED
    )
    return is_paused and verdict.reason is not StuckReason.NO_CALLS


def _verdict_span(verdict: Verdict, clock: Clock, width: int) -> Span:
    words = verdict_words(verdict, clock.onset)
    return Span(cut(words.head, width - 1), _TONES[verdict.kind])


# Holds


def _hold_lines(vitals: Vitals, clock: Clock, width: int) -> list[Line]:
    """Return the line of the held hosts; a hold of everything is the verdict."""
    held = [it for it in vitals.held if it.hold.host != HOLD_ALL]
    if not held:
        return []
    waiting = f"{capped_sum(*(it.pending for it in held))} wait"
    end = (Span(f"{waiting}  ", Tone.WARN), Span("h", Tone.KEY), Span(" hosts "))
    words = _one_hold(held[0], clock) if len(held) == 1 else _holds(held, clock)
    room = max(0, width - width_of(end) - 3)
    return [spread((Span(f" {cut(words, room)}", Tone.WARN),), end, width)]


def _one_hold(held: HeldJobs, clock: Clock) -> str:
    hold = held.hold
    since = f" since {clock.onset(hold.since)}" if hold.since else ""
    until = f" until {clock.onset(hold.expires_at)}" if hold.expires_at else ""
    why = f": {hold_text(hold.why)}" if hold.why else ""
    who = hold_text(hold.who.partition("@")[0] or hold.who)
    return f"HELD {hold_text(hold.host)}{since}{until} by {who}{why}"


def _holds(held: list[HeldJobs], clock: Clock) -> str:
    times: list[datetime] = [it.hold.since for it in held if it.hold.since]
    since = f" since {clock.onset(min(times))}" if times else ""
    hosts = ", ".join(hold_text(it.hold.host) for it in held[:8])
    return f"{len(held):,} hosts HELD{since}: {hosts}"
