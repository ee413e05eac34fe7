"""A response as it came over the wire, and its body as text.

The declared charset is not trusted: Python's codec of that name may be `hex`, `zlib` or
`unicode_escape`, and a compressed body of 58 KB may decompress to 60 MB. So a few
charsets are accepted and every other body is read as UTF-8 with replacement. A body
that is compressed although `identity` was asked for is not shown.
"""

import codecs
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

KEPT_BYTES = 65_535
"""The most bytes of a body that are kept."""
READ_BYTES = 1 << 20
"""The most bytes of a body that are read; then the connection is closed."""

_SEARCHED = 1_000
"""Bytes of a content type that are searched for its charset."""
_CHARSET = re.compile(rb"""charset\s*=\s*["']?([\w.:\-]+)""", re.IGNORECASE)
_CODECS = {
    # Text declared as latin-1 is windows-1252 in practice: the bytes 80 to 9f are
    # letters and dashes there, and control characters in latin-1.
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}
_WIDE = frozenset({"utf-16", "utf-16-le", "utf-16-be"})
"""Codecs in which ASCII is not itself."""
_BYTE_ORDERS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Response(NamedTuple):
    """Status, headers and the beginning of the body."""

    status_code: int
    headers: Mapping[bytes, Sequence[bytes]]
    """By name in lower case."""
    body: bytes = b""
    """At most the first `KEPT_BYTES`."""
    size: int = 0
    """How many bytes were read."""
    is_complete: bool = True
    """False when reading stopped before the end."""

    def values(self, name: bytes) -> list[str]:
        """Return every value of the header *name* (lower case); bytes that are not
        UTF-8 are replaced.
        """
        values = self.headers.get(name)
        if values is None:
            return []
        return [value.strip().decode("utf-8", "replace") for value in values]

    @property
    def text(self) -> str:
        """Return the body as text for people."""
        if not self.body:
            return ""
        encodings = ", ".join(self.values(b"content-encoding"))
        if encodings and encodings.lower() != "identity":
            size = f"{self.size}" if self.is_complete else f"over {self.size}"
            return f"[compressed body not shown: {encodings[:80]}, {size} bytes]"
        return self._decoded()

    def _decoded(self) -> str:
        codec = _codec_of(b", ".join(self.headers.get(b"content-type", ()))[:_SEARCHED])
        if self.body.isascii() and codec not in _WIDE:
            return self.body.decode("ascii")
        if codec == "utf-16" and not self.body.startswith(_BYTE_ORDERS):
            codec = "utf-16-le"  # as browsers do; Python's would raise
        # A character that the limit cut in two is dropped, not replaced.
        is_final = self.is_complete and self.size == len(self.body)
        decoder = codecs.getincrementaldecoder(codec)("replace")
        return decoder.decode(self.body, final=is_final)


@lru_cache(maxsize=256)  # handlers have few content types
def _codec_of(content_type: bytes) -> str:
    declared = _CHARSET.search(content_type)
    charset = declared[1].decode("ascii").lower() if declared else "utf-8"
    return _CODECS.get(charset, "utf-8-sig")
