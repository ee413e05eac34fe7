"""A host as a row: its state in a word, what waits, what runs, how its calls ended
lately, what failed last; and more about one host, below the list.

Red is what fails now, amber what is slow or held; what failed longer ago is dim.
"""

from datetime import datetime

from sq_console.model import HOLD_ALL
from sq_console.model.host_overview import (
    HostDetails,
    HostRow,
    HostsReading,
    HostState,
    LastFailure,
)
from sq_console.rules.fingerprint import fingerprint
from sq_console.text.humanize import age, capped_count, percent
from sq_console.ui.content.lines import Line, Span, Tone, cut_line, foreign, spread
from sq_console.ui.content.tables.hold_lines import held_text
from sq_console.ui.state.clock import Clock, secs_between
from sq_console.ui.terminal.cells import cut_middle, left, right

LATELY_SECS = 300
"""What failed longer ago is history."""
_TONES = {
    HostState.FAILING: Tone.BAD,
    HostState.HELD: Tone.WARN,
    HostState.SLOW: Tone.WARN,
    HostState.OK: Tone.PLAIN,
    HostState.QUIET: Tone.DIM,
}
_STATE, _DUE, _OLDEST, _RUN, _RATE, _FAIL, _MEDIAN, _BAD = 7, 6, 6, 3, 5, 4, 5, 11
_WITHOUT_NAME = sum((_STATE, _DUE, _OLDEST, _RUN, _RATE, _FAIL, _MEDIAN, _BAD)) + 8
_NAME_CELLS = (12, 44)
_BAD_CELLS = 40
_KINDS = ("connection ", "http ")
_FINGERPRINT_CHARS = 200


def _name_cells(width: int) -> int:
    return max(_NAME_CELLS[0], min(width - _WITHOUT_NAME, _NAME_CELLS[1]))


def _bad_cells(width: int) -> int:
    """Return the cells of the last failure: what the name leaves."""
    spare = width - _WITHOUT_NAME - _name_cells(width)
    return min(_BAD + max(0, spare), _BAD_CELLS)


def host_titles(width: int) -> Line:
    """Return the titles of the columns."""
    titles = [
        left("HOST", _name_cells(width)),
        left("STATE", _STATE),
        right("DUE", _DUE),
        right("OLDEST", _OLDEST),
        right("RUN", _RUN),
        right("/MIN", _RATE),
        right("FAIL", _FAIL),
        right("P50", _MEDIAN),
        left("LAST BAD", _bad_cells(width)),
    ]
    return (Span(" ".join(titles), Tone.DIM),)


def host_line(row: HostRow, name: str, now: datetime, width: int) -> Line:
    """Return the row of a host, which is called *name*."""
    cells = _name_cells(width)
    shown = foreign(name, limit=200).text or "no host"
    tone = _TONES[row.state]
    calls, recent = row.recent.calls, row.recent
    due = f"{capped_count(row.due).rstrip('+')}{'+' * row.is_due_cut}"
    oldest = age(secs_between(row.oldest_due_at, now)) if row.oldest_due_at else "-"
    is_quiet = row.state in (HostState.QUIET, HostState.HELD) and not calls
    rate = "-" if is_quiet else _rate(recent.per_minute)
    failing = Tone.BAD if row.state is HostState.FAILING else Tone.PLAIN
    line: Line = (
        Span(left(cut_middle(shown, cells), cells), Tone.BOLD),
        Span(f" {left(row.state.value, _STATE)}", tone),
        Span(f" {right(due if row.due else '-', _DUE)}"),
        Span(f" {right(oldest, _OLDEST)}"),
        Span(f" {right(str(row.running) if row.running else '-', _RUN)}"),
        Span(f" {right(rate, _RATE)}"),
        Span(
            f" {right(percent(recent.failed, calls) if calls else '-', _FAIL)}", failing
        ),
        Span(f" {right(_median(recent.median_ms), _MEDIAN)}"),
        Span(" "),
        _last_failure(row.last_failure, now, _bad_cells(width)),
    )
    return cut_line(line, width)


def _rate(per_minute: float) -> str:
    """Return calls a minute; never `0` when there are some."""
    if 0 < per_minute < 1:
        return "<1"
    return f"{per_minute:,.0f}"


def _median(duration_ms: int | None) -> str:
    """Return four characters, or five: `12ms`, `1.2s`, `2m`."""
    if duration_ms is None:
        return "-"
    if duration_ms < 1_000:
        return f"{duration_ms}ms"
    if duration_ms < 10_000:
        return f"{duration_ms / 1000:.1f}s"
    return age(duration_ms / 1000)


def _last_failure(failure: LastFailure | None, now: datetime, width: int) -> Span:
    if failure is None:
        return Span(left("-", width), Tone.DIM)
    secs = secs_between(failure.at, now)
    kind = foreign(failure.error, limit=60).text
    for prefix in _KINDS:
        kind = kind.removeprefix(prefix)
    tone = Tone.PLAIN if secs < LATELY_SECS else Tone.DIM
    return Span(left(f"{age(secs)} {kind}", width), tone)


def hosts_bar(reading: HostsReading | None, width: int) -> Line:
    """Return the bar of the screen: how many hosts, and of when the figures are."""
    if reading is None:
        return (Span(" Hosts", Tone.BOLD),)
    number = f"{len(reading.rows):,}{'+' if reading.is_cut else ''}"
    line: Line = Span(" Hosts ", Tone.BOLD), Span(number), Span(", worst first")
    if reading.is_cut:
        line = *line, Span(", not all", Tone.WARN)
    return spread(line, (Span("rates and p50: last 5 minutes ", Tone.DIM),), width)


def host_detail_lines(
    row: HostRow | None,
    details: HostDetails | None,
    host_cap: int,
    clock: Clock,
    width: int,
) -> list[Line]:
    """Return four lines about the host under the cursor."""
    if row is None:
        return []
    name = foreign(row.host or "urls without a host", Tone.BOLD, 200)
    line: Line = (Span(" "), name)
    since = details.failing_since if details else None
    if row.state is HostState.FAILING and since:
        line = *line, Span(f"    failing since {clock.onset(since)}", Tone.BAD)
    cap = Span(f"at most {host_cap:,} at once ", Tone.DIM)
    return [
        spread(line, (cap,), width),
        _failures_line(row, details, width),
        *(cut_line((Span(" "), *each), width) for each in _hold_lines(row, clock)),
    ]


def _failures_line(row: HostRow, details: HostDetails | None, width: int) -> Line:
    if details is None or not (details.failed or details.retrying):
        return (Span(" no job of it has failed", Tone.DIM),) if details else ()
    counts = (
        f"{capped_count(details.failed)} failed,"
        f" {capped_count(details.retrying)} for a retry "
    )
    end = (Span(counts, Tone.BOLD),)
    error = row.last_failure.error.removeprefix("http ") if row.last_failure else ""
    answer = fingerprint(details.last_answer[:_FINGERPRINT_CHARS])
    said = foreign(f" {error} {answer}".rstrip(), limit=300).text
    room = width - len(counts) - 2
    return spread(cut_line((Span(said),), max(0, room)), end, width)


def _hold_lines(row: HostRow, clock: Clock) -> list[Line]:
    hold = row.hold
    if hold is None:
        due = "its due job stays" if row.due == 1 else "its due jobs stay"
        words = f" holds it: {due}, its calls end; other hosts are not touched"
        return [
            (Span("H", Tone.KEY), Span(words)),
            (
                Span(
                    "with a reason, and until it is lifted or for: 30m 2h 8h", Tone.DIM
                ),
            ),
        ]
    what = " of every host" if hold.host == HOLD_ALL else ""
    return [
        (Span(held_text(hold, clock), Tone.WARN),),
        (
            Span("H", Tone.KEY),
            Span(f" lifts the hold{what}, at a pace if you like; "),
            Span("t", Tone.KEY),
            Span(" tries one job through it"),
        ),
    ]
