"""Python's codecs for the character sets of a server's columns.

The server converts texts; a codec is needed only to cut a text to its column. A body is
never converted: the bytes in the column are the bytes that are sent. Its character set
says how a screen may read them.
"""

_CODECS = {
    "utf8mb4": "utf-8",
    "utf8mb3": "utf8mb3",
    "utf8": "utf8mb3",
    "latin1": "cp1252",
    "latin2": "iso8859-2",
    "cp1250": "cp1250",
    "cp1251": "cp1251",
    "greek": "iso8859-7",
    "hebrew": "iso8859-8",
    "koi8r": "koi8-r",
}
_WIDE = {
    "ucs2": "utf-16-be",
    "utf16": "utf-16-be",
    "utf16le": "utf-16-le",
    "utf32": "utf-32-be",
}


def text_codec(charset: str) -> str:
    """Return the codec for a text in a column of *charset* (`contract.fit_text`)."""
    return _CODECS.get(charset, "ascii")


def body_codec(charset: str) -> str:
    """Return the codec for a body in a column of *charset*; UTF-8 if it is unknown."""
    codec = _WIDE.get(charset) or _CODECS.get(charset, "utf-8")
    return "utf-8" if codec == "utf8mb3" else codec
