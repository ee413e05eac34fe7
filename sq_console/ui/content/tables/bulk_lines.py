"""Bulk actions as rows, and one of them as a list of facts."""

from datetime import datetime

from sq_console.model import BulkRow, BulkState
from sq_console.text.bulk_words import (
    bulk_pace,
    bulk_place,
    bulk_progress,
    bulk_result,
    bulk_subject,
    bulk_verb_text,
)
from sq_console.ui.content.lines import Line, Span, Tone, cut_line, foreign, spread
from sq_console.ui.state.bulk_watch import has_calls_to_come
from sq_console.ui.state.clock import Clock
from sq_console.ui.terminal.cells import cut, left, right

_TONES = {
    BulkState.RUNNING: Tone.BUSY,
    BulkState.PULLING: Tone.BUSY,
    BulkState.STOPPED: Tone.WARN,
    BulkState.FAILED: Tone.WARN,
    BulkState.DONE: Tone.DIM,
}
_ID, _WHEN, _WHO, _VERB, _STATE, _PROGRESS, _PACE = 4, 6, 8, 9, 7, 16, 7


def bulk_titles(width: int) -> Line:
    """Return the titles of the columns."""
    titles = [
        right("ID", _ID),
        left("BEGUN", _WHEN),
        left("WHO", _WHO),
        left("WHAT", _VERB),
        left("STATE", _STATE),
        right("JOBS", _PROGRESS),
        *([right("PACE", _PACE)] if _has_pace(width) else []),
        "WHICH",
    ]
    return cut_line((Span(" ".join(titles), Tone.DIM),), width)


def _has_pace(width: int) -> bool:
    """With less room the pace is among the facts only."""
    return width >= 100


def bulk_row_line(row: BulkRow, now: datetime, clock: Clock, width: int) -> Line:
    """Return the row of a bulk action."""
    who = foreign(row.who.partition("@")[0], limit=60).text
    begun = clock.onset(row.created_at) if row.created_at else "-"
    state = "calling" if has_calls_to_come(row, now) else row.state.value
    pace = f"{right(bulk_pace(row.request) or '-', _PACE)} "
    return cut_line(
        (
            Span(f"{right(str(row.id), _ID)} "),
            Span(f"{left(cut(begun, _WHEN), _WHEN)} ", Tone.DIM),
            Span(f"{left(cut(who, _WHO), _WHO)} "),
            Span(f"{left(bulk_verb_text(row.request.verb), _VERB)} ", Tone.BOLD),
            Span(f"{left(state, _STATE)} ", _TONES[row.state]),
            Span(f"{right(cut(bulk_progress(row), _PROGRESS), _PROGRESS)} "),
            Span(pace if _has_pace(width) else ""),
            foreign(bulk_place(row.request), limit=300),
        ),
        width,
    )


def bulk_bar(rows: int, running: int, most: int, width: int) -> Line:
    """Return the bar of the screen."""
    more = "+" if rows >= most else ""
    line: Line = (Span(" Bulk actions ", Tone.BOLD), Span(f"{rows:,}{more}"))
    if running:
        line = *line, Span(f", {running:,} under way", Tone.BUSY)
    return spread(line, (Span("newest first ", Tone.DIM),), width)


def bulk_facts(row: BulkRow, now: datetime, clock: Clock) -> list[Line]:
    """Return its facts, a line each, as long as it is."""
    pace = bulk_pace(row.request)
    calls = "at once" if not pace else f"at {pace}"
    if row.due_until is not None:
        tense = "until" if row.due_until > now else "were due until"
        calls = f"{calls}, {tense} {clock.stamp(row.due_until)}"
    facts = [
        ("which", bulk_subject(row.request)),
        ("result", bulk_result(row)),
        ("calls", calls if row.request.verb.value in ("retry", "resume") else ""),
        ("change", _change(row)),
        ("by", row.who),
        ("why", row.request.why),
        ("counted", f"{row.counted:,} at {clock.stamp(row.request.wanted.as_of)}"),
        ("begun", clock.stamp(row.created_at)),
        ("ended", clock.stamp(row.ended_at) if row.ended_at else ""),
        ("stopped by", row.stopped_by or ""),
        ("worker", row.worker or "" if row.ended_at is None else ""),
    ]
    return [
        (Span(f" {left(name, 11)}", Tone.DIM), foreign(text))
        for name, text in facts
        if text
    ]


def _change(row: BulkRow) -> str:
    edit = row.request.arguments
    if edit is None:
        return ""
    kind = "expression " if edit.is_expression else ""
    said = [f"url {kind}{edit.url_from} -> {edit.url_to}"] if edit.url_from else []
    said += [f"header {name} set" for name, _ in edit.set_headers]
    said += [f"header {name} removed" for name in edit.remove_headers]
    return ", ".join(said)
