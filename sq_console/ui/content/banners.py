"""Banners: one full line of colour for each thing that is not as it should be.

A banner is there only as long as its reason is; it says since when, and which key does
something about it.
"""

from sq_console.model import ProcessorState
from sq_console.text.humanize import age, capped_count, plural
from sq_console.ui.content.lines import Line, Span, Tone, foreign
from sq_console.ui.state.clock import Clock, secs_between
from sq_console.ui.state.console_status import ConsoleStatus
from sq_console.ui.terminal.cells import left

_Banner = tuple[str, Tone] | None


def banner_lines(situation: ConsoleStatus, clock: Clock, width: int) -> list[Line]:
    """What is not as it should be, the worst first; each on a full line of colour."""
    told = [
        _lost(situation, clock),
        _read_only(situation),
        _ended_banner(situation),
        _trouble(situation),
        _frozen(situation, clock),
        _leaving(situation),
        _paused(situation),
        _nobody(situation),
    ]
    return [(Span(left(f" {text}", width), tone),) for text, tone in filter(None, told)]


def _lost(situation: ConsoleStatus, clock: Clock) -> _Banner:
    lost = situation.lost
    if lost is None:
        return None
    away = age(secs_between(lost.since, situation.now))
    wait = secs_between(situation.now, lost.next_try_at)
    retry = f"next try in {age(wait)}" if wait >= 1 else "trying now"
    rows = (
        f"rows are from {clock.time(situation.read_at)}, " if situation.read_at else ""
    )
    why = foreign(lost.why, limit=200).text
    head = f"DATABASE LOST for {away}, {rows}{retry} (ctrl+r: now): {why}"
    return head, Tone.ON_BAD


def _read_only(situation: ConsoleStatus) -> _Banner:
    if not situation.read_only:
        return None
    why = foreign(situation.read_only, limit=120).text
    return f"READ-ONLY SERVER, no job is called or changed here: {why}", Tone.ON_WARN


def _ended_banner(situation: ConsoleStatus) -> _Banner:
    if situation.error is None:
        return None
    why = foreign(situation.error, limit=200).text
    return f"PROCESSOR ENDED: {why}", Tone.ON_BAD


def _trouble(situation: ConsoleStatus) -> _Banner:
    if situation.status is None or not situation.status.trouble:
        return None
    if situation.lost or situation.read_only:
        return None  # told already
    trouble = foreign(situation.status.trouble, limit=200).text
    return f"PROCESSOR WITHOUT DATABASE: {trouble}", Tone.ON_BAD


def _frozen(situation: ConsoleStatus, clock: Clock) -> _Banner:
    if situation.frozen_since is None:
        return None
    since = clock.time(situation.frozen_since)
    return f"DISPLAY PAUSED at {since}, jobs still run - p goes on", Tone.ON_WARN


def _leaving(situation: ConsoleStatus) -> _Banner:
    status = situation.status
    if not situation.leaving or status is None:
        return None
    left = plural(status.in_flight + status.unrecorded, "call")
    return f"DRAINING, {left} to end, then this console quits - q stops at once", (
        Tone.ON_BUSY
    )


def _paused(situation: ConsoleStatus) -> _Banner:
    status = situation.status
    if status is None or status.state is not ProcessorState.PAUSED or situation.leaving:
        return None
    why = foreign(status.why_paused or "", limit=160).text
    verb = "joins in" if "another processor" in why else "resumes"
    reason = f": {why}" if why else ""
    return f"PROCESSOR PAUSED{reason} - P {verb}", Tone.ON_WARN


def _nobody(situation: ConsoleStatus) -> _Banner:
    vitals = situation.vitals
    if vitals is None or situation.status or situation.lost or vitals.alive:
        return None
    if not vitals.counts.due:
        return None
    number = vitals.counts.due
    due = "1 job is due" if number == 1 else f"{capped_count(number)} jobs are due"
    return f"NO PROCESSOR IS ALIVE and {due}", Tone.ON_BAD
