"""A job as a curl command, for a ticket or another terminal; secrets stay behind.

The command sends the bytes a processor would send, but for secrets, which become `***`:
what curl would add or change by itself is switched off. What the command cannot do is
said beside it. It is text of printable characters for any POSIX shell.
"""

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sq_console.config import DbSettings, Settings
from sq_console.model import Job
from sq_console.text.redact import (
    MASK,
    clear_headers,
    header_text,
    redact_bytes,
    redact_header,
    redact_url,
)

if TYPE_CHECKING:
    from sq_console.processor.http.preview import RequestPreview

_OURS = frozenset({"x-bitlancer-job-id", "idempotency-key", "user-agent"})
"""Headers of which nothing is secret, whatever they are named."""
_WITHOUT_A_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that send no `Content-Length: 0`."""
_EXPECTING_BYTES = 1_000
"""Of a longer body curl asks first whether it may be sent."""


class CurlCommand(NamedTuple):
    """A command."""

    command: str
    differences: tuple[str, ...]
    """How it is not what a processor would send."""


def as_curl(job: Job) -> str:
    """The command alone, without what depends on the database and its settings."""
    return curl_command(job, Settings(DbSettings()), None).command


def curl_command(
    job: Job, settings: Settings, database_uuid: str | None
) -> CurlCommand:
    """The command for *job*, and how it differs."""
    # httpx comes with it, which a console that only watches never loads otherwise.
    from sq_console.processor.http.preview import preview
    from sq_console.processor.http.request_target import InvalidRequest

    try:
        sent = preview(job, settings, database_uuid or "")
    except InvalidRequest as why:
        return CurlCommand(_raw(job), (f"no processor would call it: {why}",))
    shown = _masked(sent)
    differs = ["secrets masked"] if shown != sent else []
    if sent.http_method == "HEAD" and sent.body:
        differs.append("without its body, which curl sends with no HEAD")
        shown = replace(shown, body=b"")
    if database_uuid is None:
        named = [pair for pair in shown.headers if pair[0] != "idempotency-key"]
        shown = replace(shown, headers=tuple(named))
    return CurlCommand(_command(shown), tuple(differs))


def _masked(sent: "RequestPreview") -> "RequestPreview":
    headers = tuple(
        (name, value if name in _OURS else str(redact_header(name, value)))
        for name, value in sent.headers
    )
    url, body = redact_url(sent.url), redact_bytes(sent.body)
    return replace(sent, url=url, headers=headers, body=body)


def _raw(job: Job) -> str:
    """A row that is no request, as it stands: for a ticket, not for a shell."""
    words = ["curl", "-i", "--globoff", "--proto", "=http,https"]
    words += ["-X", job.http_method.strip().upper(), "--url", redact_url(job.url)]
    headers = clear_headers(job.headers)
    if isinstance(headers, dict):
        for name, value in headers.items():
            text = header_text(redact_header(name, value))
            words[-2:-2] = ["-H", f"{name}: {text}"]
    return " ".join(map(_word, words))


def _command(sent: "RequestPreview") -> str:
    is_head = sent.http_method == "HEAD"
    words = ["curl", "-i", "--globoff", "--proto", "=http,https"]
    words += ["--head"] if is_head else ["-X", sent.http_method]
    words += ["--max-time", str(sent.timeout_secs)]
    for name, value in sent.headers:
        words += ["-H", f"{name}: {value}" if value else f"{name};"]
    words += ["--http1.1", "--path-as-is", "--noproxy", "*"]
    has_data = bool(sent.body) or sent.http_method not in _WITHOUT_A_BODY
    for name in _silenced(sent, has_data=has_data):
        words += ["-H", f"{name}:"]
    before, data = _data(sent.body) if has_data else ("", "")
    # The login went into a header; where it was is worth seeing.
    url = sent.url.replace("://", f"://{MASK}@", 1) if sent.has_login else sent.url
    command = " ".join(map(_word, words))
    return f"{before}{command}{data} --url {_word(url)}"


def _data(body: bytes) -> tuple[str, str]:
    """What comes before the command and what goes into it."""
    if _is_plain(body):
        return "", f" --data-raw {shlex.quote(body.decode())}"
    return f"{_printed(body)} | ", " --data-binary @-"


def _silenced(sent: "RequestPreview", *, has_data: bool) -> list[str]:
    """Headers that curl would send by itself."""
    own = ["accept"]
    own += ["content-type"] if has_data else []
    own += ["expect"] if len(sent.body) > _EXPECTING_BYTES else []
    named = {name.lower() for name, _ in sent.headers}
    return [name for name in own if name not in named]


def _word(text: str) -> str:
    """*text* as one word of a shell."""
    raw = text.encode("utf-8", "surrogateescape")
    if _is_plain(raw) and "\n" not in text:
        return shlex.quote(text)
    return f'"$({_printed(raw)})"'


def _is_plain(raw: bytes) -> bool:
    """Can it stand in a shell's quotes, and be pasted there?"""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return False
    return text.replace("\n", "").isprintable()


def _printed(raw: bytes) -> str:
    """A command that prints just these bytes: what cannot be pasted is escaped."""
    text = raw.decode("utf-8", "surrogateescape")
    return f"printf %b {shlex.quote(''.join(map(_escaped, text)))}"


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    raw = character.encode("utf-8", "surrogateescape")
    return "".join(f"\\0{byte:03o}" for byte in raw)


_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
