"""A job as a curl command for a ticket or another terminal, without secrets.

The command sends the bytes a processor would send, but for secrets, which become `***`.
Headers and rewriting that curl would add by itself are switched off. Differences that
remain are listed beside the command. It has only printable characters, for any POSIX
shell.
"""

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sq_console.config import Settings
from sq_console.model import Job
from sq_console.text.redact import (
    MASK,
    clear_headers,
    header_text,
    redact_bytes,
    redact_header,
    redact_url,
)
from sq_console.ui.content.lines import BLANK, Line, Span, Tone

if TYPE_CHECKING:
    from sq_console.processor.http.preview import RequestPreview

_OWN_HEADERS = frozenset({"x-bitlancer-job-id", "idempotency-key", "user-agent"})
"""Headers without secrets: the processor sets them."""
_METHODS_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that send no `Content-Length: 0`."""
_EXPECT_BYTES = 1_000
"""For a longer body curl asks first whether to send it (`Expect: 100-continue`)."""


class CurlCommand(NamedTuple):
    """A command line for a POSIX shell."""

    command: str
    differences: tuple[str, ...]
    """How its request differs from the one a processor would send."""


def curl_lines(job_id: int, made: CurlCommand) -> list[Line]:
    """Return the command to be read, then how its request differs, and the verb that
    prints it without a frame around it.
    """
    verb = f"sq-console show {job_id} --curl prints it"
    lines: list[Line] = [(Span(made.command),), BLANK]
    return [*lines, *((Span(it, Tone.DIM),) for it in (*made.differences, verb))]


def curl_command(
    job: Job, settings: Settings, database_uuid: str | None
) -> CurlCommand:
    """Return the command for *job*.

    Without *database_uuid* it has no idempotency key.
    """
    # It loads httpx, which a console that only watches needs nowhere else.
    from sq_console.processor.http.preview import preview
    from sq_console.processor.http.request_target import InvalidRequest

    try:
        sent = preview(job, settings, database_uuid or "")
    except InvalidRequest as why:
        return CurlCommand(
            _invalid_job_command(job), (f"no processor would call it: {why}",)
        )
    shown = _without_secrets(sent)
    differences = ["secrets masked"] if shown != sent else []
    if sent.http_method == "HEAD" and sent.body:
        differences.append("without its body, which curl sends with no HEAD")
        shown = replace(shown, body=b"")
    if database_uuid is None:
        named = [pair for pair in shown.headers if pair[0] != "idempotency-key"]
        shown = replace(shown, headers=tuple(named))
    return CurlCommand(_shell_command(shown), tuple(differences))


def _without_secrets(sent: "RequestPreview") -> "RequestPreview":
    headers = tuple(
        (name, value if name in _OWN_HEADERS else str(redact_header(name, value)))
        for name, value in sent.headers
    )
    url, body = redact_url(sent.url), redact_bytes(sent.body)
    return replace(sent, url=url, headers=headers, body=body)


def _invalid_job_command(job: Job) -> str:
    """Return an invalid job as its row has it: for a ticket, not for a shell."""
    words = ["curl", "-i", "--globoff", "--proto", "=http,https"]
    words += ["-X", job.http_method.strip().upper(), "--url", redact_url(job.url)]
    headers = clear_headers(job.headers)
    if isinstance(headers, dict):
        for name, value in headers.items():
            text = header_text(redact_header(name, value))
            words[-2:-2] = ["-H", f"{name}: {text}"]
    return " ".join(map(_shell_word, words))


def _shell_command(sent: "RequestPreview") -> str:
    is_head = sent.http_method == "HEAD"
    words = ["curl", "-i", "--globoff", "--proto", "=http,https"]
    words += ["--head"] if is_head else ["-X", sent.http_method]
    words += ["--max-time", str(sent.timeout_secs)]
    for name, value in sent.headers:
        words += ["-H", f"{name}: {value}" if value else f"{name};"]
    words += ["--http1.1", "--path-as-is", "--noproxy", "*"]
    has_data = bool(sent.body) or sent.http_method not in _METHODS_WITHOUT_BODY
    for name in _headers_to_remove(sent, has_data=has_data):
        words += ["-H", f"{name}:"]
    before, data = _body_options(sent.body) if has_data else ("", "")
    # The login went into a header; the mask shows that the url had one.
    url = sent.url.replace("://", f"://{MASK}@", 1) if sent.has_login else sent.url
    command = " ".join(map(_shell_word, words))
    return f"{before}{command}{data} --url {_shell_word(url)}"


def _body_options(body: bytes) -> tuple[str, str]:
    """Return the text before the command, and the options for the body."""
    if _is_plain(body):
        return "", f" --data-raw {_quoted(body.decode())}"
    return f"{_printf(body)} | ", " --data-binary @-"


def _headers_to_remove(sent: "RequestPreview", *, has_data: bool) -> list[str]:
    """Return the headers that curl would add by itself."""
    added = ["accept"]
    added += ["content-type"] if has_data else []
    added += ["expect"] if len(sent.body) > _EXPECT_BYTES else []
    named = {name.lower() for name, _ in sent.headers}
    return [name for name in added if name not in named]


def _shell_word(text: str) -> str:
    """Return *text* as one word of a shell."""
    raw = text.encode("utf-8", "surrogateescape")
    if _is_plain(raw) and "\n" not in text:
        return _quoted(text)
    return f'"$({_printf(raw)})"'


def _quoted(text: str) -> str:
    """Return *text* quoted where a shell needs it: to zsh a word that begins with = is
    the path of a command.
    """
    return (
        f"'{text}'"
        if text == shlex.quote(text) and text[:1] == "="
        else shlex.quote(text)
    )


def _is_plain(raw: bytes) -> bool:
    """Return whether *raw* can be pasted into a shell's quotes."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return False
    return text.replace("\n", "").isprintable()


def _printf(raw: bytes) -> str:
    """Return a command that prints just these bytes; unprintable ones are escaped."""
    text = raw.decode("utf-8", "surrogateescape")
    return f"printf %b {shlex.quote(''.join(map(_escape, text)))}"


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    raw = character.encode("utf-8", "surrogateescape")
    return "".join(f"\\0{byte:03o}" for byte in raw)


_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
