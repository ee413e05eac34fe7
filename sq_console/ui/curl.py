"""A job as a curl command, for a ticket or another terminal; secrets stay behind.

What is copied leaves the console's hands: secrets become `***`.
"""

import shlex

from sq_console.model import Job
from sq_console.plain import TEXT_CHARS, clean, clean_bytes
from sq_console.redact import redact_header, redact_text, redact_url
from sq_console.rules import parse_headers


def as_curl(job: Job) -> str:
    """The command, on one line unless the body has more."""
    # A url may hold what curl would expand, name a file, or look like an option; a body
    # begin with what it reads as a file.
    words = ["curl", "-i", "--globoff", "--proto", "=http,https"]
    words += [
        "-X",
        clean(job.http_method.strip().upper(), 40),
    ]
    words += ["--max-time", str(max(1, job.timeout_secs))]
    for name, value in _headers(job.headers).items():
        words += ["-H", f"{name}: {clean(str(redact_header(name, value)))}"]
    if job.body:
        words += ["--data-raw", redact_text(clean_bytes(job.body, lines=True))]
    words += ["--url", clean(redact_url(job.url), TEXT_CHARS)]
    return " ".join(shlex.quote(word) for word in words)


def _headers(raw: str | None) -> dict[str, str]:
    try:
        return parse_headers(raw)
    except ValueError:
        return {}
