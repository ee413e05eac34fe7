"""The lines of the header about bulk actions: how far those under way are, and the
result of the last one.
"""

from sq_console.model import BulkRow, BulkState
from sq_console.text.bulk_words import (
    bulk_doing,
    bulk_pace,
    bulk_progress,
    bulk_result,
)
from sq_console.ui.content.lines import Line, Span, Tone, foreign, spread
from sq_console.ui.state.bulk_watch import BulkStanding
from sq_console.ui.state.clock import Clock
from sq_console.ui.terminal.cells import cut

_MOST = 2
"""More of them are on their own screen."""


def bulk_lines(standing: BulkStanding | None, clock: Clock, width: int) -> list[Line]:
    """Return a line for each of the first, of *width* cells at most."""
    if standing is None:
        return []
    lines = []
    if standing.counting is not None:
        start = f" COUNTING, {standing.counting:,} so far"
        lines.append(_line(start, "", ("esc", "stops"), width))
    own, number = standing.own, len(standing.under_way)
    for row in standing.under_way[:_MOST]:
        key = ("esc", "stops") if row is own else ("b", f"bulk action {row.id}")
        if number > _MOST and row is standing.under_way[_MOST - 1]:
            key = ("b", f"{number} bulk actions")
        lines.append(_under_way(row, standing.actor, clock, key, width))
    said = {row.id for row in standing.under_way[:_MOST]}
    for row in standing.results[-1:]:
        if row.id in said:  # its calls go on, and the line says the result as well
            continue
        start = f" {bulk_result(row)}"
        words = f"bulk action {row.id}{_ending(row, standing.actor)}"
        lines.append(_line(start, words, ("b", "all"), width))
    return lines


def _under_way(
    row: BulkRow, actor: str, clock: Clock, key: tuple[str, str], width: int
) -> Line:
    pace = bulk_pace(row.request)
    if row.state is BulkState.DONE:
        until = clock.onset(row.due_until) if row.due_until else "-"
        start = f" {bulk_result(row)}; calls at {pace} until {until}"
    elif row.state is BulkState.PULLING:
        start = f" PULLING BACK, {row.pulled_back:,} so far"
    else:
        doing = bulk_doing(row.request.verb).upper()
        start = f" {doing} {bulk_progress(row)}{f'  {pace}' if pace else ''}"
    return _line(start, f"by {_by(row.who, actor)}", key, width)


def _by(who: str, actor: str) -> str:
    return "you" if who == actor else foreign(who.partition("@")[0], limit=30).text


def _ending(row: BulkRow, actor: str) -> str:
    if row.state is BulkState.FAILED:
        return " failed"
    if row.stopped_by:
        return f" stopped by {_by(row.stopped_by, actor)}"
    return ""


def _line(start: str, words: str, key: tuple[str, str], width: int) -> Line:
    end = (Span(key[0], Tone.KEY), Span(f" {key[1]} "))
    room = width - sum(len(span.text) for span in end) - 2
    text = cut(f"{start}  {words}" if words else start, max(0, room))
    return spread((Span(text, Tone.BUSY),), end, width)
