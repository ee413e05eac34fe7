"""The rows of the list of causes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sq_console.model import Cause, CausesReading
from sq_console.text.cause_words import cause_text, window_text
from sq_console.text.humanize import age, plural, sparkline
from sq_console.ui.content.columns.request_text import names_of_hosts
from sq_console.ui.content.lines import Line, Span, Tone, cut_line, foreign
from sq_console.ui.state.clock import Clock, secs_between
from sq_console.ui.terminal.cells import cut_middle, left, right, width_of

_DAY_SECS = 86_400
_FIXED = (6, 4, 7, 12)
"""Since, last, jobs, trend."""
_PATH_FROM = 70
"""With so many cells left for host and text, the path has a column of its own."""


@dataclass(frozen=True, slots=True)
class CauseLayout:
    """How many cells host, path and text have."""

    host: int
    path: int
    what: int
    hosts: Mapping[str, str]
    """Each host as it is shown: without its port, if no other differs in that only."""


def cause_layout(causes: Sequence[Cause], width: int) -> CauseLayout:
    """Return the layout for *width* cells; no column is wider than its longest cell."""
    room = max(16, width - sum(_FIXED) - len(_FIXED))
    names = names_of_hosts(cause.key.host for cause in causes)
    hosts = {host: foreign(name or "no host").text for host, name in names.items()}
    longest = max(map(width_of, hosts.values()), default=4)
    host = max(4, min(longest, room * 2 // 5))
    path = 0
    if room >= _PATH_FROM:
        longest = max((width_of(cause.key.path) for cause in causes), default=4)
        path = max(4, min(longest, room // 4))
    return CauseLayout(host, path, max(4, room - host - path - 1 - bool(path)), hosts)


def cause_heads(layout: CauseLayout) -> Line:
    """Return the titles of the columns."""
    since, last, jobs, trend = _FIXED
    titles = [
        right("SINCE", since),
        right("LAST", last),
        right("JOBS", jobs),
        left("TREND 1h", trend),
        left("HOST", layout.host),
        *([left("PATH", layout.path)] if layout.path else []),
        left("WHAT", layout.what),
    ]
    return (Span(" ".join(titles), Tone.DIM),)


def cause_line(
    cause: Cause, layout: CauseLayout, now: datetime, clock: Clock, *, is_held: bool
) -> Line:
    """Return the row of a cause. One that is over is history, and dim."""
    key = cause.key
    last = age(secs_between(cause.last, now))
    host = layout.hosts.get(key.host) or foreign(key.host or "no host").text
    path = Span(cut_middle(foreign(key.path).text, layout.path))
    cells = [
        Span(right(since_text(cause, now, clock), _FIXED[0])),
        Span(right(last, _FIXED[1])),
        Span(right(f"{cause.jobs:,}", _FIXED[2]), Tone.BOLD),
        Span(sparkline(list(cause.trend))),
        Span(
            left(cut_middle(host, layout.host), layout.host),
            Tone.WARN if is_held else Tone.PLAIN,
        ),
        *([Span(left(path.text, layout.path), Tone.DIM)] if layout.path else []),
        *_what(cause, layout),
    ]
    line: list[Span] = []
    for cell in cells:
        line += [Span(" "), cell] if line else [cell]
    if not cause.goes_on:
        line = [it if it.tone is Tone.WARN else Span(it.text, Tone.DIM) for it in line]
    return tuple(line)


def _what(cause: Cause, layout: CauseLayout) -> Line:
    """Return kind and message in one cell."""
    kind = Span(cause_kind(cause), Tone.BAD)
    text = cause_text(cause.key).removeprefix(kind.text)
    if not layout.path and not cause.key.message:
        text = f" {foreign(cause.key.path).text}"
    return (_joined(kind, Span(text), layout.what),)


def _joined(kind: Span, text: Span, width: int) -> Span:
    return Span("".join(it.text for it in cut_line((kind, text), width)))


def cause_kind(cause: Cause) -> str:
    """Return `404`, `timeout`."""
    return foreign(cause.key.kind).text


def since_text(cause: Cause, now: datetime, clock: Clock) -> str:
    """Return `11:35`, and of what is a day old its age; `<11:35` if it may be older."""
    secs = secs_between(cause.since, now)
    since = clock.time(cause.since)[:5] if secs < _DAY_SECS else age(secs)
    return f"<{since}" if cause.is_older else since


def causes_summary(reading: CausesReading, clock: Clock) -> Line:
    """Return what the bar of the folded pane says: its first cause."""
    if not reading.causes:
        return (Span("none", Tone.DIM),)
    cause = reading.causes[0]
    tone = Tone.PLAIN if cause.goes_on else Tone.DIM
    host = foreign(cause.key.host or "no host")
    return (
        Span(f"since {since_text(cause, reading.now, clock)}  "),
        Span(f"{plural(cause.jobs, 'job')}  ", tone),
        Span(f"{host.text} ", tone),
        Span(cause_text(cause.key), tone),
    )


def causes_window(reading: CausesReading | None) -> str:
    """Return over how many jobs: said only where there are more."""
    if reading is None:
        return "reading…"
    if reading.is_cut:
        return f"{window_text(reading)}, newest first"
    return "failed, or waiting for a retry; newest first"
