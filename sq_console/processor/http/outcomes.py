"""Makes an `Outcome` and its log rows of a response or an error. Pure: no function
here touches a socket or a clock.

The log of an attempt begins with the call. Notes follow: a clamped timeout, an ignored
header, a redirect that was not followed. The outcome is its last row. Texts are cut to
what a TEXT column holds.
"""

from collections.abc import Callable, Iterator

from sq_console.model import ClaimedJob, LogEvent, LogLine, Outcome, ResultCode
from sq_console.processor.http.call_errors import CallError, classify
from sq_console.processor.http.prepared_request import Sent
from sq_console.processor.http.response import KEPT_BYTES, READ_BYTES, Response
from sq_console.rules import contract
from sq_console.text import log_messages
from sq_console.text.redact import QueryMask, redact_url

_KIND_CHARS = 255
_SHOWN_CHARS = 300

_SENTENCES = {
    ResultCode.SUCCEEDED: (LogEvent.SUCCEEDED, log_messages.succeeded),
    ResultCode.PERMANENT: (LogEvent.FAILED, log_messages.failed_permanently),
    ResultCode.TEMPORARY: (
        LogEvent.FAILED_TEMPORARILY,
        log_messages.failed_temporarily,
    ),
    ResultCode.KILLED: (LogEvent.KILLED, log_messages.killed),
}
_SENT_OR_NOT = frozenset({"connection reset", "connection closed"})
"""Kinds of errors that do not tell by themselves whether the request was sent."""
_NOT_SENT = {
    Sent.NOTHING: "nothing of the request was sent",
    Sent.PART: "only a part of the request was sent",
}
Log = tuple[LogLine, ...]


def opening(job: ClaimedJob, timeout_secs: int, url: str | None = None) -> Log:
    """Return the first log rows of an attempt that is called; *timeout_secs* is the
    effective timeout, *url* what is said of the job's, when it is masked.
    """
    said = job.url if url is None else url
    msg = log_messages.calling(job.id, job.http_method, said, timeout_secs)
    called = LogLine(LogEvent.CALLED, contract.fit_text(msg))
    if timeout_secs == job.timeout_secs:
        return (called,)
    clamped = f"timeout_secs {job.timeout_secs} counts as {timeout_secs}"
    return (called, note(job, clamped))


def answered(
    job: ClaimedJob,
    log: Log,
    response: Response,
    duration_ms: int,
    url_refusal: Callable[[str], str | None],
) -> Outcome:
    """Return the outcome of a response. *url_refusal* returns why a url that the
    handler sets may not be called, None if it may.
    """
    result = contract.classify(response.status_code)
    kind = None if result is ResultCode.SUCCEEDED else f"http {response.status_code}"
    body_text = contract.fit_text(response.text)
    delay_secs, delay_notes = _requested_delay(job, response)
    url, url_notes = _requested_url(job, response, url_refusal)
    notes = [*delay_notes, *url_notes, *_response_notes(response)]
    return _ended(
        job,
        (*log, *(note(job, text) for text in notes)) if notes else log,
        result,
        body_text or kind or "",
        duration_ms,
        kind=kind,
        status_code=response.status_code,
        response=body_text,
        retry_delay_secs=delay_secs,
        url=url,
    )


def failed(
    job: ClaimedJob, log: Log, error: CallError, sent: Sent, duration_ms: int
) -> Outcome:
    """Return the outcome of a call without a response."""
    result = ResultCode.PERMANENT if error.is_permanent else ResultCode.TEMPORARY
    if error.kind in _SENT_OR_NOT:
        log = (*log, *_sent_notes(job, sent))
    return _ended(job, log, result, error.text, duration_ms, kind=error.kind)


def timed_out(job: ClaimedJob, log: Log, sent: Sent, duration_ms: int) -> Outcome:
    """Return the outcome of a call whose deadline passed before its response was
    complete.
    """
    log = (*log, *_sent_notes(job, sent))
    outcome = _ended(job, (), ResultCode.TEMPORARY, "", duration_ms, kind="timeout")
    msg = log_messages.timed_out(job.id)
    last = LogLine(LogEvent.TIMED_OUT, msg, duration_ms=duration_ms)
    return outcome._replace(log=(*log, last))


def _sent_notes(job: ClaimedJob, sent: Sent) -> Log:
    """Return a log row when the handler cannot have received the whole request. That it
    may have is what every reader assumes.
    """
    text = _NOT_SENT.get(sent)
    return () if text is None else (note(job, text),)


def killed(job: ClaimedJob, log: Log, by: str, duration_ms: int) -> Outcome:
    """Return the outcome of a job that an operator killed; *log* is empty when it was
    not called yet.
    """
    return _ended(job, log, ResultCode.KILLED, by, duration_ms, kind="killed")


def broken(
    job: ClaimedJob, log: Log, error: BaseException, duration_ms: int
) -> Outcome:
    """Return the outcome of a call that raised *error*."""
    return failed(job, log, classify(error), Sent.WHOLE, duration_ms)


def not_callable(job: ClaimedJob, log: Log, reason: str) -> Outcome:
    """Return the outcome of a job whose row makes no valid request. *reason* is a kind,
    or `kind: detail`.
    """
    kind, _, detail = reason.partition(": ")
    error = CallError(kind, detail, is_permanent=True)
    return failed(job, log, error, Sent.NOTHING, 0)


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
    event, sentence = _SENTENCES[result]
    msg = contract.fit_text(sentence(job.id, text))
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
        host=job.host,
    )


def _requested_delay(
    job: ClaimedJob, response: Response
) -> tuple[int | None, list[str]]:
    values = response.values(b"x-bitlancer-retry-delay-secs")
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


def _requested_url(
    job: ClaimedJob, response: Response, url_refusal: Callable[[str], str | None]
) -> tuple[str | None, list[str]]:
    values = response.values(b"x-bitlancer-url")
    if not values or values == [job.url]:
        return None, []
    url = values[0]
    why = "it is given more than once" if len(values) > 1 else url_refusal(url)
    if why:
        return None, [f"x-bitlancer-url refused: {_shown(url)!r}: {why}"]
    old = _shown(job.url)
    return url, [f"url changed by the handler: {old} -> {_shown(url)}"]


def _response_notes(response: Response) -> Iterator[str]:
    if 300 <= response.status_code < 400:
        for location in response.values(b"location"):
            yield f"redirect not followed: {_shown(location)!r}"
    if not response.is_complete:
        yield f"answer not read beyond {READ_BYTES} bytes"
    elif response.size > KEPT_BYTES:
        yield f"answer of {response.size} bytes cut to {KEPT_BYTES}"


def masked(outcome: Outcome, mask: QueryMask) -> Outcome:
    """Return *outcome* with its log rows as *mask* has them."""
    if not mask.names:
        return outcome
    rows = (line._replace(msg=mask.in_text(line.msg)) for line in outcome.log)
    return outcome._replace(log=tuple(rows))


def note(job: ClaimedJob, text: str) -> LogLine:
    """Return a log row with *text*."""
    return LogLine(LogEvent.NOTED, contract.fit_text(log_messages.noted(job.id, text)))


def _shown(text: str) -> str:
    """Return a url or header value for a note: without credentials, and shortened."""
    safe = redact_url(text)
    return safe if len(safe) <= _SHOWN_CHARS else f"{safe[:_SHOWN_CHARS]}…"
