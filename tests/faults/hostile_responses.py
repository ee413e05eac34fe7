"""What handlers may answer, good, odd, broken or hostile, with what must become of the
job. All without retries; those that never end with a timeout of 1 s.
"""

from collections.abc import Mapping
from urllib.parse import quote

from tests.faults.hostile_rows import AT_ONCE, SERVERS, Case


def _answers(state: str, error: str | None, *paths: str) -> tuple[Case, ...]:
    return tuple(_answer(path, state, error) for path in paths)


def _answer(
    path: str, state: str = "succeeded", error: str | None = None, **more: object
) -> Case:
    timeout_secs = 1 if error == "timeout" else 10
    columns = {"url": "{base}" + path, **AT_ONCE, "timeout_secs": timeout_secs}
    return Case(f"handler {path[:60]}", columns, state, error, **more)  # type: ignore[arg-type]


def _set(name: str, *values: str, kept: Mapping[str, object], **more: object) -> Case:
    """200 with header *name*, once for each of *values*; braces are filled in later."""
    headers = "&".join(f"header={name}:{quote(value, safe='{}')}" for value in values)
    path = f"/answer?text=ok&{headers}"
    return _answer(path, kept=kept, **more)


def _delay(*values: str, kept_secs: int = 60) -> Case:
    kept = {"retry_delay_secs": kept_secs}
    return _set("x-bitlancer-retry-delay-secs", *values, kept=kept)


def _new_url(url: str, is_kept: bool = False, **more: object) -> Case:
    kept = {"url": url} if is_kept else {}
    return _set("x-bitlancer-url", url, kept=kept, **more)


ANSWERS = (
    *_answers(
        "succeeded", None,
        *("/ok", "/empty", "/http10", "/no-length", "/no-reason", "/latin-1-reason"),
        *("/latin-1-header", "/escape-reason", "/chunked", "/early-hints", "/bad-gzip"),
        *("/gzip-bomb", "/gzip-gzip-bomb", "/endless", "/close-idle"),
        "/answer?text=%FF%FEa%00b",
        "/answer?text=%1b]52;c;eA==%07%9b2J%e2%80%ae[/red][@click=app.quit]x[/]",
        "/answer?header=Set-Cookie:a%3Db;Path%3D/",
        "/long?bytes=200000",
        "/long?bytes=65537&of=%F0%9F%8E%89",
        "/long?bytes=100000&of=%0a",
        "/long?bytes=65535&of=%01",
    ),
    *(
        _answer(f"/answer?header=Content-Type:text/plain;charset%3D{charset}"
                "&text=%5cx41%ff%fe")
        for charset in ("hex", "zlib", "rot13", "undefined", "idna", "utf-7",
                        "unicode_escape", "utf-16", "latin1", "utf-8")
    ),
    *_answers(
        "failed", "malformed answer",
        *("/line-short", "/line-version", "/line-garbage", "/ssh", "/http09"),
        *("/nul-header", "/two-lengths", "/negative-length", "/length-and-chunked"),
        *("/bad-chunk", "/big-header", "/many-headers", "/hundreds"),
    ),
    *_answers("failed", "connection closed", "/close", "/cut-head", "/short",
              "/cut-chunk", "/no-last-chunk"),
    *_answers("failed", None, "/reset", "/reset-head", "/reset-body"),
    *_answers("failed", "timeout", "/silent", "/unread", "/drip-head", "/drip-body",
              "/stall", "/slow?secs=1.3"),
    *_answers("failed", "http 101", "/switch"),
    *(
        case
        for status in (201, 202, 204, 206, 301, 302, 307, 308, 400, 401, 404, 429, 500,
                       502, 504, 600, 999, 503)
        for case in _answers("failed", f"http {status}", f"/status/{status}?text=why")
    ),
    _answer("/answer?status=503&header=Retry-After:3600", "failed", "http 503"),
    _answer("/answer?status=302&header=Location:http://127.0.0.1:1/", "failed",
            "http 302"),
    *(
        _answer(f"/answer?status=401&header=WWW-Authenticate:{scheme}", "failed",
                "http 401")
        for scheme in ("Basic%20realm=x", "Digest%20nonce=x", "NTLM")
    ),
    _delay("0", kept_secs=0),
    _delay("786", kept_secs=786),
    *map(_delay, ("-1", "abc", "1e9", "99999999999999", "", "NaN", "86401")),
    _delay("1", "2"),
    _new_url("http://127.0.0.1:1/next", is_kept=True),
    _new_url("http://elsewhere.invalid/" + "x" * 30_000, is_kept=True),
    *map(_new_url, ("file:///etc/passwd", "//h/x", "", "javascript:alert(1)")),
    *map(_new_url, ("http://169.254.169.254/latest", "http://[::ffff:a9fe:a9fe]/")),
    _new_url("http://127.0.0.1:{db_port}/", engines=SERVERS),
    _new_url("http://h/\x1b[2J"),
)  # fmt: skip
