"""JSON indented without a change to any token: only white space changes.

A number keeps its digits, a string its escapes, an object its duplicate keys and their
order. An operator compares the text on the screen with the one that was sent.
"""

import json
import re
from collections.abc import Iterator

from sq_console.text.sanitize import TEXT_CHARS

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')
_BOM = "\ufeff"


def indent_json(text: str, limit: int = TEXT_CHARS) -> str | None:
    """Return *text* indented, to a little beyond *limit* characters.

    None when it is no JSON object or array, or is nested too deeply to be parsed.
    """
    bom = _BOM if text.startswith(_BOM) else ""
    if not _is_json(text.removeprefix(_BOM)):
        return None
    pieces: list[str] = [bom]
    size = 0
    for piece in _tokens_and_space(text.removeprefix(_BOM)):
        pieces.append(piece)
        size += len(piece)
        if size > limit:
            break
    return "".join(pieces)


def _is_json(text: str) -> bool:
    try:
        parsed = json.loads(
            text, parse_int=str, parse_float=str, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError):
        return False
    return isinstance(parsed, dict | list)


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _tokens_and_space(text: str) -> Iterator[str]:
    depth = 0
    before = ""
    for token in _TOKEN.findall(text):
        if token in ("}", "]"):
            depth -= 1
            if before not in ("{", "["):
                yield _line_break(depth)
        elif before in ("{", "[", ","):
            yield _line_break(depth)
        yield ": " if token == ":" else token
        depth += token in ("{", "[")
        before = token


def _line_break(depth: int) -> str:
    return "\n" + "  " * depth
