"""Where secrets stand in a text: in urls, parameters, JSON, forms and header lines.

A secret is known by its name (`secret_names`), or by its place: the user and password
of a url. A secret without a name (a token in a path) is not recognised.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from sq_console.text.secret_names import is_count, is_secret

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
"""A text without one of these has no secret; most lines of a log have none."""


class Secret(NamedTuple):
    """The place of a secret in a text."""

    start: int
    end: int
    quote: str = ""
    """Quotes that its mask needs, so that the text stays JSON."""


def may_hold_a_secret(text: str) -> bool:
    lower = text.lower()
    # any() would take twice as long, and every line of a log is asked.
    for hint in _HINTS:
        if hint in lower:
            return True
    return "//" in text and bool(_LOGIN_IN_A_URL.search(text))


def secrets_in_url(url: str) -> Iterator[Secret]:
    yield from userinfo_of(url)
    yield from _users_in(url)
    yield from _parameters(url, _VALUE_OF_URL, _is_secret_parameter)


def secrets_in_text(text: str) -> Iterator[Secret]:
    yield from _users_in(text)
    yield from _parameters(text, _VALUE, _is_secret_parameter)
    yield from _members(text)
    for found in _MULTIPART.finditer(text):
        if is_secret(found["name"]) and found["value"]:
            yield Secret(*found.span("value"))
    if _may_have(text, "bearer", "basic"):
        yield from (Secret(*found.span(1)) for found in _SCHEME.finditer(text))
    if _may_have(text, "authorization", "cookie", "x-"):
        yield from (Secret(*found.span(2)) for found in _HEADER.finditer(text))


def parameters_of_url(url: str, named: Callable[[str], bool]) -> Iterator[Secret]:
    """Yield the values of the parameters of *url* that are *named* so."""
    return _parameters(url, _VALUE_OF_URL, lambda name, after: after and named(name))


def parameters_in_text(text: str, named: Callable[[str], bool]) -> Iterator[Secret]:
    """Yield the values of the parameters of urls in *text* that are *named* so."""
    return _parameters(text, _VALUE, lambda name, after: after and named(name))


def _is_secret_parameter(name: str, after: bool) -> bool:
    return is_secret(name, of_request=after)


def _may_have(text: str, *words: str) -> bool:
    """Return whether a search for one of *words*, in any case, may find it: the search
    takes a hundred times as long. Beyond ASCII it knows more letters as one.
    """
    lower = text.lower()
    return not text.isascii() or any(word in lower for word in words)


def userinfo_of(url: str) -> Iterator[Secret]:
    if found := _START.match(url):
        yield from _userinfo(url, found.end(), len(url))
    elif found := _LOGIN.match(url):
        yield Secret(*found.span(1))


def _users_in(text: str) -> Iterator[Secret]:
    for found in _AFTER_SCHEME.finditer(text):
        rest = _REST_OF_URL.match(text, found.end())
        yield from _userinfo(text, found.end(), rest.end() if rest else found.end())
    for found in _URL_INSIDE.finditer(text):
        yield Secret(*found.span(1))


def _userinfo(text: str, start: int, end: int) -> Iterator[Secret]:
    """Yield user and password before the host that begins at *start*. A password with
    an unescaped `/`, or a url that was cut within it, shows by text that is no port.
    """
    ends = _END_OF_HOST.search(text, start, end)
    host_end = ends.start() if ends else end
    at_sign = text.rfind("@", start, host_end)
    if at_sign < 0 and _BAD_PORT.match(text, start, end):
        at_sign = text.rfind("@", host_end, end)
        if at_sign < 0 and start < host_end == len(text):
            at_sign = host_end
    if at_sign >= start:
        yield Secret(start, at_sign)


def _parameters(
    text: str, value: re.Pattern[str], is_named: Callable[[str, bool], bool]
) -> Iterator[Secret]:
    """Yield values of `name=value` in urls and forms where *is_named* says yes to name
    and to whether it stands after a `?`, a `&` or their like. A value may be a url
    itself: its parameters are found too.
    """
    if "=" not in text and "%" not in text:
        return
    masked_to = 0
    for found in _PARAMETER.finditer(text):
        if found.start() < masked_to:
            continue
        if is_named(found["name"], bool(found["after"])):
            inside = found["is"] != "="
            ends = (_VALUE_INSIDE if inside else value).match(text, found.end())
            if ends:
                masked_to = ends.end()
                yield Secret(*ends.span())


def _members(text: str) -> Iterator[Secret]:
    """Yield values of `"name": value` in JSON, and in JSON that is itself a string."""
    masked_to = 0
    for found in _MEMBER.finditer(text):
        name, at = _unescaped(found["name"]), found.end()
        if at < masked_to or not is_secret(name, of_request=False):
            continue
        string = _STRING if found["quote"] == '"' else _STRING_INSIDE
        if value := string.match(text, at):
            if value[1]:
                yield Secret(*value.span(1))
        elif (end := _end_of_value(text, at, name, found["quote"])) > at:
            masked_to = end
            yield Secret(at, end, found["quote"])


def _end_of_value(text: str, at: int, name: str, quote: str) -> int:
    """Return the end of the list, object or number at *at*; *at* if it is no secret."""
    if number := _NUMBER.match(text, at):
        return at if is_count(name) else number.end()
    if text[at : at + 1] not in ("[", "{"):
        return at
    depth = 0
    for found in (_NESTING if quote == '"' else _NESTING_INSIDE).finditer(text, at):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if not depth:
            return found.end()
    return len(text)


def _unescaped(name: str) -> str:
    """Return *name* without `\\uNNNN`, which JSON allows for any letter."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), name)
