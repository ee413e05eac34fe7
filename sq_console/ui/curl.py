"""A job as a curl command, for a ticket or another terminal; secrets stay behind.

What is copied leaves the console's hands: credentials in the url, headers, parameters
and JSON members whose names speak of secrets become `***`.
"""

import re
import shlex

from sq_console.model import Job
from sq_console.plain import TEXT_CHARS, clean, clean_bytes
from sq_console.rules import parse_headers, redact_url

_SECRET = (
    r"(?:pass(?:word|wd|phrase)?|secret|token|api[-_]?key|auth\w*|cookie|session\w*"
    r"|signature|sig|credential\w*)"
)
_HEADER = re.compile(rf"(?i).*{_SECRET}.*")
_PARAMETER = re.compile(rf"(?i)([?&;][\w.-]*{_SECRET}\w*=)[^&;#\s]*")
_MEMBER = re.compile(
    rf'(?i)("[^"\n]{{0,40}}{_SECRET}[^"\n]{{0,40}}"\s*:\s*)'
    r'("(?:[^"\\]|\\.)*"|[\w.+-]+)'
)
_FORM = re.compile(rf"(?i)((?:^|&)[\w.-]*{_SECRET}\w*=)[^&\s]*")


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
        shown = "***" if _HEADER.fullmatch(name) else value
        words += ["-H", f"{name}: {clean(shown)}"]
    if job.body:
        words += ["--data-raw", _masked(clean_bytes(job.body, lines=True))]
    url = _PARAMETER.sub(r"\1***", clean(redact_url(job.url), TEXT_CHARS))
    words += ["--url", url]
    return " ".join(shlex.quote(word) for word in words)


def _headers(raw: str | None) -> dict[str, str]:
    try:
        return parse_headers(raw)
    except ValueError:
        return {}


def _masked(body: str) -> str:
    masked = _MEMBER.sub(r'\1"***"', body)
    return masked if body.lstrip()[:1] in "{[" else _FORM.sub(r"\1***", masked)
