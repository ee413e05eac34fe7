"""Secrets replaced by `***` wherever a job is shown.

What a screen, a verb or a log line shows ends up in chats and tickets. There is one
list of names that name secrets (`secret_names`), one search for their places in a text
(`secret_spans`), and one way to mask them. Only shown text is masked: the database,
a call and the edit form have the real text.
"""

import json
import re
from collections.abc import Iterable, Iterator

from sq_console.text.secret_names import is_secret
from sq_console.text.secret_spans import (
    Secret,
    may_hold_a_secret,
    secrets_in_text,
    secrets_in_url,
    userinfo_of,
)

MASK = "***"


def redact_userinfo(url: str) -> str:
    """Return *url* without the user and password before its host. So it is written into
    the job's log, whose readers look for its parameters.
    """
    return _masked(url, userinfo_of(url)) if may_hold_a_secret(url) else url


def redact_url(url: str) -> str:
    """Return *url* without its user, its password and its secret parameters."""
    return _masked(url, secrets_in_url(url)) if may_hold_a_secret(url) else url


def redact_text(text: str) -> str:
    """Return *text* without the secrets in its urls, parameters, JSON members and
    header lines.
    """
    return _masked(text, secrets_in_text(text)) if may_hold_a_secret(text) else text


def redact_header(name: str, value: object) -> object:
    """Return the value of the header *name* as it is shown. One that is no string stays
    what it is, unless it holds a secret: then it is JSON text.
    """
    if is_secret(name) and value not in (None, ""):
        return MASK
    text = header_text(value)
    shown = redact_text(text)
    return value if shown == text else shown


def header_text(value: object) -> str:
    """Return a header's value as text; one that is no string as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def redact_headers(raw: str | None) -> object:
    """Return a job's headers as they are shown, with their secrets masked: the JSON
    object, or the text that is none.
    """
    headers = clear_headers(raw)
    if isinstance(headers, str):
        return redact_text(headers)
    if not isinstance(headers, dict):
        return headers
    return {name: redact_header(name, value) for name, value in headers.items()}


def clear_headers(raw: str | None) -> object:
    """Return a job's headers with their secrets. Numbers, which no header may be, keep
    their digits as text.
    """
    if not raw or not raw.strip():
        return None
    try:
        headers = json.loads(raw, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return raw
    return headers if headers is None or isinstance(headers, dict) else raw


def redact_bytes(raw: bytes) -> bytes:
    """Return a body of any bytes without the secrets that `redact_text` finds."""
    text = raw.decode("utf-8", "surrogateescape")
    return redact_text(text).encode("utf-8", "surrogateescape")


def masks_in(
    url: str | None = None, headers: str | None = None, body: bytes | None = None
) -> Iterator[str]:
    """Name those that have `***` where a secret belongs: it was copied from the screen,
    and would be sent as it stands.
    """
    if url and _has_mask(url, secrets_in_url(url)):
        yield "url"
    named = clear_headers(headers)
    if isinstance(named, dict) and any(
        _is_mask(value) if is_secret(name) else _has_mask(value, secrets_in_text(value))
        for name, value in named.items()
        if isinstance(value, str)
    ):
        yield "headers"
    text = (body or b"").decode("utf-8", "surrogateescape")
    if MASK in text and _has_mask(text, secrets_in_text(text)):
        yield "body"


def _has_mask(text: str, secrets: Iterable[Secret]) -> bool:
    return any(_is_mask(text[secret.start : secret.end]) for secret in secrets)


def _is_mask(secret: str) -> bool:
    """Return whether *secret* is `***`, alone or behind a user or a scheme."""
    return MASK in re.split(r"[:\s]", secret)


def _masked(text: str, secrets: Iterable[Secret]) -> str:
    shown: list[str] = []
    at = 0
    for secret in sorted(secrets):
        if secret.start >= at:
            shown += text[at : secret.start], f"{secret.quote}{MASK}{secret.quote}"
        at = max(at, secret.end)
    return "".join([*shown, text[at:]])
