"""The page of one cause: its facts, the rows of its jobs, what can be done to it."""

from collections.abc import Iterable
from datetime import datetime

from sq_console.model import Cause, CauseContext, CauseSample, JobState
from sq_console.text.cause_words import OLDER, before_text, organisations_text
from sq_console.text.humanize import age, capped_count, sparkline, stopwatch
from sq_console.ui.content.failures.cause_columns import cause_kind
from sq_console.ui.content.lines import (
    BLANK,
    Line,
    Span,
    Tone,
    cut_line,
    foreign,
    spread,
)
from sq_console.ui.state.clock import Clock, secs_between
from sq_console.ui.terminal.cells import cut_middle, left, right

FACT_LINES = 6
_LABEL = 16
_ID, _ENDED, _CALLS, _TOOK, _ORG = 8, 8, 5, 6, 5


def cause_fact_lines(
    cause: Cause,
    place: tuple[int, int],
    now: datetime,
    clock: Clock,
    context: CauseContext | None,
    method: str,
    width: int,
) -> list[Line]:
    """Return what is known of a cause; *place* is (number, of how many)."""
    key = cause.key
    number, of = place
    start = (Span(f" Cause {number} of {of}", Tone.BOLD), Span("    "))
    tone = Tone.BAD if cause.goes_on else Tone.DIM
    kind = Span(cause_kind(cause), tone)
    call = foreign(f"{method} {key.host or 'no host'}{key.path}".strip())
    room = width - len(start[0].text) - 4 - len(kind.text) - 7
    title: Line = (
        *start,
        kind,
        Span(" from ", Tone.DIM),
        Span(cut_middle(call.text, max(8, room)), Tone.BOLD),
    )
    last = age(secs_between(cause.last, now))
    state = Span(f"GOES ON, {last} " if cause.goes_on else f"over, {last} ago ", tone)
    message = foreign(key.message) if key.message else Span("no answer", Tone.DIM)
    said = cut_line((Span(" "), message), max(8, width - len(state.text) - 3))
    pending = "" if context is None else f"{capped_count(context.pending)} pending"
    return [
        title,
        spread(said, (state,), width),
        _fact(
            f"{cause.jobs:,} jobs",
            Span(f"{cause.failed:,} failed   "),
            Span(f"{cause.waiting:,} wait for a retry   "),
            Span(f"{pending} at this host" if pending else ""),
        ),
        _onset_fact(cause, clock, context),
        _trend_line(cause),
        _fact("organisations", Span(organisations_text(cause))),
    ]


def _fact(label: str, *values: Span) -> Line:
    return (Span(f" {left(label, _LABEL)}", Tone.DIM), *values)


def _onset_fact(cause: Cause, clock: Clock, context: CauseContext | None) -> Line:
    since = _time_or_day(cause.since, clock)
    if cause.is_older:
        return _fact("since before", Span(f"{since}: {OLDER}"))

    def at(moment: datetime | None) -> str:
        return _time_or_day(moment, clock)

    before = "" if context is None else before_text(context, at)
    return _fact(f"since {since}", Span(before))


def _time_or_day(moment: datetime | None, clock: Clock) -> str:
    """Return `14:02:11`, or `Sep 12` for a day and more ago."""
    day = "" if moment is None else clock.onset(moment)
    return clock.time(moment) if not day or ":" in day else day


def _trend_line(cause: Cause) -> Line:
    return _fact(
        "per 5 min",
        Span("1 h ago ", Tone.DIM),
        Span(sparkline(list(cause.trend))),
        Span(" now   ", Tone.DIM),
        Span(f"at most {max(cause.trend):,}, in the last five {cause.trend[-1]:,}"),
    )


def sample_heads() -> Line:
    """Return the titles of the columns of a cause's jobs."""
    titles = [
        right("ID", _ID),
        left("ENDED", _ENDED),
        right("CALLS", _CALLS),
        right("TOOK", _TOOK),
        right("ORG", _ORG),
        "ANSWER",
    ]
    return (Span(" ".join(titles), Tone.DIM),)


def sample_line(sample: CauseSample, now: datetime, clock: Clock, width: int) -> Line:
    """Return the row of a job of a cause, with what was answered."""
    job = sample.job
    ended, began = job.last_finished_at, job.last_started_at
    took = _whole_secs(secs_between(began, ended)) if began and ended else "-"
    org = "" if job.organization_id is None else str(job.organization_id)
    line: Line = (
        Span(f"{right(str(job.id), _ID)} ", Tone.BOLD),
        Span(f"{left(_time_or_day(ended, clock), _ENDED)} "),
        Span(f"{right(str(job.attempts), _CALLS)} "),
        Span(f"{right(took, _TOOK)} "),
        Span(f"{right(org, _ORG)} ", Tone.DIM),
    )
    if job.state is JobState.PENDING:
        wait = -secs_between(job.run_at, now)
        again = f"again in {age(wait)}: " if wait > 0 else "again now: "
        line = (*line, Span(again, Tone.BUSY))
    answer = foreign(sample.answer or job.last_error or "", limit=300)
    return cut_line((*line, answer), width)


def _whole_secs(secs: float) -> str:
    """The columns have no part of a second: 0 is any call shorter than one."""
    return stopwatch(secs) if secs >= 1 else "<1s"


def choice_lines(choices: Iterable[tuple[str, str]], width: int) -> list[Line]:
    """Return the keys that act on a cause in two columns, each with its effect."""
    cells = [
        (Span(f"   {key}  ", Tone.KEY), Span(left(words, width // 2 - 7)))
        for key, words in choices
    ]
    lines: list[Line] = []
    for first, second in zip(cells[::2], [*cells[1::2], BLANK], strict=False):
        lines.append((*first, *second))
    return lines
