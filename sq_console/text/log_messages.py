"""The sentences of `queued_job_log.msg`, in one place, because operators grep for them.

The first five are the ancestor's, word for word. No other module writes `[JOBID`.
"""

from sq_console.text.redact import redact_userinfo


def calling(job_id: int, http_method: str, url: str, timeout_secs: int) -> str:
    """Word the begin of a call. Credentials in the url are left out."""
    return (
        f"[JOBID {job_id}] Calling job with method {http_method}"
        f" on url {redact_userinfo(url)} (timeout {timeout_secs})"
    )


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
