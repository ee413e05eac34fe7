"""The page of one job, as lines: request, attempts, last answer, log."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from sq_console.model import Job, LogEntry
from sq_console.rules.history import in_order_of_time
from sq_console.text.bodies import body_as_text
from sq_console.text.humanize import byte_size, plural
from sq_console.text.job_fields import (
    DEFAULTS,
    SHOWN_FIELDS,
    NumberRange,
    ShortText,
)
from sq_console.text.redact import header_text, redact_headers, redact_text, redact_url
from sq_console.text.sanitize import TEXT_CHARS, clean
from sq_console.ui.content.attempt_lines import attempt_lines
from sq_console.ui.content.columns.job_cells import retries_text
from sq_console.ui.content.json_layout import indent_json
from sq_console.ui.content.lines import Line, Span, Tone, foreign, section_heading
from sq_console.ui.content.log_lines import log_prefix
from sq_console.ui.state.clock import Clock
from sq_console.ui.terminal.cells import left

URL_CHARS = 300
"""A longer url is cut at the top, where the attempts matter more, and is shown in
full below.
"""


def job_detail_lines(
    job: Job, log: Sequence[LogEntry], clock: Clock, width: int
) -> list[Line]:
    """Return the page for *width* cells: attempts and answer come before the request's
    headers and body.
    """
    return [
        *_request_section(job, clock),
        *attempt_lines(job, log, clock, width),
        *_answer_section(job),
        *_sent_sections(job),
        *_log_section(log, clock),
    ]


def _request_section(job: Job, clock: Clock) -> list[Line]:
    method = foreign(job.http_method.strip().upper(), Tone.BOLD, 20)
    url = foreign(redact_url(job.url), limit=URL_CHARS)
    facts = _facts(job, clock)
    pairs = [facts[at : at + 2] for at in range(0, len(facts), 2)]
    return [(method, Span(" "), url), *map(_fact_line, pairs), *_text_lines(job)]


def _fact_line(facts: list[tuple[str, str]]) -> Line:
    line: list[Span] = []
    for name, text in facts:
        if line:
            line.append(Span("   "))
        line += [Span(left(name, 9), Tone.DIM), Span(text if line else left(text, 24))]
    return tuple(line)


def _facts(job: Job, clock: Clock) -> list[tuple[str, str]]:
    """Return (name, text) pairs: times for the left column, options for the right."""
    times = [
        ("created", clock.stamp(job.created_at)),
        ("due", clock.stamp(job.run_at)),
        ("started", clock.stamp(job.last_started_at)),
        ("ended", clock.stamp(job.last_finished_at)),
    ]
    options = [
        ("timeout", _timeout_text(job)),
        ("retries", _retries_fact(job)),
        *_number_facts(job),
    ]
    facts = [fact for pair in zip_longest(times, options) for fact in pair if fact]
    facts += [
        ("from", f"job {job.requeued_from}" if job.requeued_from else ""),
        ("rescued", f"{plural(job.rescues, 'time')} in a row" if job.rescues else ""),
    ]
    return [(name, text) for name, text in facts if text not in ("", "-")]


def _number_facts(job: Job) -> Iterator[tuple[str, str]]:
    """Yield the numbers of *job* that differ from the defaults; "" for the others."""
    for field in SHOWN_FIELDS:
        value = getattr(job, field.name)
        if isinstance(field.kind, NumberRange):
            yield field.label, "" if value == DEFAULTS[field.name] else str(value)


def _text_lines(job: Job) -> Iterator[Line]:
    for field in SHOWN_FIELDS:
        value = getattr(job, field.name)
        if isinstance(field.kind, ShortText) and value:
            text = foreign(redact_text(value))
            yield (Span(left(field.label, 9), Tone.DIM), text)


def _timeout_text(job: Job) -> str:
    """Return the timeout that applies: below 1 the row's number counts as 1."""
    if job.timeout_secs < 1:
        return f"1 s, the row says {job.timeout_secs:,}"
    return f"{job.timeout_secs:,} s for the whole call"


def _retries_fact(job: Job) -> str:
    most = job.remaining_retries if job.max_retries is None else job.max_retries
    if most < 1:
        return "none"
    used, delay_secs = retries_text(job) or f"0/{most}", max(0, job.retry_delay_secs)
    return f"{used}, {delay_secs:,} s apart" if delay_secs else f"{used}, at once"


def _sent_sections(job: Job) -> list[Line]:
    lines = [
        *_headers_section(job.headers),
        *_body_section(job.body or b"", job.body_codec),
    ]
    if len(job.url) <= URL_CHARS:
        return lines
    whole = foreign(redact_url(job.url), limit=TEXT_CHARS)
    return [*lines, *section_heading("URL", byte_size(len(job.url.encode()))), (whole,)]


def _headers_section(raw: str | None) -> list[Line]:
    if not raw or not raw.strip():
        return []
    headers = redact_headers(raw)
    if not isinstance(headers, dict):
        return [
            *section_heading("HEADERS", "not a JSON object"),
            (foreign(raw, Tone.WARN),),
        ]
    named = [
        (Span("  "), foreign(f"{name}: ", Tone.DIM), foreign(header_text(value)))
        for name, value in headers.items()
    ]
    return [*section_heading("HEADERS"), *named]


def _body_section(body: bytes, codec: str) -> list[Line]:
    if not body:
        return section_heading("BODY", "none")
    text, kind = _readable(body_as_text(body, codec))
    return [
        *section_heading("BODY", f"{byte_size(len(body))}{kind}"),
        *_indented_lines(text),
    ]


def _answer_section(job: Job) -> list[Line]:
    if not job.last_response:
        return section_heading("LAST ANSWER", "none")
    code = f"{job.last_status_code}  " if job.last_status_code else ""
    length = byte_size(len(job.last_response.encode("utf-8", "replace")))
    text, kind = _readable(job.last_response)
    return [
        *section_heading("LAST ANSWER", f"{code}{length}{kind}"),
        *_indented_lines(text),
    ]


def _readable(raw: str) -> tuple[str, str]:
    """Return *raw* for reading, and words for its changes.

    Secrets are masked, JSON is indented, and line breaks are kept.
    """
    shown = redact_text(raw[: TEXT_CHARS + 1])
    kind = "" if raw.startswith(shown) else ", secrets masked"
    indented = indent_json(shown) if len(raw) <= TEXT_CHARS else None
    if indented is None:
        return clean(shown, TEXT_CHARS, lines=True), kind
    return clean(indented, TEXT_CHARS, lines=True), f", JSON{kind}"


def _indented_lines(text: str) -> Iterable[Line]:
    return ((Span("  "), Span(line)) for line in text.split("\n"))


def _log_section(log: Sequence[LogEntry], clock: Clock) -> list[Line]:
    rows = in_order_of_time(log)
    lines = [log_prefix(entry, clock, entry.attempt, 4, TEXT_CHARS) for entry in rows]
    return [*section_heading("LOG", plural(len(log), "line")), *lines]
