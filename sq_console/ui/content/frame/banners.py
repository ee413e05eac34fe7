"""Banners: one full line of colour for each fault, and for each unusual state.

A banner is there only as long as its reason is. It says since when, and which key
changes it. How the queue does is the verdict's to say, in the header.
"""

from sq_console.model import ProcessorState
from sq_console.text.humanize import age, plural
from sq_console.ui.content.frame.header import defers_to_others
from sq_console.ui.content.lines import Line, Span, Tone, foreign
from sq_console.ui.state.clock import Clock, secs_between
from sq_console.ui.state.console_status import ConsoleStatus
from sq_console.ui.terminal.cells import left

_Banner = tuple[str, Tone] | None


def banner_lines(console: ConsoleStatus, clock: Clock, width: int) -> list[Line]:
    """Return the banners that apply, the worst first; each fills *width* cells."""
    banners = [
        _database_lost(console, clock),
        _server_read_only(console),
        _processor_ended(console),
        _processor_without_database(console),
        _display_paused(console, clock),
        _draining(console),
        _processor_paused(console),
        _bulk_action_under_way(console),
    ]
    return [
        (Span(left(f" {text}", width), tone),) for text, tone in filter(None, banners)
    ]


def _database_lost(console: ConsoleStatus, clock: Clock) -> _Banner:
    outage = console.lost
    if outage is None:
        return None
    lost_for = age(secs_between(outage.since, console.now))
    wait_secs = secs_between(console.now, outage.next_try_at)
    retry = f"next try in {age(wait_secs)}" if wait_secs >= 1 else "trying now"
    rows = f"rows are from {clock.time(console.read_at)}, " if console.read_at else ""
    why = foreign(outage.why, limit=200).text
    text = f"DATABASE LOST for {lost_for}, {rows}{retry} (ctrl+r: now): {why}"
    return text, Tone.ON_BAD


def _server_read_only(console: ConsoleStatus) -> _Banner:
    if not console.read_only:
        return None
    why = foreign(console.read_only, limit=120).text
    return f"READ-ONLY SERVER, no job is called or changed here: {why}", Tone.ON_WARN


def _processor_ended(console: ConsoleStatus) -> _Banner:
    if console.error is None:
        return None
    why = foreign(console.error, limit=200).text
    return f"PROCESSOR ENDED: {why}", Tone.ON_BAD


def _processor_without_database(console: ConsoleStatus) -> _Banner:
    if console.status is None or not console.status.trouble:
        return None
    if console.lost or console.read_only:
        return None  # the banner of that outage says it already
    trouble = foreign(console.status.trouble, limit=200).text
    return f"PROCESSOR WITHOUT DATABASE: {trouble}", Tone.ON_BAD


def _display_paused(console: ConsoleStatus, clock: Clock) -> _Banner:
    if console.frozen_since is None:
        return None
    since = clock.time(console.frozen_since)
    return f"DISPLAY PAUSED at {since}, jobs still run - p goes on", Tone.ON_WARN


def _draining(console: ConsoleStatus) -> _Banner:
    processor = console.status
    if not console.leaving or processor is None:
        return None
    calls = plural(processor.in_flight + processor.unrecorded, "call")
    text = f"DRAINING, {calls} to end, then this console quits - q stops at once"
    return text, Tone.ON_BUSY


def _processor_paused(console: ConsoleStatus) -> _Banner:
    processor = console.status
    if processor is None or processor.state is not ProcessorState.PAUSED:
        return None
    if console.leaving or defers_to_others(console):
        return None
    why = foreign(processor.why_paused or "", limit=160).text
    reason = f": {why}" if why else ""
    resumed = "" if processor.is_blocked else " - P resumes"
    return f"PROCESSOR PAUSED{reason}{resumed}", Tone.ON_WARN


def _bulk_action_under_way(console: ConsoleStatus) -> _Banner:
    if not console.under_way:
        return None
    return f"{console.under_way} - esc stops", Tone.ON_BUSY
