"""An answer, or its absence, turned into an `Outcome` and its log rows. Pure: nothing
here touches a socket or a clock.

The log of an attempt says that the job is called, then what is worth noting (a timeout
that was clamped, a header that was ignored, a redirect that was not followed), and last
what became of it. Texts are cut to what a TEXT column holds.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from sq_console.model import ClaimedJob, LogEvent, LogLine, Outcome, ResultCode
from sq_console.processor.http.call_errors import CallError, classify
from sq_console.processor.http.response import KEPT_BYTES, READ_BYTES, Response
from sq_console.rules import contract
from sq_console.text import log_messages
from sq_console.text.redact import redact_url

_KIND_CHARS = 255
_SHOWN_CHARS = 300

_WORDS = {
    ResultCode.SUCCEEDED: (LogEvent.SUCCEEDED, log_messages.succeeded),
    ResultCode.PERMANENT: (LogEvent.FAILED, log_messages.failed_permanently),
    ResultCode.TEMPORARY: (
        LogEvent.FAILED_TEMPORARILY,
        log_messages.failed_temporarily,
    ),
    ResultCode.KILLED: (LogEvent.KILLED, log_messages.killed),
}
Log = tuple[LogLine, ...]


def opening(job: ClaimedJob, timeout_secs: int) -> Log:
    """Return the rows that the log of a called attempt begins with; *timeout_secs* is
    the effective timeout.
    """
    msg = log_messages.calling(job.id, job.http_method, job.url, timeout_secs)
    called = LogLine(LogEvent.CALLED, contract.fit_text(msg))
    if timeout_secs == job.timeout_secs:
        return (called,)
    clamped = f"timeout_secs {job.timeout_secs} counts as {timeout_secs}"
    return (called, note(job, clamped))


def answered(
    job: ClaimedJob,
    log: Log,
    answer: Response,
    duration_ms: int,
    why_not_url: Callable[[str], str | None],
) -> Outcome:
    """The handler answered. *why_not_url* says why a url it names may not be called."""
    result = contract.classify(answer.status_code)
    kind = None if result is ResultCode.SUCCEEDED else f"http {answer.status_code}"
    response = contract.fit_text(answer.text)
    delay_secs, delay_notes = _delay_wanted(job, answer)
    url, url_notes = _url_wanted(job, answer, why_not_url)
    notes = [*delay_notes, *url_notes, *_notes_on(answer)]
    return _ended(
        job,
        (*log, *(note(job, text) for text in notes)),
        result,
        response or kind or "",
        duration_ms,
        kind=kind,
        status_code=answer.status_code,
        response=response,
        retry_delay_secs=delay_secs,
        url=url,
    )


def failed(job: ClaimedJob, log: Log, failure: CallError, duration_ms: int) -> Outcome:
    """There was no answer."""
    result = ResultCode.PERMANENT if failure.is_permanent else ResultCode.TEMPORARY
    return _ended(job, log, result, failure.text, duration_ms, kind=failure.kind)


def timed_out(job: ClaimedJob, log: Log, duration_ms: int) -> Outcome:
    """The deadline passed before the answer was complete."""
    outcome = _ended(job, (), ResultCode.TEMPORARY, "", duration_ms, kind="timeout")
    msg = log_messages.timed_out(job.id)
    last = LogLine(LogEvent.TIMED_OUT, msg, duration_ms=duration_ms)
    return replace(outcome, log=(*log, last))


def killed(job: ClaimedJob, log: Log, by: str, duration_ms: int) -> Outcome:
    """An operator ended the call; *log* is empty when the job was not called yet."""
    return _ended(job, log, ResultCode.KILLED, by, duration_ms, kind="killed")


def broken(
    job: ClaimedJob, log: Log, error: BaseException, duration_ms: int
) -> Outcome:
    """The call ended in *error*."""
    return failed(job, log, classify(error), duration_ms)


def not_callable(job: ClaimedJob, log: Log, reason: str) -> Outcome:
    """It cannot be called as the row stands: *reason* is a kind, or `kind: more`."""
    kind, _, detail = reason.partition(": ")
    failure = CallError(kind, detail, is_permanent=True)
    return failed(job, log, failure, 0)


def _ended(
    job: ClaimedJob,
    log: Log,
    result: ResultCode,
    text: str,
    duration_ms: int,
    *,
    kind: str | None,
    status_code: int | None = None,
    response: str | None = None,
    retry_delay_secs: int | None = None,
    url: str | None = None,
) -> Outcome:
    event, worded = _WORDS[result]
    msg = contract.fit_text(worded(job.id, text))
    return Outcome(
        job_id=job.id,
        attempt=job.attempt,
        result=result,
        status_code=status_code,
        error=kind and kind[:_KIND_CHARS],
        response=response,
        duration_ms=duration_ms,
        log=(*log, LogLine(event, msg, status_code, duration_ms)),
        retry_delay_secs=retry_delay_secs,
        url=url,
        created_at=job.created_at,
    )


def _delay_wanted(job: ClaimedJob, answer: Response) -> tuple[int | None, list[str]]:
    values = answer.values(b"x-bitlancer-retry-delay-secs")
    if not values:
        return None, []
    delay_secs = contract.obeyed_retry_delay(values)
    if delay_secs is None:
        wanted = f"a whole number from 0 to {contract.MAX_RETRY_DELAY_SECS}"
        shown = _shown(", ".join(values))
        return None, [
            f"x-bitlancer-retry-delay-secs ignored: {shown!r} is not {wanted}"
        ]
    if delay_secs == job.retry_delay_secs:
        return None, []
    change = f"{job.retry_delay_secs} -> {delay_secs}"
    return delay_secs, [f"retry_delay_secs changed by the handler: {change}"]


def _url_wanted(
    job: ClaimedJob, answer: Response, why_not_url: Callable[[str], str | None]
) -> tuple[str | None, list[str]]:
    values = answer.values(b"x-bitlancer-url")
    if not values or values == [job.url]:
        return None, []
    url = values[0]
    why = "it is given more than once" if len(values) > 1 else why_not_url(url)
    if why:
        return None, [f"x-bitlancer-url refused: {_shown(url)!r}: {why}"]
    old = _shown(job.url)
    return url, [f"url changed by the handler: {old} -> {_shown(url)}"]


def _notes_on(answer: Response) -> Iterator[str]:
    if 300 <= answer.status_code < 400:
        for location in answer.values(b"location"):
            yield f"redirect not followed: {_shown(location)!r}"
    if not answer.is_whole:
        yield f"answer not read beyond {READ_BYTES} bytes"
    elif answer.size > KEPT_BYTES:
        yield f"answer of {answer.size} bytes cut to {KEPT_BYTES}"


def note(job: ClaimedJob, text: str) -> LogLine:
    """A row that says *text*."""
    return LogLine(LogEvent.NOTED, contract.fit_text(log_messages.noted(job.id, text)))


def _shown(text: str) -> str:
    """A url or header value for a note: without credentials, and not for pages."""
    safe = redact_url(text)
    return safe if len(safe) <= _SHOWN_CHARS else f"{safe[:_SHOWN_CHARS]}…"
