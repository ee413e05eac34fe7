"""The questions before a bulk action, before it is stopped and pulled back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sq_console.model import BulkCount, BulkRequest, BulkRow, BulkSample, BulkVerb
from sq_console.text.bulk_words import (
    bulk_progress,
    bulk_question,
    bulk_subject,
    bulk_verb_text,
    parse_pace,
)
from sq_console.text.humanize import stopwatch
from sq_console.ui.content.lines import BLANK, Line, Span, Tone, cut_line, foreign
from sq_console.ui.content.question import (
    Choice,
    Question,
    QuestionField,
    question,
)
from sq_console.ui.screens.questions import EFFECTS, TYPE_FROM
from sq_console.ui.state.clock import Clock

_PACED = frozenset({BulkVerb.RETRY, BulkVerb.EDIT, BulkVerb.RESUME})
_PACED_FROM = 100
"""From so many jobs on, a pace is suggested."""
_OF_ALL = {
    BulkVerb.EDIT: "New rows, due now; the old ones are set aside.",
    BulkVerb.RESUME: "What is due there becomes due at the pace.",
}
_CELLS = 66


def ask_bulk(
    count: BulkCount, samples: Sequence[BulkSample], now: datetime, clock: Clock
) -> Question:
    """Return the question about the jobs that were counted."""
    request = count.request
    number = str(count.counted) if count.counted >= TYPE_FROM else ""
    lines: list[Line] = [
        cut_line((foreign(bulk_subject(request)),), _CELLS),
        *([] if samples else [BLANK]),
        *_effect_lines(request),
        *_sample_lines(samples),
    ]
    variant = "danger" if request.verb is BulkVerb.KILL else "go"
    label = bulk_verb_text(request.verb).capitalize()
    yes = Choice("y", label, variant)
    place = request.cause.host if request.cause else request.wanted.host or ""
    title = bulk_question(count, foreign(place, limit=60).text)
    asked = question(title, lines, yes, must_type=number)
    return asked.with_field(_pace_field(count, now, clock))


def _effect_lines(request: BulkRequest) -> list[Line]:
    """Return what becomes of the jobs, in the words of the question about a few."""
    if request.verb in _OF_ALL:
        return [(Span(_OF_ALL[request.verb]),)]
    effects, state = EFFECTS[request.verb], request.wanted.state
    states = request.states or ((state,) if state else tuple(effects))
    return [(Span(effects[each]),) for each in effects if each in states]


def _pace_field(count: BulkCount, now: datetime, clock: Clock) -> QuestionField | None:
    if count.request.verb not in _PACED:
        return None
    suggested = "10/s" if count.counted >= _PACED_FROM else ""
    return QuestionField(
        "pace", suggested, partial(_duration, count.counted, now, clock)
    )


def _duration(jobs: int, now: datetime, clock: Clock, typed: str) -> str:
    """Return how long the calls take. Raises ValueError."""
    pace = parse_pace(typed)
    if pace is None:
        return "all at once"
    secs = jobs / pace
    done = clock.time(now + timedelta(seconds=secs))[:5] if secs < 86_400 else ""
    return f"takes {stopwatch(secs)}{f', done about {done}' if done else ''}"


def _sample_lines(samples: Sequence[BulkSample]) -> list[Line]:
    lines: list[Line] = []
    for sample in samples:
        old = foreign(sample.url, Tone.DIM, 300)
        new = foreign(sample.new_url, limit=300)
        job_id = Span(f"{sample.job_id:>6} ", Tone.BOLD)
        lines.append(cut_line((job_id, old), _CELLS))
        if sample.url != sample.new_url:
            lines.append(cut_line((Span("    -> ", Tone.KEY), new), _CELLS))
        if sample.headers != sample.new_headers:
            lines.append((Span("       headers change"),))
    return lines


def ask_stop(row: BulkRow) -> Question:
    """Return the question before a bulk action is stopped."""
    verb = bulk_verb_text(row.request.verb)
    lines: list[Line] = [
        cut_line((foreign(bulk_subject(row.request)),), _CELLS),
        BLANK,
        (Span(f"{bulk_progress(row)}; nothing more is begun, what is done stays."),),
        (Span("It cannot go on later; begin another one for the rest.", Tone.DIM),),
    ]
    title = f"Stop bulk action {row.id}, {verb}?"
    return question(title, lines, Choice("y", "Stop", "danger"))


def ask_pull_back(row: BulkRow) -> Question:
    """Return the question before its retries are pulled back."""
    lines: list[Line] = [
        cut_line((foreign(bulk_subject(row.request)),), _CELLS),
        BLANK,
        (Span("It is stopped, and jobs it has retried that nobody has called"),),
        (Span("since are failed again, as they were."),),
    ]
    title = f"Pull back what bulk action {row.id} retried?"
    return question(title, lines, Choice("y", "Pull back", "danger"))
