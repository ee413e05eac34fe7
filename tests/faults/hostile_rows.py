"""Rows that applications, or people with an SQL prompt, may put into the table, with
what must become of each. What handlers may answer is in `hostile_responses`.

A url may hold `{base}`, the handler's address, and `{port}`. What an engine cannot
hold (a zero date in SQLite, bytes that are no text in MySQL) is listed apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

OK = "{base}/ok"
AT_ONCE: Mapping[str, object] = {"timeout_secs": 10, "remaining_retries": 0}


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
    kept: Mapping[str, object] = field(default_factory=dict)
    """What these columns hold afterwards."""
    needs_unicode: bool = False
    """What it means is lost in a latin1 column."""
    engines: frozenset[str] = field(
        default_factory=lambda: frozenset({"sqlite", "mariadb", "mysql"})
    )


def _url(name: str, url: object, *rest: object, **more: object) -> Case:
    columns = {"url": url, **AT_ONCE}
    return Case(name, columns, *rest, **more)  # type: ignore[arg-type]


def _bad_url(name: str, url: str) -> Case:
    return _url(name, url, "failed", "bad url", 0)


def _with(
    name: str, columns: Mapping[str, object], *rest: object, **more: object
) -> Case:
    return Case(name, {"url": OK, **columns}, *rest, **more)  # type: ignore[arg-type]


SERVERS = frozenset({"mariadb", "mysql"})
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
    _url("loopback in wide letters", "http://127。0。0。1:{port}/ok",
         needs_unicode=True),
    _url("loopback in hexadecimal", "http://0x7f.0.0.1:{port}/ok"),
    _url("loopback as IPv6", "http://[::ffff:127.0.0.1]:{port}/ok"),
    _url("loopback as a number", "http://2130706433:{port}/ok", "failed", "bad url", 0),
    _url("loopback cut short", "http://127.1:{port}/ok", "failed", "bad url", 0),
    _url("nobody there", "http://127.0.0.1:1/", "failed", "connection refused", 0),
    _url("nowhere", "http://0.0.0.0:{port}/ok", "failed", "address refused", 0),
    _url("everywhere", "http://255.255.255.255/", "failed", "address refused", 0),
    _url("our database", "http://127.0.0.1:{db_port}/", "failed", "address refused", 0,
         engines=SERVERS),
    _url("our database again", "http://[::ffff:127.0.0.1]:{db_port}/", "failed",
         "address refused", 0, engines=SERVERS),
    _url("65,000 bytes", OK + "?" + "x" * 64_900),
    _url("70,000 bytes", OK + "?" + "x" * 70_000, "failed", "bad url", 0,
         engines=_SQLITE),
    _url("credentials", "http://user:s3cret@127.0.0.1:{port}/ok",
         never_logged="s3cret"),
    _url("broken escapes", OK + "?%zz&%"),
    _url("dots, which stay", "{base}/../../ok", "failed", "http 404"),
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
    _with("finished in the future", {"last_finished_at": "2037-01-01 00:00:00"}),
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
                         "last_started_at": "0000-00-00 00:00:00"}, engines=SERVERS),
    _with("due never", {"run_at": "0000-00-00 00:00:00"}, engines=SERVERS),
    _with("headers that are no JSON", {"headers": "{bad"}, "failed", "bad header", 0,
          engines=_SQLITE),
    _with("attempts and a half", {"attempts": 1.5}, engines=_SQLITE),
    _with("due since year 1", {"run_at": "0001-01-01 00:00:00"}, engines=_SQLITE),
    _with("attempts below none", {"attempts": -3, "claimed_by": 12_345},
          engines=_SQLITE),
    _with("text for numbers", {"timeout_secs": "soon", "remaining_retries": "many"},
          engines=_SQLITE),
    _with("bytes that are no text", {"body": b"\xff\xfe\x00"}, engines=_SQLITE),
    _with("a url of bytes", {"url": b"http://\xff\xfe/"}, "failed", None, 0,
          engines=_SQLITE),
    _with("a huge id", {"id": 2**63 + 5}, engines=SERVERS),
)  # fmt: skip
"""The last comes last: ids go on from it."""
