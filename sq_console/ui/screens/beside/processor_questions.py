"""The questions before a processor is paused, resumed or drained."""

from sq_console.model import ProcessorRow, Wanted
from sq_console.text.humanize import plural
from sq_console.text.sanitize import clean
from sq_console.ui.content.lines import Line, Span, Tone
from sq_console.ui.content.question import Choice, Question, question
from sq_console.ui.terminal.cells import cut


def ask_want(row: ProcessorRow, wanted: Wanted, others: int) -> Question:
    """Return the question before *row* is asked for *wanted*, beside so many *others*
    that run.
    """
    name = cut(clean(row.name, 200), 40)
    if wanted is Wanted.RUN:
        lines: list[Line] = [(Span("It claims due jobs again, and calls them."),)]
        return question(f"Resume {name}?", lines, Choice("y", "Resume", "go"))
    calls = plural(row.running, "call")
    if wanted is Wanted.DRAIN:
        lines = [
            (Span(f"It claims nothing more, finishes its {calls}, and ends."),),
            (Span("There is no way back, and its supervisor starts no other one."),),
            _others(others),
        ]
        return question(f"Drain {name}?", lines, Choice("y", "Drain", "danger"))
    lines = [
        (Span(f"It claims nothing more, and finishes its {calls}."),),
        _others(others),
        (Span("P lets it run again.", Tone.DIM),),
    ]
    return question(f"Pause {name}?", lines, Choice("y", "Pause", "go"))


def _others(others: int) -> Line:
    if not others:
        return (Span("No other one runs: due jobs wait.", Tone.WARN),)
    runs = "runs" if others == 1 else "run"
    return (Span(f"Due jobs are left to {plural(others, 'processor')} that {runs}."),)
