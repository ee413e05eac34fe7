"""Everything about one job, as lines: request, attempts, last answer, log."""

import json
from collections.abc import Iterable, Sequence

from sq_console.model import Job, LogEntry, LogEvent
from sq_console.plain import TEXT_CHARS, clean, clean_bytes
from sq_console.rules import redact_url
from sq_console.ui.content.columns import retries
from sq_console.ui.content.log_lines import told, tone_of, wording
from sq_console.ui.format import Clock, plural, size, took
from sq_console.ui.lines import (
    BLANK,
    Line,
    Span,
    Tone,
    cut_line,
    foreign,
    left,
    right,
    spread,
    width_of,
)

URL_CHARS = 300
"""A longer url stands in full further down; here what happened matters more."""
_OUTCOMES = frozenset(
    {
        LogEvent.SUCCEEDED,
        LogEvent.FAILED,
        LogEvent.FAILED_TEMPORARILY,
        LogEvent.TIMED_OUT,
        LogEvent.KILLED,
        LogEvent.RELEASED,
        LogEvent.RESCUED,
    }
)


def detail(job: Job, log: Sequence[LogEntry], clock: Clock, width: int) -> list[Line]:
    """The page, for *width* cells: what happened comes before what was sent."""
    return [
        *_request(job, clock),
        *_attempts(job, log, clock, width),
        *_answer(job),
        *_sent(job),
        *_log(log, clock),
    ]


def _heading(text: str, aside: str = "") -> list[Line]:
    return [BLANK, (Span(text, Tone.BOLD), Span(f"  {aside}", Tone.DIM))]


def _request(job: Job, clock: Clock) -> list[Line]:
    method = foreign(job.http_method.strip().upper(), Tone.BOLD, 20)
    url = foreign(redact_url(job.url), limit=URL_CHARS)
    facts = _facts(job, clock)
    pairs = [facts[at : at + 2] for at in range(0, len(facts), 2)]
    return [(method, Span(" "), url), *(_pair(pair) for pair in pairs)]


def _pair(facts: list[tuple[str, str]]) -> Line:
    line: list[Span] = []
    for name, text in facts:
        if line:
            line.append(Span("   "))
        line += [Span(left(name, 9), Tone.DIM), Span(text if line else left(text, 24))]
    return tuple(line)


def _facts(job: Job, clock: Clock) -> list[tuple[str, str]]:
    most = job.remaining_retries if job.max_retries is None else job.max_retries
    used = retries(job) or f"0/{most}"
    facts = [
        ("created", clock.stamp(job.created_at)),
        ("timeout", f"{job.timeout_secs:,} s for the whole call"),
        ("due", clock.stamp(job.run_at)),
        ("retries", f"{used}, {job.retry_delay_secs:,} s apart"),
        ("started", clock.stamp(job.last_started_at)),
        ("priority", str(job.priority) if job.priority else ""),
        ("ended", clock.stamp(job.last_finished_at)),
        ("org", str(job.organization_id or "")),
        ("from", f"job {job.requeued_from}" if job.requeued_from else ""),
        ("rescued", f"{plural(job.rescues, 'time')} in a row" if job.rescues else ""),
    ]
    return [(name, text) for name, text in facts if text not in ("", "-")]


def _sent(job: Job) -> list[Line]:
    lines = [*_headers(job.headers), *_body(job.body or b"")]
    if len(job.url) <= URL_CHARS:
        return lines
    whole = foreign(redact_url(job.url), limit=TEXT_CHARS)
    return [*lines, *_heading("URL", size(len(job.url.encode()))), (whole,)]


def _headers(raw: str | None) -> list[Line]:
    if not raw or not raw.strip():
        return []
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        return [*_heading("HEADERS", "not a JSON object"), (foreign(raw, Tone.WARN),)]
    named = [
        (Span("  "), foreign(f"{name}: ", Tone.DIM), foreign(str(value)))
        for name, value in parsed.items()
    ]
    return [*_heading("HEADERS"), *named]


def _body(body: bytes) -> list[Line]:
    if not body:
        return _heading("BODY", "none")
    text, kind = _readable(body)
    return [*_heading("BODY", f"{size(len(body))}{kind}"), *_text(text)]


def _answer(job: Job) -> list[Line]:
    if not job.last_response:
        return _heading("LAST ANSWER", "none")
    code = f"{job.last_status_code}  " if job.last_status_code else ""
    length = size(len(job.last_response.encode("utf-8", "replace")))
    text, kind = _readable(job.last_response)
    return [*_heading("LAST ANSWER", f"{code}{length}{kind}"), *_text(text)]


def _readable(raw: str | bytes) -> tuple[str, str]:
    """Text with its lines, JSON spread out, and a word about which it is."""
    if len(raw) <= TEXT_CHARS:
        pretty = _pretty(raw)
        if pretty is not None:
            return clean(pretty, TEXT_CHARS, lines=True), ", JSON"
    if isinstance(raw, bytes):
        return clean_bytes(raw, TEXT_CHARS, lines=True), ""
    return clean(raw, TEXT_CHARS, lines=True), ""


def _pretty(raw: str | bytes) -> str | None:
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, (dict, list)):
        return None
    return json.dumps(parsed, indent=2, ensure_ascii=False)


def _text(text: str) -> Iterable[Line]:
    return ((Span("  "), Span(line)) for line in text.split("\n"))


def _attempts(
    job: Job, log: Sequence[LogEntry], clock: Clock, width: int
) -> list[Line]:
    numbers = sorted({entry.attempt for entry in log if entry.attempt is not None})
    if not numbers:
        aside = "none yet" if not job.attempts else f"{job.attempts}, not in the log"
        return _heading("ATTEMPTS", aside)
    titles = f"{'#':>3}  {'STARTED':8}  {'STATUS':>6}  {'TOOK':>7}  OUTCOME"
    return [
        *_heading("ATTEMPTS", str(job.attempts)),
        (Span(titles, Tone.DIM),),
        *(
            _attempt(
                number, [row for row in log if row.attempt == number], clock, width
            )
            for number in numbers
        ),
    ]


def _attempt(number: int, log: Sequence[LogEntry], clock: Clock, width: int) -> Line:
    outcome = next((row for row in reversed(log) if row.event in _OUTCOMES), None)
    status = outcome.status_code if outcome else None
    name = next((row.processor for row in log if row.processor), None)
    start = (
        Span(f"{number:>3}", Tone.BOLD),
        Span(f"  {clock.time(log[0].created_at)}", Tone.DIM),
        Span(f"  {status or '':>6}"),
        Span(f"  {right(took(outcome.duration_ms if outcome else None), 7)}  "),
        Span("being called", Tone.BUSY) if outcome is None else _outcome(outcome),
    )
    where = (foreign(f"on {name}", Tone.DIM, 40),) if name else BLANK
    return spread(cut_line(start, width - width_of(where) - 2), where, width)


def _outcome(entry: LogEntry) -> Span:
    return foreign(wording(entry).removeprefix("Job "), tone_of(entry), 400)


def _log(log: Sequence[LogEntry], clock: Clock) -> list[Line]:
    lines = [told(entry, clock, entry.attempt, 4, TEXT_CHARS) for entry in log]
    return [*_heading("LOG", plural(len(log), "line")), *lines]
