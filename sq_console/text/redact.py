"""Secrets, known by their names, replaced by `***` wherever a job is shown.

What a screen, a verb or a log line shows ends up in chats and tickets. There is one
list of names here, for headers, parameters of urls, form fields and JSON members, and
one way to mask what they name; the user and password of a url are masked as well. A
secret without a name (a token in a path) is not recognised. Only what is shown is
masked: the database, a call and the edit form have the real text.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_plus

MASK = "***"

_PART_OF_A_NAME = re.compile(
    "passw|passphrase|passcode|pwd|secret|token|apikey|accesskey|privatekey|signature"
    "|credential|authori[sz]|auth(?!or)|cookie|session|jwt|bearer|hmac"
)
_WORD_OF_A_NAME = frozenset({"pass", "pw", "sig", "sid", "otp"})
_OF_A_REQUEST = frozenset({"key", "pin"})
"""Words that name a secret in a url, a form or a header, and much else in JSON."""
_WHOLE_NAME = frozenset({"code"})
"""Names in urls and forms: an OAuth code is one; `country_code` is not."""
_COUNTED = re.compile("(?i)tokens|count")
"""A number so named (`max_tokens`) counts secrets, and is none."""

_WORDS = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_START = re.compile(r"(?i)\s*(?:[a-z][a-z0-9+.\-]*:)?[/\\]{2}")
_AND = r"%(?:25)*(?:3F|26|3B|23)"
"""`?`, `&`, `;` or `#` in a url that is itself a parameter."""
_AFTER_SCHEME = re.compile(r":(?:\\?/){2}")
_REST_OF_URL = re.compile(r'[^\s"<>]{0,4000}')
_URL_INSIDE = re.compile(
    r"(?i)%(?:25)*3A(?:%(?:25)*2F){2}"
    r"((?:(?!%(?:25)*(?:2F|3F|23))[^\s/?#&\"<>])*)%(?:25)*40"
)
_LOGIN = re.compile(r"\s*([^/?#:]+:[^/?#]*)@")
"""Of a url that lacks its scheme."""
_END_OF_HOST = re.compile("[/?#]")
_BAD_PORT = re.compile(r"[^/?#\[:]*:(?![0-9]*(?:[/?#\\'),;:.\s]|\Z))")
_PARAMETER = re.compile(
    rf"(?i)(?P<after>[?&;#]|\\u0026|{_AND}|(?<![\w%.\-\[\]$+]))"
    rf"(?P<name>(?:(?!{_AND})[\w%.\-\[\]$+]){{1,200}}?)(?P<is>=|%(?:25)*3D)"
)
_VALUE = re.compile(r"(?:[^\s&#\"<>\\']|\\/|'(?=[\w%]))+")
_VALUE_INSIDE = re.compile(rf"(?i)(?:(?!{_AND})[^\s&#\"<>\\'])+")
_VALUE_OF_URL = re.compile("[^&#]+")
_MEMBER = re.compile(
    r'(?P<quote>\\*")(?P<name>(?:[^"\\\n]|\\u[0-9a-fA-F]{4}){1,200})(?P=quote)\s*:\s*'
)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)', re.DOTALL)
_STRING_INSIDE = re.compile(r'\\+"([^"]*?)(?=\\*"|\Z)')
_NUMBER = re.compile(r"-?[0-9][0-9.eE+\-]*")
_NESTING = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_NESTING_INSIDE = re.compile(r'\\+"[^"]*"?|[\[\]{}]')
"""Brackets of JSON; those in strings are passed over."""
_MULTIPART = re.compile(
    r'(?i)content-disposition:[^\r\n]{0,200}?\bname="?(?P<name>[^"\r\n;]{1,200})[^\r\n]*'
    r"(?:\r?\n[^\r\n]+){0,20}\r?\n\r?\n(?P<value>(?s:.*?))(?=\r?\n--|\Z)"
)
_SCHEME = re.compile(
    r"(?i)\b(?:bearer|basic)(?:\s+|%20|\+)"
    r"((?=\S*[0-9=])[\w.~+/=\-]{6,}|\*{3}(?!\S))"
)
_HEADER = re.compile(
    r"(?i)(?<![\w\-])((?:proxy-)?authorization|(?:set-)?cookie"
    r"|x-[\w\-]*(?:token|key|secret|signature))[ \t]*:[ \t]*"
    r"([^\s\"⏎](?:=\\*\"[^\"\r\n⏎]*\"|[^\r\n\"⏎])*)"
)
_LOGIN_IN_A_URL = re.compile(r"//[^/?#\s]*:(?![0-9]*(?:[/?#\s]|\Z))")
_HINTS = (
    *("@", "%", "\\u", "key", "token", "pass", "secret", "auth", "sig", "cookie", "pw"),
    *("session", "credential", "jwt", "bearer", "basic", "hmac", "sid", "otp", "pin"),
    "code",
)
"""Without one of these there is no secret; most lines of a log have none."""


class _Secret(NamedTuple):
    """Where one stands in a text, and what is shown for it."""

    start: int
    end: int
    shown: str = MASK


@lru_cache(maxsize=2_048)
def is_secret(name: str, *, of_request: bool = True) -> bool:
    """Does *name* name a secret: a parameter, form field or header; or, when it is not
    *of_request*, a JSON member or a word in a text?
    """
    name = unquote_plus(name)
    squashed = re.sub("[^a-z0-9]", "", name.lower())
    if _PART_OF_A_NAME.search(squashed):
        return True
    words = {word.lower() for word in _WORDS.findall(name)}
    if words & _WORD_OF_A_NAME:
        return True
    return of_request and (bool(words & _OF_A_REQUEST) or squashed in _WHOLE_NAME)


def redact_userinfo(url: str) -> str:
    """*url* without the user and password before its host: how it is written into the
    job's log, whose readers look for its parameters.
    """
    return _masked(url, _userinfo_of(url)) if _may_hold_one(url) else url


def redact_url(url: str) -> str:
    """*url* without its user, its password, and the values of secret parameters."""
    return _masked(url, _in_url(url)) if _may_hold_one(url) else url


def redact_text(text: str) -> str:
    """Any text without what urls, parameters, JSON members and header lines in it
    give away.
    """
    return _masked(text, _in_text(text)) if _may_hold_one(text) else text


def redact_header(name: str, value: object) -> object:
    """The value of the header *name* as it is shown."""
    if is_secret(name) and value not in (None, ""):
        return MASK
    return redact_text(value) if isinstance(value, str) else value


def redact_headers(raw: str | None) -> object:
    """A job's headers as they are shown: its JSON object with the secrets masked; text
    that is none as a text.
    """
    headers = clear_headers(raw)
    if isinstance(headers, str):
        return redact_text(headers)
    if not isinstance(headers, dict):
        return headers
    return {name: redact_header(name, value) for name, value in headers.items()}


def clear_headers(raw: str | None) -> object:
    """The same with its secrets. Numbers, which no header may be, keep their digits as
    text.
    """
    if not raw or not raw.strip():
        return None
    try:
        headers = json.loads(raw, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return raw
    return headers if headers is None or isinstance(headers, dict) else raw


def redact_bytes(raw: bytes) -> bytes:
    """The same as `redact_text` for a body of any bytes."""
    text = raw.decode("utf-8", "surrogateescape")
    return redact_text(text).encode("utf-8", "surrogateescape")


def masks_in(
    url: str | None = None, headers: str | None = None, body: bytes | None = None
) -> Iterator[str]:
    """Which of these have `***` where a secret belongs: it was copied from what is
    shown, and would be sent as it stands.
    """
    if url and _has_mask(url, _in_url(url)):
        yield "url"
    named = clear_headers(headers)
    if isinstance(named, dict) and any(
        _is_mask(value) if is_secret(name) else _has_mask(value, _in_text(value))
        for name, value in named.items()
        if isinstance(value, str)
    ):
        yield "headers"
    text = (body or b"").decode("utf-8", "surrogateescape")
    if MASK in text and _has_mask(text, _in_text(text)):
        yield "body"


def _has_mask(text: str, secrets: Iterable[_Secret]) -> bool:
    return any(_is_mask(text[secret.start : secret.end]) for secret in secrets)


def _is_mask(secret: str) -> bool:
    """Is it `***`, or that behind a user or a scheme?"""
    return MASK in re.split(r"[:\s]", secret)


def _may_hold_one(text: str) -> bool:
    lower = text.lower()
    return any(hint in lower for hint in _HINTS) or bool(_LOGIN_IN_A_URL.search(text))


def _masked(text: str, secrets: Iterable[_Secret]) -> str:
    shown: list[str] = []
    at = 0
    for secret in sorted(secrets):
        if secret.start >= at:
            shown += text[at : secret.start], secret.shown
        at = max(at, secret.end)
    return "".join([*shown, text[at:]])


def _in_url(url: str) -> Iterator[_Secret]:
    yield from _userinfo_of(url)
    yield from _users_in(url)
    yield from _parameters(url, _VALUE_OF_URL)


def _in_text(text: str) -> Iterator[_Secret]:
    yield from _users_in(text)
    yield from _parameters(text, _VALUE)
    yield from _members(text)
    for found in _MULTIPART.finditer(text):
        if is_secret(found["name"]) and found["value"]:
            yield _Secret(*found.span("value"))
    yield from (_Secret(*found.span(1)) for found in _SCHEME.finditer(text))
    yield from (_Secret(*found.span(2)) for found in _HEADER.finditer(text))


def _userinfo_of(url: str) -> Iterator[_Secret]:
    if found := _START.match(url):
        yield from _userinfo(url, found.end(), len(url))
    elif found := _LOGIN.match(url):
        yield _Secret(*found.span(1))


def _users_in(text: str) -> Iterator[_Secret]:
    for found in _AFTER_SCHEME.finditer(text):
        rest = _REST_OF_URL.match(text, found.end())
        yield from _userinfo(text, found.end(), rest.end() if rest else found.end())
    for found in _URL_INSIDE.finditer(text):
        yield _Secret(*found.span(1))


def _userinfo(text: str, start: int, end: int) -> Iterator[_Secret]:
    """User and password before the host that begins at *start*. A password with an
    unescaped `/`, or a url that was cut within it, is seen by what is no port.
    """
    ends = _END_OF_HOST.search(text, start, end)
    host_end = ends.start() if ends else end
    at_sign = text.rfind("@", start, host_end)
    if at_sign < 0 and _BAD_PORT.match(text, start, end):
        at_sign = text.rfind("@", host_end, end)
        if at_sign < 0 and start < host_end == len(text):
            at_sign = host_end
    if at_sign >= start:
        yield _Secret(start, at_sign)


def _parameters(text: str, value: re.Pattern[str]) -> Iterator[_Secret]:
    """`name=value` in urls and forms; values are looked into, for they may be urls."""
    masked_to = 0
    for found in _PARAMETER.finditer(text):
        if found.start() < masked_to:
            continue
        if is_secret(found["name"], of_request=bool(found["after"])):
            inside = found["is"] != "="
            ends = (_VALUE_INSIDE if inside else value).match(text, found.end())
            if ends:
                masked_to = ends.end()
                yield _Secret(*ends.span())


def _members(text: str) -> Iterator[_Secret]:
    """`"name": value` in JSON, also in JSON that is itself a string."""
    masked_to = 0
    for found in _MEMBER.finditer(text):
        name, at = _unescaped(found["name"]), found.end()
        if at < masked_to or not is_secret(name, of_request=False):
            continue
        string = _STRING if found["quote"] == '"' else _STRING_INSIDE
        if value := string.match(text, at):
            if value[1]:
                yield _Secret(*value.span(1))
        elif (end := _end_of_value(text, at, name, found["quote"])) > at:
            masked_to = end
            yield _Secret(at, end, f"{found['quote']}{MASK}{found['quote']}")


def _end_of_value(text: str, at: int, name: str, quote: str) -> int:
    """Where a list, object or number at *at* ends; *at* when there is no secret."""
    if number := _NUMBER.match(text, at):
        return at if _COUNTED.search(name) else number.end()
    if text[at : at + 1] not in ("[", "{"):
        return at
    depth = 0
    for found in (_NESTING if quote == '"' else _NESTING_INSIDE).finditer(text, at):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if not depth:
            return found.end()
    return len(text)


def _unescaped(name: str) -> str:
    """JSON may write any letter as a number."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), name)
