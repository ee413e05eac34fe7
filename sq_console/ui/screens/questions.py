"""The questions before an action on jobs, the processor or the console.

Each question names the effect in numbers and hosts, so that it can be answered without
looking anything up.
"""

from collections import Counter
from collections.abc import Sequence

from sq_console.model import BulkVerb, JobState, JobSummary
from sq_console.processor.status import Status
from sq_console.text.humanize import plural
from sq_console.text.sanitize import clean
from sq_console.ui.content.columns.request_text import request_line
from sq_console.ui.content.lines import BLANK, Line, Span, Tone
from sq_console.ui.content.question import Choice, Question, question
from sq_console.ui.terminal.cells import cut

TYPE_FROM = 21
"""From so many jobs on, the number has to be typed."""
_SHOWN = 5
_REFUSED = {it: f"{it.replace('_', ' ')}: will be refused" for it in JobState}
EFFECTS: dict[BulkVerb, dict[JobState, str]] = {
    BulkVerb.RETRY: {
        JobState.FAILED: "failed: pending again, with all retries",
        JobState.KILLED: "killed: pending again, with all retries",
        JobState.SET_ASIDE: "set aside: pending again, with all retries",
        JobState.PENDING: "waiting: run now, no retry charged",
        JobState.SUCCEEDED: "succeeded: called again as a new job",
        JobState.RUNNING: _REFUSED[JobState.RUNNING],
    },
    BulkVerb.KILL: {
        JobState.PENDING: "pending: will never be called",
        JobState.RUNNING: "running: the call is aborted, what was sent stays sent",
        JobState.SUCCEEDED: _REFUSED[JobState.SUCCEEDED],
        JobState.FAILED: _REFUSED[JobState.FAILED],
        JobState.KILLED: _REFUSED[JobState.KILLED],
        JobState.SET_ASIDE: _REFUSED[JobState.SET_ASIDE],
    },
    BulkVerb.SET_ASIDE: {
        **_REFUSED,
        JobState.FAILED: "failed: off the list, a retry brings them back",
    },
}
"""What becomes of jobs in each state: the same words for a few and for thousands."""


def ask_retry(jobs: Sequence[JobSummary], not_listed: int = 0) -> Question | None:
    """Return the question before a retry; one failed job needs none."""
    if len(jobs) == 1 and jobs[0].state is JobState.FAILED:
        return None
    effects = _effects(jobs, BulkVerb.RETRY)
    effects += _not_listed_line(not_listed)
    title = f"Retry {plural(len(jobs), 'job')}?"
    return _about(jobs, title, effects, Choice("y", "Retry", "go"))


def ask_kill(jobs: Sequence[JobSummary], not_listed: int = 0) -> Question:
    """Return the question before a kill, which is always asked."""
    effects = _effects(jobs, BulkVerb.KILL)
    effects += _not_listed_line(not_listed)
    title = f"Kill {plural(len(jobs), 'job')}?"
    return _about(jobs, title, effects, Choice("y", "Kill", "danger"))


def _not_listed_line(number: int) -> list[Line]:
    if not number:
        return []
    words = "no longer listed: they changed since they were marked"
    return [(Span(f"{number:>6,} ", Tone.BOLD), Span(words, Tone.WARN))]


def ask_set_aside(jobs: Sequence[JobSummary], not_listed: int = 0) -> Question | None:
    """Return the question before jobs are set aside; one needs none."""
    if len(jobs) == 1:
        return None
    effects = _effects(jobs, BulkVerb.SET_ASIDE)
    title = f"Set {plural(len(jobs), 'job')} aside?"
    return _about(jobs, title, effects, Choice("y", "Set aside", "go"))


def _effects(jobs: Sequence[JobSummary], verb: BulkVerb) -> list[Line]:
    states = Counter(job.state for job in jobs)
    return [
        (Span(f"{states[state]:>6,} ", Tone.BOLD), Span(effect))
        for state, effect in EFFECTS[verb].items()
        if states[state]
    ]


def _about(
    jobs: Sequence[JobSummary], title: str, effects: list[Line], yes: Choice
) -> Question:
    number = str(len(jobs)) if len(jobs) >= TYPE_FROM else ""
    return question(title, [*effects, BLANK, *_sample(jobs)], yes, must_type=number)


def _sample(jobs: Sequence[JobSummary]) -> list[Line]:
    """Return the lines of a few jobs; of more jobs, their hosts."""
    if len(jobs) <= _SHOWN:
        return [
            (Span(f"{job.id:>6} ", Tone.BOLD), *request_line(job, 50)) for job in jobs
        ]
    hosts = Counter(job.host for job in jobs).most_common(_SHOWN)
    lines: list[Line] = [
        (Span(f"{number:>6,} ", Tone.BOLD), Span(cut(clean(host) or "no host", 60)))
        for host, number in hosts
    ]
    others = len(jobs) - sum(number for _, number in hosts)
    if others:
        lines.append((Span(f"{others:>6,} ", Tone.BOLD), Span("at other hosts")))
    return lines


def ask_pause(status: Status) -> Question:
    """Return the question before a pause: jobs wait for as long as it lasts."""
    lines: list[Line] = [
        (Span("It claims no more jobs; due jobs wait for other processors."),)
    ]
    if status.in_flight:
        calls = plural(status.in_flight, "call")
        lines.append((Span(f"{calls} in flight will be finished."),))
    lines.append((Span("P lets it run again.", Tone.DIM),))
    return question("Pause the processor here?", lines, Choice("y", "Pause", "go"))


def ask_quit(status: Status, drain_secs: int) -> Question:
    """Return the question before quitting while calls are in flight."""
    calls = plural(status.in_flight, "call")
    lines: list[Line] = [
        (Span(f"The processor of this console has {calls} in flight."),),
        BLANK,
        (
            Span("drain ", Tone.BOLD),
            Span(f"claim nothing new, finish within {drain_secs} s, quit (ctrl+c)"),
        ),
        (
            Span("stop  ", Tone.BOLD),
            Span("abort them now and quit; those jobs will be called again"),
        ),
    ]
    drain, stop = Choice("d", "Drain", "go"), Choice("s", "Stop", "danger")
    return question("Quit?", lines, drain, stop, interrupt="d")
