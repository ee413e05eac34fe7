"""A processor as a row: its state in a word, its slots, its rate, its heartbeat.

A processor that is silent now is red; one that was lost and whose jobs were rescued is
history: amber, and the rest of its row dim.
"""

from datetime import datetime

from sq_console.model import ProcessorRow, ProcessorState, Wanted
from sq_console.text.humanize import age, percent, plural
from sq_console.ui.content.lines import Line, Span, Tone, cut_line, foreign, spread
from sq_console.ui.state.clock import Clock, secs_between
from sq_console.ui.state.readings.processor_readings import ShownProcessor
from sq_console.ui.state.screen_data import Vitals
from sq_console.ui.terminal.cells import cut_middle, left, right

_LATE_BEAT_SECS = 12.0
"""Two heartbeats are missing."""
_STATE, _SLOTS, _RATE, _FAIL, _BEAT, _UP, _VERSION = 9, 9, 6, 4, 5, 4, 8
_WITHOUT_NAME = _STATE + _SLOTS + _RATE + _FAIL + _BEAT + _UP + 6
_NAME_CELLS = (18, 44)


def _cells(width: int) -> tuple[int, bool]:
    """Return the cells of the name, and whether there is room for the version."""
    room = width - _WITHOUT_NAME
    has_version = room - _VERSION - 1 >= _NAME_CELLS[0]
    if has_version:
        room -= _VERSION + 1
    return max(8, min(room, _NAME_CELLS[1])), has_version


def processor_titles(width: int) -> Line:
    """Return the titles of the columns."""
    name, has_version = _cells(width)
    titles = [
        left("PROCESSOR", name),
        left("STATE", _STATE),
        right("RUNNING", _SLOTS),
        right("/MIN", _RATE),
        right("FAIL", _FAIL),
        right("BEAT", _BEAT),
        right("UP", _UP),
        *([left("VERSION", _VERSION)] if has_version else []),
    ]
    return (Span(" ".join(titles), Tone.DIM),)


def processor_line(
    shown: ShownProcessor, own_id: int | None, now: datetime, clock: Clock, width: int
) -> Line:
    """Return the row of a processor; *own_id* is the one in this console."""
    cells, has_version = _cells(width)
    here = " here" if shown.id == own_id else ""
    name = cut_middle(foreign(shown.name, limit=200).text, cells - len(here))
    if shown.row is None:
        return cut_line(
            (Span(left(name, cells), Tone.DIM), *_lost(shown, clock)), width
        )
    row = shown.row
    word, tone = state_word(row)
    up = age(secs_between(row.started_at, now)) if row.started_at else "-"
    beat = Tone.WARN if row.heartbeat_age_secs > _LATE_BEAT_SECS else Tone.DIM
    is_failing = shown.failed * 4 >= shown.calls > 0
    failing = percent(shown.failed, shown.calls) if shown.calls else "-"
    line: Line = (
        Span(left(name + here, cells), Tone.BOLD if row.alive else Tone.BAD),
        Span(f" {left(word, _STATE)}", tone),
        Span(f" {right(f'{row.running}/{row.concurrency}', _SLOTS)}"),
        Span(f" {right(f'{shown.per_minute:,}', _RATE)}"),
        Span(f" {right(failing, _FAIL)}", Tone.BAD if is_failing else Tone.PLAIN),
        Span(
            f" {right(age(row.heartbeat_age_secs), _BEAT)}",
            beat if row.alive else Tone.BAD,
        ),
        Span(f" {right(up, _UP)}", Tone.DIM),
    )
    if has_version:
        line = *line, Span(" "), foreign(left(row.version, _VERSION), Tone.DIM, 40)
    return cut_line(line, width)


def state_word(row: ProcessorRow) -> tuple[str, Tone]:
    """Return what *row* does, in a word. What an operator has asked of it is amber; a
    console that paused by itself, beside others, is as it should be.
    """
    if not row.alive:
        return "LOST", Tone.BAD
    if row.wanted == Wanted.DRAIN or row.state == ProcessorState.DRAINING:
        return "draining", Tone.WARN
    if row.wanted == Wanted.PAUSE:
        is_paused = row.state == ProcessorState.PAUSED
        return "paused" if is_paused else "pausing", Tone.WARN
    tone = Tone.GOOD if row.state == ProcessorState.RUNNING else Tone.DIM
    return foreign(row.state, limit=20).text, tone


def _lost(shown: ShownProcessor, clock: Clock) -> Line:
    lost = shown.lost
    assert lost is not None
    at = f"{clock.local(lost.since):%H:%M}" if lost.since else "--:--"
    rescued = f", {plural(lost.rescued, 'job')} rescued" if lost.rescued else ""
    version = foreign(f"  version {lost.version}", Tone.DIM, 40)
    return Span(f" lost {at}{rescued}", Tone.WARN), version


def paused_words(vitals: Vitals) -> Span | None:
    """Return how many living processors are paused, as header and list say it: dim when
    all of them paused by themselves, as consoles do beside others.
    """
    paused = [row for row in vitals.alive if row.state == ProcessorState.PAUSED]
    if not paused:
        return None
    is_asked = any(row.wanted == Wanted.PAUSE for row in paused)
    return Span(f"{len(paused):,} paused", Tone.WARN if is_asked else Tone.DIM)


def processors_bar(vitals: Vitals, width: int) -> Line:
    """Return the bar of the screen: how many are alive, and how many were lost."""
    line: Line = Span(" Processors ", Tone.BOLD), Span(f"{len(vitals.alive):,} alive")
    paused, lost = paused_words(vitals), len(vitals.lost_processors)
    silent = len(vitals.processors) - len(vitals.alive)
    if paused:
        line = *line, Span(", "), paused
    if silent:
        line = *line, Span(f", {silent:,} LOST", Tone.BAD)
    if lost:
        line = *line, Span(f", {lost:,} lost within a day", Tone.WARN)
    return spread(line, (Span("rates: last 5 minutes ", Tone.DIM),), width)


def held_bar(shown: ShownProcessor | None, held: int, most: int, width: int) -> Line:
    """Return the bar of the jobs that *shown* has claimed."""
    if shown is None:
        return (Span(" No processor", Tone.BOLD),)
    name = foreign(shown.name, Tone.BOLD, 200)
    if shown.row is None:
        return cut_line(
            (Span(" "), name, Span(" is gone, its jobs are not its")), width
        )
    more = "+" if held >= most else ""
    number = plural(held, "job").replace(" ", f"{more} ", 1)
    words = f" has claimed {number if held else 'no job'}"
    keys = (Span("enter goes to them ", Tone.DIM),) if held else ()
    return spread((Span(" "), name, Span(words)), keys, width)
