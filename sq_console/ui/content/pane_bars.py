"""The bar on top of each pane: its key, its name, how many, and where one is in them.

A pane that is folded to its bar says there what its first row would.
"""

from dataclasses import dataclass

from sq_console.model import JobSummary, LogEntry
from sq_console.text.humanize import age, capped_count, stopwatch
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
from sq_console.ui.content.list_columns import request_line
from sq_console.ui.content.log_lines import log_tone, message_of
from sq_console.ui.state.clock import Clock, secs_between
from sq_console.ui.state.panes import Pane, jobs_in
from sq_console.ui.state.screen_data import Vitals


@dataclass(frozen=True, slots=True)
class ListPosition:
    """Where one is in a list."""

    first_row: int
    """The first row in sight, counted over all pages; 0 for an empty list."""
    last_row: int
    rows_read: int
    """Rows read so far, this page and those before it."""
    has_more: bool
    """There are more pages."""
    marked: int = 0
    filtered: bool = False
    rows_before: int = 0
    """Rows on the pages before."""


def pane_title(pane: Pane, vitals: Vitals | None) -> Line:
    """` 3 Failed 17`: red while there are failed jobs."""
    title: Line = Span(f" {pane.key} ", Tone.KEY), Span(pane.heading, Tone.BOLD)
    if pane is Pane.LOG or vitals is None:
        return title
    number = jobs_in(pane, vitals.counts)
    tone = Tone.BAD if pane is Pane.FAILED and number else Tone.PLAIN
    return *title, Span(f" {capped_count(number)}", tone)


def dim_title(line: Line) -> Line:
    """A name of a pane that is not in sight; what is wrong stays red."""
    return tuple(
        span if span.tone is Tone.BAD else Span(span.text, Tone.DIM) for span in line
    )


def open_bar(names: Line, place: ListPosition, width: int) -> Line:
    """The bar of a pane whose rows are in sight."""
    start = names
    if place.marked:
        start = *start, Span("  "), Span(f" {place.marked:,} marked ", Tone.ON_BUSY)
    return spread(start, (Span(_where(place), Tone.DIM), Span(" ")), width)


def _where(place: ListPosition) -> str:
    """`1-14`, `1-14 of 17 found`; the whole number is in the name."""
    if place.last_row < place.first_row:
        return ""
    more = "+" if place.has_more else ""
    found = f" of {place.rows_read:,}{more} found" if place.filtered else ""
    pages = "  [ ] pages" if place.has_more or place.rows_before else ""
    return f"{place.first_row:,}-{place.last_row:,}{found}{pages}"


def folded_bar(names: Line, told: Line, width: int) -> Line:
    """The bar of a pane that is folded to it."""
    start = (*names, Span(" " * max(1, 15 - width_of(names))))
    return spread((*start, *told), BLANK, width)


def first_job_summary(
    pane: Pane, job: JobSummary | None, vitals: Vitals, width: int
) -> Line:
    """What a folded list says: its first job, in a few words."""
    if job is None:
        return (Span("none", Tone.DIM),)
    told = {
        Pane.PENDING: _pending,
        Pane.RUNNING: _running,
        Pane.FAILED: _failed,
        Pane.DONE: _done,
    }[pane](job, vitals)
    method, _, url = request_line(job, max(20, width - width_of(told) - 20))
    call = Span(f"{method.text.strip()} {url.text}", Tone.DIM)
    return joined([(Span(str(job.id), Tone.BOLD),), told, (call,)], " ")


def _pending(job: JobSummary, vitals: Vitals) -> Line:
    late = secs_between(job.run_at, vitals.now)
    if late < 1:
        return (Span(f"due in {age(-late)}" if late < 0 else "due now"),)
    return (Span(f"{age(late)} late"),)


def _running(job: JobSummary, vitals: Vitals) -> Line:
    secs = stopwatch(secs_between(job.last_started_at, vitals.now))
    return (Span(f"for {secs}", Tone.BUSY),)


def _failed(job: JobSummary, vitals: Vitals) -> Line:
    ago = age(secs_between(job.last_finished_at, vitals.now))
    return Span(f"{ago} ago "), foreign(job.last_error or "", Tone.BAD, 30)


def _done(job: JobSummary, vitals: Vitals) -> Line:
    return (Span(f"{age(secs_between(job.last_finished_at, vitals.now))} ago"),)


def newest_log_summary(entry: LogEntry | None, clock: Clock) -> Line:
    """What the folded log says: its newest line."""
    if entry is None:
        return (Span("nothing yet", Tone.DIM),)
    return (
        Span(f"{clock.time(entry.created_at)} ", Tone.DIM),
        Span(f"{entry.job_id or ''} ", Tone.BOLD),
        foreign(message_of(entry), log_tone(entry)),
    )


def log_bar(
    names: Line, told: str, *, following: bool, unseen: int, width: int
) -> Line:
    """The bar of the open log: whether it follows, and of what it is a part."""
    if following:
        end: Line = (Span("following ", Tone.DIM),)
    else:
        news = f"{unseen:,} new below, " if unseen else ""
        end = (Span(f" {news}G follows ", Tone.ON_WARN),)
    start = (*names, Span("  "), foreign(told, Tone.WARN)) if told else names
    return spread(start, end, width)
