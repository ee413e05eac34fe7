"""Rows that applications, or people with an SQL prompt, may put into the table, and
answers that handlers may give: with what must become of each.

A value may hold `{base}`, the handler's address, and `{port}`. What an engine cannot
hold (a zero date in SQLite, bytes that are no text in MySQL) is listed apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

OK = "{base}/ok"
_AT_ONCE: Mapping[str, object] = {"timeout_secs": 10, "remaining_retries": 0}


@dataclass(frozen=True, slots=True)
class Case:
    """A row, by its columns, and its end."""

    name: str
    columns: Mapping[str, object]
    state: str = "succeeded"
    error: str | None = None
    """`last_error`; None: not looked at."""
    calls: int = 1
    never_logged: str = ""
    """This is in no log row."""
    engines: frozenset[str] = field(
        default_factory=lambda: frozenset({"sqlite", "mariadb", "mysql"})
    )


def _url(name: str, url: object, *rest: object, **more: object) -> Case:
    columns = {"url": url, **_AT_ONCE}
    return Case(name, columns, *rest, **more)  # type: ignore[arg-type]


def _bad_url(name: str, url: str) -> Case:
    return _url(name, url, "failed", "bad url", 0)


def _with(
    name: str, columns: Mapping[str, object], *rest: object, **more: object
) -> Case:
    return Case(name, {"url": OK, **columns}, *rest, **more)  # type: ignore[arg-type]


_SERVERS = frozenset({"mariadb", "mysql"})
_SQLITE = frozenset({"sqlite"})

URLS = (
    _bad_url("empty", ""),
    _bad_url("spaces", "   "),
    _bad_url("no scheme", "127.0.0.1:{port}/ok"),
    _bad_url("scheme of the page", "//127.0.0.1:{port}/ok"),
    *(
        _bad_url(f"{scheme} url", f"{scheme}://127.0.0.1/x")
        for scheme in ("ftp", "file", "gopher", "unix", "javascript")
    ),
    _bad_url("half an IPv6 address", "http://[::1"),
    _bad_url("a port too large", "http://127.0.0.1:99999/"),
    _bad_url("port 0", "http://127.0.0.1:0/"),
    *(
        _bad_url(f"{name} in it", f"http://127.0.0.1:{{port}}/{char}x")
        for name, char in (
            ("CR LF", "\r\nX: y\r\n"),
            ("TAB", "\t"),
            ("NUL", "\0"),
            ("ESC", "\x1b]0;t\x07"),
            ("a space", " "),
        )
    ),
    _url("a scope", "http://[fe80::1%25eth0]/", "failed", None, 0),
    _url("empty punycode", "http://xn--/", "failed", None, 0),
    _url("zero width joiner", "http://a\u200db.invalid/", "failed", None, 0),
    _url("a label of 64", f"http://{'a' * 64}.invalid/", "failed", None, 0),
    _url("a name of 500", f"http://{'a.' * 250}invalid/", "failed", None, 0),
    _url("no such name", "http://no-such-name.invalid/", "failed", "dns failure", 0),
    _url("metadata", "http://169.254.169.254/latest", "failed", "address refused", 0),
    _url("metadata as IPv6", "http://[::ffff:a9fe:a9fe]/", "failed",
         "address refused", 0),
    _url("metadata as a number", "http://2852039166/", "failed", None, 0),
    _url("nowhere", "http://0.0.0.0:{port}/ok", "failed", "address refused", 0),
    _url("everywhere", "http://255.255.255.255/", "failed", "address refused", 0),
    _url("our database", "http://127.0.0.1:{db_port}/", "failed", "address refused", 0,
         engines=_SERVERS),
    _url("our database again", "http://[::ffff:127.0.0.1]:{db_port}/", "failed",
         "address refused", 0, engines=_SERVERS),
    _url("65,000 bytes", OK + "?" + "x" * 64_900),
    _url("credentials", "http://user:s3cret@127.0.0.1:{port}/ok",
         never_logged="s3cret"),
    _url("broken escapes", OK + "?%zz&%"),
    _url("dots", "{base}/../../ok"),
    _url("letters beyond ASCII", OK + "?grüße=\u4f60\U0001f600"),
    _url("markup", OK + "?[@click=app.quit]x[/]"),
    _url("upper case", "HTTP://127.0.0.1:{port}/ok"),
)  # fmt: skip

COLUMNS = (
    _with("method in lower case", {"http_method": "get"}),
    _with("method with spaces", {"http_method": " Post "}),
    *(
        _with(f"method {method!r}", {"http_method": method}, "failed", "bad method", 0)
        for method in ("", "G ET", "GÉT", "GET\r\nX: y", "CONNECT", "TRACE", "\u017fET")
    ),
    _with("GET with a body", {"http_method": "get", "body": "x"}),
    _with("no body", {"body": None}),
    _with("an empty body", {"body": ""}),
    _with("64 KiB of emoji", {"body": "\U0001f600" * 16_384}),
    _with("hostile text everywhere", {"body": "\x1b]52;c;eA==\x07[/red]\u202e\x9b2J"}),
    _with("timeout 0", {"timeout_secs": 0}),
    _with("timeout -1", {"timeout_secs": -1}),
    _with("timeout without end", {"timeout_secs": 2**31 - 1}),
    _with("no retries", {"remaining_retries": 0}),
    _with("retries -5", {"remaining_retries": -5}),
    _with("retries without end", {"remaining_retries": 2**31 - 1}),
    _with(
        "delay -1",
        {"url": "{base}/flaky?fails=1", "retry_delay_secs": -1},
        calls=2,
    ),
    _with(
        "delay without end",
        {"url": "{base}/status/503", "retry_delay_secs": 2**31 - 1},
        "pending",
        "http 503",
    ),
    _with("result 7", {"result_code": 7}, "failed", None, 0),
    _with("result -1", {"result_code": -1}, "failed", None, 0),
    _with("killed by hand", {"result_code": 3}, "killed", None, 0),
    _with("finished, not decided", {"last_finished_at": "2001-01-01 00:00:00"}),
    _with("due in 2038", {"run_at": "2038-01-19 03:14:07"}, "pending", None, 0),
    _with("due long ago", {"run_at": "1970-01-02 00:00:00"}),
    _with("priority least", {"priority": -32_768}),
    _with("priority most", {"priority": 32_767}),
    _with("organization huge", {"organization_id": 2**63 - 1}),
    _with("attempts at their end", {"attempts": 2**32 - 1}),
    _with("claimed by nobody", {"claimed_by": 12_345, "attempts": 1}),
    _with("claimed, never tried", {"claimed_by": 12_345}),
    _with(
        "rescued too often",
        {"claimed_by": 12_345, "attempts": 1, "rescues": 127},
        "failed",
        "processor lost",
        0,
    ),
    _with(
        "retries at their end",
        {"claimed_by": 12_345, "result_code": 2, "remaining_retries": 2**31 - 1},
    ),
    _with("rescues below none", {"claimed_by": 12_345, "rescues": -128}),
    _with("no headers", {"headers": "null"}),
    *(
        _with(f"headers {headers}", {"headers": headers}, "failed", "bad header", 0)
        for headers in ("[]", '"x"', '{"a": 1}', '{"Host": "x"}', '{"a b": "x"}',
                        '{"a": "x\\r\\ny"}')
    ),
    _with("zero dates", {"last_finished_at": "0000-00-00 00:00:00",
                         "last_started_at": "0000-00-00 00:00:00"}, engines=_SERVERS),
    _with("due never", {"run_at": "0000-00-00 00:00:00"}, engines=_SERVERS),
    _with("headers that are no JSON", {"headers": "{bad"}, "failed", "bad header", 0,
          engines=_SQLITE),
    _with("text for numbers", {"timeout_secs": "soon", "remaining_retries": "many"},
          engines=_SQLITE),
    _with("bytes that are no text", {"body": b"\xff\xfe\x00"}, engines=_SQLITE),
    _with("a url of bytes", {"url": b"http://\xff\xfe/"}, "failed", None, 0,
          engines=_SQLITE),
    _with("a huge id", {"id": 2**63 + 5}, engines=_SERVERS),
)  # fmt: skip
"""The last comes last: ids go on from it."""


def _answers(state: str, error: str | None, *paths: str) -> tuple[Case, ...]:
    timeout_secs = 1 if error == "timeout" else 10
    return tuple(
        Case(
            f"handler {path[:40]}",
            {"url": "{base}" + path, **_AT_ONCE, "timeout_secs": timeout_secs},
            state,
            error,
        )
        for path in paths
    )


ANSWERS = (
    *_answers(
        "succeeded", None,
        *("/ok", "/empty", "/http10", "/no-length", "/no-reason", "/latin-1-reason"),
        *("/latin-1-header", "/escape-reason", "/chunked", "/early-hints", "/bad-gzip"),
        *("/gzip-bomb", "/gzip-gzip-bomb", "/answer?text=%FF%FEa%00b", "/endless"),
        *("/answer?text=%1b]52;c;eA==%07[/red]", "/long?bytes=200000"),
        "/answer?header=X-Bitlancer-Retry-Delay-Secs:99999999999999",
        "/answer?header=X-Bitlancer-Url:file:///etc/passwd",
        "/answer?header=Content-Type:text/plain;charset=unicode_escape&text=%5cx41",
    ),
    *_answers(
        "failed", "malformed answer",
        *("/line-short", "/line-version", "/line-garbage", "/ssh", "/http09"),
        *("/nul-header", "/two-lengths", "/negative-length", "/length-and-chunked"),
        *("/bad-chunk", "/big-header", "/many-headers"),
    ),
    *_answers("failed", "connection closed", "/close", "/cut-head", "/short",
              "/cut-chunk", "/no-last-chunk"),
    *_answers("failed", None, "/reset", "/reset-head", "/reset-body"),
    *_answers("failed", "timeout", "/silent", "/deaf", "/drip-head", "/drip-body",
              "/stall", "/hundreds"),
    *_answers("failed", "http 101", "/switch"),
    *(
        case
        for status in (201, 202, 204, 206, 302, 308, 400, 401, 404, 429, 500, 502, 504,
                       600, 999, 503)
        for case in _answers("failed", f"http {status}", f"/status/{status}?text=why")
    ),
)  # fmt: skip
"""Without retries; those that never end with a timeout of 1 s."""
