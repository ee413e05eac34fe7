"""The sentences of `queued_job_log.msg`, in one place, because operators grep for them.

The first five are the ancestor's, word for word. No other module writes `[JOBID`.
"""

from functools import lru_cache

from sq_console.text.redact import redact_userinfo

_MAX_CACHED_URL_CHARS = 1_000


def calling(job_id: int, http_method: str, url: str, timeout_secs: int) -> str:
    """Word the begin of a call. Credentials in the url are left out."""
    is_long = len(url) > _MAX_CACHED_URL_CHARS
    shown = redact_userinfo(url) if is_long else _shown_url(url)
    return (
        f"[JOBID {job_id}] Calling job with method {http_method}"
        f" on url {shown} (timeout {timeout_secs})"
    )


# Many jobs share a url. Long urls are rarely shared and would fill the memory.
_shown_url = lru_cache(maxsize=1024)(redact_userinfo)


def succeeded(job_id: int, text: str) -> str:
    """Word an answer of 200."""
    return f"[JOBID {job_id}] Job succeeded: {text}"


def failed_permanently(job_id: int, text: str) -> str:
    """Word an answer that is not retried, or a call that cannot be made."""
    return f"[JOBID {job_id}] Job failed permanently: {text}"


def failed_temporarily(job_id: int, text: str) -> str:
    """Word an answer of 503, or a call that broke."""
    return f"[JOBID {job_id}] Job failed temporarily: {text}"


def timed_out(job_id: int) -> str:
    """Word a call whose deadline passed."""
    return f"[JOBID {job_id}] Job failed due to timeout"


def killed(job_id: int, who: str) -> str:
    """Word a job that an operator ended."""
    return f"[JOBID {job_id}] Job killed by {who}"


def noted(job_id: int, note: str) -> str:
    """Word any other fact about a job; *note* is a clause."""
    return f"[JOBID {job_id}] {note}"
