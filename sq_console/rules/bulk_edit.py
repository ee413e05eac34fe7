"""What a bulk edit makes of a job's url and headers, and which expressions it takes.

Urls are foreign text, and an expression that tries many ways through one of them would
stand still for hours. So an expression may only repeat what the next character ends:
`[^/]+/` and not `.*/`. It then goes through a url once from each of its characters.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sq_console.model import BulkEdit

MOST_EXPRESSION_CHARS = 500
MOST_MATCHED_CHARS = 2_000
"""A longer url does not match any expression."""
_BYTES = "".join(map(chr, range(256)))
_TOKEN = re.compile(
    r"""
    (?P<group>\((?:\?:|\?P<\w+>)?)
  | (?P<end>\))
  | (?P<anchor>[$^]|\\[AZbB])
  | (?P<atom>\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^\\\[\](){}*+?|^$])
    """,
    re.VERBOSE | re.DOTALL,
)
_REPEAT = re.compile(r"(?:([*+?])|\{(\d*)(,?)(\d*)\})(\??)")
_MOST_REPEATS = 1_000


@dataclass(frozen=True, slots=True)
class EditedFields:
    """Url and headers of a job, before or after an edit."""

    url: str
    headers: str | None
    """JSON text, as in the column."""


@dataclass(frozen=True, slots=True)
class _Atom:
    """One character of an expression, and how often."""

    taken: frozenset[str]
    is_repeated: bool
    may_lack: bool


def why_bad_edit(edit: BulkEdit) -> str | None:
    """Return why *edit* cannot be carried out; None when it can."""
    if not (edit.url_from or edit.set_headers or edit.remove_headers):
        return "nothing to change"
    if not edit.is_expression or not edit.url_from:
        return None
    if why := why_bad_expression(edit.url_from):
        return why
    try:
        _compiled(edit.url_from).sub(edit.url_to, "")
        re.compile(f"{edit.url_from}|").sub(edit.url_to, "")
    except (re.error, IndexError) as error:
        return f"bad replacement: {error}"
    return None


def why_bad_expression(text: str) -> str | None:
    """Return why *text* is no expression that a bulk edit takes."""
    if len(text) > MOST_EXPRESSION_CHARS:
        return f"an expression has at most {MOST_EXPRESSION_CHARS} characters"
    try:
        if _compiled(text).groups > 20:
            return "an expression has at most 20 groups"
        atoms = _atoms(text)
    except (re.error, ValueError, RecursionError, OverflowError) as error:
        return f"bad expression: {error}"
    return _why_slow(atoms)


def edited(edit: BulkEdit, before: EditedFields) -> EditedFields:
    """Return *before* with *edit* applied; equal to it when nothing is changed."""
    return EditedFields(_url(edit, before.url), _headers(edit, before.headers))


def _url(edit: BulkEdit, url: str) -> str:
    if not edit.url_from:
        return url
    if not edit.is_expression:
        return url.replace(edit.url_from, edit.url_to)
    if len(url) > MOST_MATCHED_CHARS:
        return url
    return _compiled(edit.url_from).sub(edit.url_to, url)


def _compiled(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _headers(edit: BulkEdit, headers: str | None) -> str | None:
    """Names are compared without case; headers that are no object stay as they are."""
    if not (edit.set_headers or edit.remove_headers):
        return headers
    try:
        before = json.loads(headers) if headers else {}
    except (ValueError, RecursionError):
        return headers
    if not isinstance(before, Mapping):
        return headers
    removed = {name.lower() for name in edit.remove_headers}
    removed |= {name.lower() for name, _ in edit.set_headers}
    after = {name: text for name, text in before.items() if name.lower() not in removed}
    after |= dict(edit.set_headers)
    if after == before:
        return headers
    return json.dumps(after, ensure_ascii=False) if after else None


def _atoms(text: str) -> list[_Atom]:
    """Return the characters of an expression in order. Raises ValueError for what they
    alone do not say: choices, references, groups that repeat.
    """
    atoms: list[_Atom] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"{text[at : at + 10]!r} is not taken")
        at = found.end()
        repeat = _REPEAT.match(text, at)
        if repeat is not None:
            at = repeat.end()
        if found["atom"]:
            atoms.append(_atom(found["atom"], repeat))
        elif repeat is not None:
            raise ValueError("only single characters and sets may repeat")
    return atoms


def _atom(text: str, repeat: re.Match[str] | None) -> _Atom:
    if re.fullmatch(r"\\[1-9].*", text, re.DOTALL):
        raise ValueError("references are not taken")
    one = re.compile(text, re.DOTALL)
    # All beyond Latin-1 counts as one more character: what takes one may take any.
    taken = frozenset(char for char in (*_BYTES, "\u4e2d") if one.fullmatch(char))
    if repeat is None:
        return _Atom(taken, is_repeated=False, may_lack=False)
    sign, least, comma, most = repeat[1], repeat[2], repeat[3], repeat[4]
    if sign is None and max(int(least or 0), int(most or 0)) > _MOST_REPEATS:
        raise ValueError(f"at most {_MOST_REPEATS} repeats")
    may_lack = sign in ("*", "?") or (sign is None and int(least or 0) == 0)
    is_fixed = sign is None and not comma
    return _Atom(taken, is_repeated=sign != "?" and not is_fixed, may_lack=may_lack)


def _why_slow(atoms: list[_Atom]) -> str | None:
    for number, atom in enumerate(atoms):
        if not (atom.is_repeated or atom.may_lack):
            continue
        for following in atoms[number + 1 :]:
            if atom.taken & following.taken:
                return (
                    "what repeats has to end at the next character: [^/]+/ and not .*/"
                )
            if not following.may_lack:
                break
    return None
