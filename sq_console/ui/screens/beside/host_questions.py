"""The question before the failed jobs of a host are retried."""

from sq_console.text.humanize import plural, spoken_duration
from sq_console.ui.content.lines import BLANK, Line, Span, Tone
from sq_console.ui.content.question import Choice, Question, question
from sq_console.ui.content.tables.hold_lines import host_words
from sq_console.ui.screens.questions import TYPE_FROM

PACE = 10.0
"""Calls a second, where they are not to be made all at once."""
AT_A_PACE = "p"


def ask_retry_host(host: str, jobs: int) -> Question:
    """Return the question before so many *jobs* of *host* are retried."""
    number = str(jobs) if jobs >= TYPE_FROM else ""
    lines: list[Line] = [
        (
            Span(f"{jobs:,}", Tone.BOLD),
            Span(" failed: pending again, with all retries"),
        ),
        (Span(f"At {PACE:.0f} a second that takes {spoken_duration(jobs / PACE)}."),),
    ]
    if number:
        lines += [
            BLANK,
            (Span(f"Type {number}, press enter, then p or y.", Tone.WARN),),
        ]
    return question(
        f"Retry {plural(jobs, 'job')} of {host_words(host)}?",
        lines,
        Choice(AT_A_PACE, f"At {PACE:.0f}/s", "go"),
        Choice("y", "At once", "danger"),
        must_type=number,
    )
