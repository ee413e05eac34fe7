"""Bodies as text: in UTF-8, or in the character set of their column."""


def body_encoding(body: bytes, column_codec: str) -> str | None:
    """Return the codec in which *body* is text, None when it is none: UTF-8 or, when it
    is not, its column's. The column's comes first when every character of it takes two
    or four bytes.
    """
    is_wide = column_codec.startswith(("utf-16", "utf-32"))
    codecs = (column_codec, "utf-8") if is_wide else ("utf-8", column_codec)
    for codec in codecs:
        try:
            body.decode(codec)
        except UnicodeDecodeError:
            continue
        return codec
    return None


def body_as_text(body: bytes, column_codec: str) -> str:
    """Return *body* as text that is not sanitized yet; the bytes of a body that is no
    text are shown as `\\xNN`.
    """
    codec = body_encoding(body, column_codec)
    return body.decode(codec or "utf-8", "strict" if codec else "backslashreplace")
