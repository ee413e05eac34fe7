"""What an operator did as a row: since when, who, what, to how many."""

from datetime import datetime

from sq_console.rules.activity_folds import FoldedActivity
from sq_console.text.humanize import age, plural
from sq_console.ui.content.lines import Line, Span, Tone, cut_line, foreign, spread
from sq_console.ui.state.clock import Clock, secs_between
from sq_console.ui.terminal.cells import cut, left, right

_AGO, _ACTION, _JOBS = 5, 10, 7
_SHOWN_SUBJECTS = 2


def activity_titles(width: int) -> Line:
    """Return the titles of the columns."""
    at, who = _at_and_who_cells(width)
    titles = [
        right("AGO", _AGO),
        left("AT", at),
        left("WHO", who),
        left("DID", _ACTION),
        right("JOBS", _JOBS),
        "TO",
    ]
    return (Span(" ".join(titles), Tone.DIM),)


def _at_and_who_cells(width: int) -> tuple[int, int]:
    """A wide screen has room for seconds, and for the machine of the operator."""
    return (8, min(36, 20 + (width - 90) // 2)) if width > 90 else (5, 14)


def activity_line(
    folded: FoldedActivity, now: datetime, clock: Clock, width: int
) -> Line:
    """Return the row of an action, or of several equal ones."""
    last, (at, cells) = folded.last, _at_and_who_cells(width)
    ago = age(secs_between(last.created_at, now)) if last.created_at else "-"
    who = foreign(last.who, Tone.BUSY, 200)
    action = foreign(last.action.replace("_", " "), Tone.BOLD, 40)
    jobs = f"{folded.jobs:,}" if folded.jobs else ""
    return cut_line(
        (
            Span(right(ago, _AGO)),
            Span(f" {clock.time(last.created_at)[:at]} ", Tone.DIM),
            Span(left(who.text, cells), who.tone),
            Span(f" {left(action.text, _ACTION)}", action.tone),
            Span(f" {right(jobs, _JOBS)} "),
            *_object(folded, clock, at),
        ),
        width,
    )


def _object(folded: FoldedActivity, clock: Clock, at: int) -> Line:
    """Return what it was about: a bulk action, a job, hosts, processors, the note."""
    last, count = folded.last, len(folded.actions)
    spans: list[Span] = []
    if last.bulk_id:
        spans.append(Span(f"bulk {last.bulk_id}  ", Tone.KEY))
    if count == 1 and last.job_id:
        spans.append(Span(f"job {last.job_id}  ", Tone.BOLD))
    subjects = folded.subjects
    shown = subjects if len(subjects) <= _SHOWN_SUBJECTS else subjects[:1]
    spans += [foreign(f"{subject}  ", limit=200) for subject in shown]
    if len(subjects) > len(shown):
        spans.append(Span(f"and {len(subjects) - len(shown):,} more  ", Tone.DIM))
    if count > 1:
        since = clock.time(folded.began_at)[:at]
        spans.append(Span(f"{count:,} times since {since}  ", Tone.DIM))
    if last.note:
        spans.append(foreign(last.note, Tone.DIM))
    return tuple(spans)


def activity_bar(who: str | None, people: int, place: str, width: int) -> Line:
    """Return the bar of the screen: of whom, and which rows are in view."""
    line: Line = (Span(" Activity ", Tone.BOLD),)
    if who is not None:
        name = cut(foreign(who, limit=200).text, width - 45)
        line = *line, Span("of "), Span(name, Tone.WARN), Span("  esc: of all")
    else:
        line = *line, Span(f"of {plural(people, 'person', 'people')}", Tone.DIM)
    return spread(line, (Span(f"{place} ", Tone.DIM),), width)
