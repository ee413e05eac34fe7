"""Secrets replaced by `***` wherever a job is shown.

What a screen, a verb or a log line shows ends up in chats and tickets. There is one
list of names that name secrets (`secret_names`), one search for their places in a text
(`secret_spans`), and one way to mask them. Only shown text is masked, and rows
for people to read where `QueryMask` says so: a job's row, a call and the edit form have
the real text.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from urllib.parse import unquote_plus

from sq_console.text.secret_names import is_secret
from sq_console.text.secret_spans import (
    Secret,
    may_hold_a_secret,
    parameters_in_text,
    parameters_of_url,
    secrets_in_text,
    secrets_in_url,
    userinfo_of,
)

MASK = "***"
_URLS_KEPT = 1_024
_LONGEST_KEPT = 1_000


def redact_userinfo(url: str) -> str:
    """Return *url* without the user and password before its host. So it is written into
    the job's log, whose readers look for its parameters.
    """
    return with_masks(url, userinfo_of(url)) if may_hold_a_secret(url) else url


def redact_url(url: str) -> str:
    """Return *url* without its user, its password and its secret parameters."""
    return with_masks(url, secrets_in_url(url)) if may_hold_a_secret(url) else url


def redact_text(text: str) -> str:
    """Return *text* without the secrets in its urls, parameters, JSON members and
    header lines.
    """
    return with_masks(text, secrets_in_text(text)) if may_hold_a_secret(text) else text


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


def with_masks(text: str, secrets: Iterable[Secret]) -> str:
    """Return *text* with `***` in the place of each of *secrets*."""
    shown: list[str] = []
    at = 0
    for secret in sorted(secrets):
        if secret.start >= at:
            shown += text[at : secret.start], f"{secret.quote}{MASK}{secret.quote}"
        at = max(at, secret.end)
    return "".join([*shown, text[at:]])


class QueryMask:
    """`[log] mask_query`: masks the parameters of urls with these *names*, in any case,
    before a row is written; `*` in one stands for any letters.

    Without names it masks nothing: rows of `queued_job_log` and `queued_job_activity`
    have urls as ever, but for user and password, because people look for them there.
    What a job's own row has is never masked: others wrote it.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names = tuple(name.lower() for name in names)
        self._is_named = lru_cache(maxsize=_URLS_KEPT)(self._matches)
        # Many jobs share a url; long ones rarely.
        self._kept = lru_cache(maxsize=_URLS_KEPT)(self._masked_url)

    def in_url(self, url: str) -> str:
        """Return *url* with the values of these parameters masked."""
        if not self.names or "=" not in url:
            return url
        return self._kept(url) if len(url) < _LONGEST_KEPT else self._masked_url(url)

    def in_text(self, text: str) -> str:
        """Return *text* with the values of these parameters masked in its urls."""
        if not self.names or "=" not in text:
            return text
        return with_masks(text, parameters_in_text(text, self._is_named))

    def _masked_url(self, url: str) -> str:
        return with_masks(url, parameters_of_url(url, self._is_named))

    def _matches(self, name: str) -> bool:
        plain = unquote_plus(name).lower()
        return any(fnmatchcase(plain, wanted) for wanted in self.names)
