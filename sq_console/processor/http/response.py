"""An answer as it came over the wire, and its body as text.

The text is never what a header says without question: Python's codec for a declared
charset may be `hex`, `zlib` or `unicode_escape`, and a compressed body of 58 KB may
stand for 60 MB. So a few charsets are believed, everything else is UTF-8 with
replacement, and what is compressed, though `identity` was asked for, is not shown.
"""

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

KEPT_BYTES = 65_535
"""Of a body, this much is kept."""
READ_BYTES = 1 << 20
"""Of a body, this much is read; then the connection is closed."""

_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:\-]+)""", re.ASCII | re.IGNORECASE)
_CODECS = {
    # What calls itself latin-1 is windows-1252 in practice; its bytes 80 to 9f are
    # letters and dashes there, and control characters in latin-1.
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}

_BYTE_ORDERS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Response:
    """Status, headers and the beginning of the body."""

    status_code: int
    headers: Mapping[bytes, Sequence[bytes]]
    """By name in lower case."""
    body: bytes = b""
    """At most the first `KEPT_BYTES`."""
    size: int = 0
    """How many bytes were read."""
    is_whole: bool = True
    """False when reading stopped before the end."""

    def values(self, name: bytes) -> list[str]:
        """Every value of the header *name* (lower case); bytes that are not UTF-8 are
        replaced.
        """
        values = self.headers.get(name, ())
        return [value.strip().decode("utf-8", "replace") for value in values]

    @property
    def text(self) -> str:
        """The body for people."""
        if not self.body:
            return ""
        encodings = ", ".join(self.values(b"content-encoding"))
        if encodings and encodings.lower() != "identity":
            size = f"{self.size}" if self.is_whole else f"over {self.size}"
            return f"[compressed body not shown: {encodings[:80]}, {size} bytes]"
        return self._decoded()

    def _decoded(self) -> str:
        declared = _CHARSET.search(", ".join(self.values(b"content-type")))
        charset = declared[1].lower() if declared else "utf-8"
        codec = _CODECS.get(charset, "utf-8-sig")
        if codec == "utf-16" and not self.body.startswith(_BYTE_ORDERS):
            codec = "utf-16-le"  # as browsers do; Python's would raise
        # A character cut in two by the limit is dropped, not replaced.
        ends_here = self.is_whole and self.size == len(self.body)
        decoder = codecs.getincrementaldecoder(codec)("replace")
        return decoder.decode(self.body, final=ends_here)
