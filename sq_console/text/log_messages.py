"""Every sentence that goes into `queued_job_log.msg`, in one place, because people grep
for them.

The first five are the ancestor's, word for word. Nothing else in the project writes
`[JOBID`.
"""

from sq_console.text.redact import redact_userinfo


def calling(job_id: int, http_method: str, url: str, timeout_secs: int) -> str:
    """An attempt begins. Credentials in the url are not written down."""
    return (
        f"[JOBID {job_id}] Calling job with method {http_method}"
        f" on url {redact_userinfo(url)} (timeout {timeout_secs})"
    )


def succeeded(job_id: int, text: str) -> str:
    """The handler answered 200."""
    return f"[JOBID {job_id}] Job succeeded: {text}"


def failed_permanently(job_id: int, text: str) -> str:
    """An answer that is not retried, or a call that cannot be made."""
    return f"[JOBID {job_id}] Job failed permanently: {text}"


def failed_temporarily(job_id: int, text: str) -> str:
    """503, or what broke."""
    return f"[JOBID {job_id}] Job failed temporarily: {text}"


def timed_out(job_id: int) -> str:
    """The deadline passed."""
    return f"[JOBID {job_id}] Job failed due to timeout"


def killed(job_id: int, who: str) -> str:
    """An operator ended it."""
    return f"[JOBID {job_id}] Job killed by {who}"


def noted(job_id: int, note: str) -> str:
    """Anything else worth a row: *note* is a clause."""
    return f"[JOBID {job_id}] {note}"
