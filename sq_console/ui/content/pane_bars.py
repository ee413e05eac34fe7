"""The bar on top of each pane: its key, its name, its count, and the rows in view.

The bar of a folded pane shows a summary of the pane's first row.
"""

from dataclasses import dataclass

from sq_console.model import HOLD_ALL, CausesReading, JobSummary, LogEntry
from sq_console.text.humanize import age, capped_sum, stopwatch
from sq_console.ui.content.columns.request_text import host_name, target_text
from sq_console.ui.content.failures.cause_columns import causes_window
from sq_console.ui.content.lines import (
    BLANK,
    Line,
    Span,
    Tone,
    foreign,
    spread,
    width_of,
)
from sq_console.ui.content.log_lines import message_of
from sq_console.ui.state.clock import Clock, secs_between
from sq_console.ui.state.panes import Pane, jobs_in
from sq_console.ui.state.screen_data import Vitals
from sq_console.ui.terminal.cells import left

_SUMMARY_AT, _TIMING_CELLS = 18, 9
"""Where the summaries of folded panes begin, and their ids."""


@dataclass(frozen=True, slots=True)
class ListPosition:
    """Which rows of a list the screen shows."""

    first_row: int
    """The first visible row, counted from 1 over all pages. In an empty list it is
    above `last_row`.
    """
    last_row: int
    has_more: bool
    """Whether there are more pages."""
    marked: int = 0
    not_listed: int = 0
    """Marked jobs that are not in the list any more."""
    order: str = ""
    """The order of the rows, if it is not the list's own."""
    rows_before: int = 0
    """Rows on the pages before this one."""


def pane_title(pane: Pane, vitals: Vitals | None) -> Line:
    """Return ` 3 Failed 17`. A number says nothing about now: it has no colour."""
    title: Line = Span(f" {pane.key} ", Tone.KEY), Span(pane.heading, Tone.BOLD)
    counts = jobs_in(pane, vitals.counts) if vitals else ()
    return (*title, Span(f" {capped_sum(*counts)}")) if counts else title


def dim_title(line: Line) -> Line:
    """Return the title of a hidden pane, dim."""
    return tuple(Span(span.text, Tone.DIM) for span in line)


def open_bar(title: Line, position: ListPosition, width: int) -> Line:
    """Return the bar of a pane whose rows are visible."""
    start = title
    if position.marked:
        start = *start, Span("  "), marks_badge(position.marked, position.not_listed)
    rows = _rows_in_view(position)
    room = width - width_of(start) - 3
    if len(rows) > room:
        rows = position.order  # an order that is not said would mislead
    return spread(start, (Span(rows, Tone.DIM), Span(" ")), width)


def marks_badge(marked: int, not_listed: int = 0) -> Span:
    """Return ` 25 marked, 3 of them not listed `."""
    more = f", {not_listed:,} of them not listed" if not_listed else ""
    return Span(f" {marked:,} marked{more} ", Tone.ON_BUSY)


def _rows_in_view(position: ListPosition) -> str:
    """Return `1-14` and the order; the number of all jobs is in the title."""
    if position.last_row < position.first_row:
        return ""
    order = f"{position.order}  " if position.order else ""
    pages = "  [ ] pages" if position.has_more or position.rows_before else ""
    return f"{order}{position.first_row:,}-{position.last_row:,}{pages}"


def folded_bar(title: Line, summary: Line, width: int) -> Line:
    """Return the bar of a folded pane."""
    start = (*title, Span(" " * max(2, _SUMMARY_AT - width_of(title))))
    return spread((*start, *summary), BLANK, width)


def first_job_summary(
    pane: Pane, job: JobSummary | None, vitals: Vitals, width: int
) -> Line:
    """Return the summary of a folded list: its first job in a few words."""
    if job is None:
        return (Span("none", Tone.DIM),)
    timing = {
        Pane.PENDING: _due_text,
        Pane.RUNNING: _running_text,
        Pane.FAILED: _ended_text,
        Pane.DONE: _ended_text,
    }[pane](job, vitals)
    number = Span(f" {job.id} ", Tone.BOLD)
    if pane is not Pane.FAILED:
        target = Span(target_text(job, width), Tone.DIM)
        return Span(left(timing, _TIMING_CELLS)), number, target
    host, why = host_name(job), foreign(job.last_error or "", Tone.DIM, 40)
    return Span(left(timing, _TIMING_CELLS)), number, Span(f"{host} ", Tone.DIM), why


def _due_text(job: JobSummary, vitals: Vitals) -> str:
    late = secs_between(job.run_at, vitals.now)
    if late < 1:
        return f"in {age(-late)}" if late < 0 else "due now"
    if {job.host, HOLD_ALL} & {hold.host for hold in vitals.holds}:
        return "held"
    return f"{age(late)} late"


def _running_text(job: JobSummary, vitals: Vitals) -> str:
    return f"for {stopwatch(secs_between(job.last_started_at, vitals.now))}"


def _ended_text(job: JobSummary, vitals: Vitals) -> str:
    return f"{age(secs_between(job.last_finished_at, vitals.now))} ago"


def newest_log_summary(entry: LogEntry | None, clock: Clock) -> Line:
    """Return the summary of the folded log: its newest row."""
    if entry is None:
        return (Span("nothing yet", Tone.DIM),)
    return (
        Span(f"{clock.time(entry.created_at)} ", Tone.DIM),
        Span(f"{entry.job_id or ''} ", Tone.BOLD),
        foreign(message_of(entry)),
    )


def log_bar(
    title: Line, filter_text: str, *, following: bool, unseen: int, width: int
) -> Line:
    """Return the bar of the open log: its filter, and whether it follows new rows."""
    if following:
        end: Line = (Span("following ", Tone.DIM),)
    else:
        news = f"{unseen:,} new below, " if unseen else ""
        end = (Span(f" {news}G follows ", Tone.ON_BUSY),)
    start = (
        (*title, Span("  "), foreign(filter_text, Tone.WARN)) if filter_text else title
    )
    return spread(start, end, width)


def causes_title(reading: CausesReading | None) -> Line:
    """Return ` 0 Causes 3`."""
    title = pane_title(Pane.CAUSES, None)
    if reading is None or not reading.causes:
        return title
    return *title, Span(f" {len(reading.causes):,}")


def causes_bar(reading: CausesReading | None, width: int) -> Line:
    """Return the bar of the causes when their rows are visible."""
    if reading is not None and not reading.causes:
        return folded_bar(causes_title(reading), (Span("none", Tone.DIM),), width)
    end = (Span(f"{causes_window(reading)} ", Tone.DIM),)
    return spread(causes_title(reading), end, width)
