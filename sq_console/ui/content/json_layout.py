"""JSON spread over lines without a change to any token: only white space is moved.

A number keeps its digits, a string its escapes, an object its duplicate keys and their
order: an operator compares what is shown with what was sent.
"""

import json
import re
from collections.abc import Iterator

from sq_console.text.sanitize import TEXT_CHARS

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
_BOM = "\ufeff"


def indent_json(text: str, limit: int = TEXT_CHARS) -> str | None:
    """*text* on lines, to a little beyond *limit* characters; None when it is no JSON
    object or array, or is nested too deeply to be read.
    """
    mark = _BOM if text.startswith(_BOM) else ""
    if not _is_json(text.removeprefix(_BOM)):
        return None
    pieces: list[str] = [mark]
    size = 0
    for piece in _pieces(text.removeprefix(_BOM)):
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            break
    return "".join(pieces)


def _is_json(text: str) -> bool:
    try:
        parsed = json.loads(
            text, parse_int=str, parse_float=str, parse_constant=_refused
        )
    except (ValueError, RecursionError):
        return False
    return isinstance(parsed, dict | list)


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _pieces(text: str) -> Iterator[str]:
    depth = 0
    before = ""
    for token in _TOKEN.findall(text):
        if token in ("}", "]"):
            depth -= 1
            if before not in ("{", "["):
                yield _line(depth)
        elif before in ("{", "[", ","):
            yield _line(depth)
        yield ": " if token == ":" else token
        depth += token in ("{", "[")
        before = token


def _line(depth: int) -> str:
    return "\n" + "  " * depth
