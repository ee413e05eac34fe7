"""The contract with handlers as tables of decisions, and what holds for any text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sq_console.model import ResultCode
from sq_console.rules.contract import (
    classify,
    effective_timeout,
    fit_text,
    obeyed_retry_delay,
    why_not_callable,
)

CODECS = ["utf-8", "utf8mb3", "cp1252", "iso8859-2", "koi8-r", "ascii"]
TEXT = st.text(st.characters(codec="utf-8"))

CALLABLE = [
    "http://example.com",
    "https://example.com/",
    "HTTP://EXAMPLE.com:8080/path?query#fragment",
    "http://user:p%40ss@example.com/",
    "http://127.0.0.1:1/",
    "http://example.com:65535/",
    "http://example.com:/",
    "http://[::1]:8080/",
    "http://bücher.example/ü?ü",
    "http://example.com/?a[]=1&b={}|^`",
    "http://no-such-name.invalid/",
]
NOT_CALLABLE = {
    "": "bad url: it is empty",
    " ": "bad url: it is empty",
    "\t\n": "bad url: it is empty",
    "http://example.com/a b": "bad url: it holds a space or a control character",
    " http://example.com/": "bad url: it holds a space or a control character",
    "http://example.com/\r\nX: y": "bad url: it holds a space or a control character",
    "http://example.com/\x00": "bad url: it holds a space or a control character",
    "http://example.com/\x7f": "bad url: it holds a space or a control character",
    "ht\ntp://example.com/": "bad url: it holds a space or a control character",
    "example.com": "bad url: not http or https",
    "//example.com/": "bad url: not http or https",
    "ftp://example.com/": "bad url: not http or https",
    "file:///etc/passwd": "bad url: not http or https",
    "javascript:alert(1)": "bad url: not http or https",
    "httpx://example.com/": "bad url: not http or https",
    "http:": "bad url: no host",
    "http://": "bad url: no host",
    "http:///path": "bad url: no host",
    "http:example.com": "bad url: no host",
    "http://user:pass@/": "bad url: no host",
    "http://:80/": "bad url: no host",
    "http://example.com:0/": "bad url: its port is not 1 to 65535",
    "http://example.com:65536/": "bad url: its port is not 1 to 65535",
    "http://example.com:-1/": "bad url: its port is not 1 to 65535",
    "http://example.com:http/": "bad url: its port is not 1 to 65535",
    "http://[::1/": "bad url: its host cannot be read",
    "http://user:secret@a\u2100b/": "bad url: its host cannot be read",
}


def test_only_200_is_success_and_only_503_is_temporary() -> None:
    meaning = {status_code: classify(status_code) for status_code in range(100, 600)}

    assert meaning.pop(200) is ResultCode.SUCCEEDED
    assert meaning.pop(503) is ResultCode.TEMPORARY
    assert set(meaning.values()) == {ResultCode.PERMANENT}


@pytest.mark.parametrize("url", CALLABLE)
def test_a_plain_http_url_with_a_host_may_be_called(url: str) -> None:
    assert why_not_callable("get", url) is None


@pytest.mark.parametrize(("url", "why"), NOT_CALLABLE.items())
def test_any_other_url_is_refused_with_a_short_reason(url: str, why: str) -> None:
    assert why_not_callable("get", url) == why


@given(url=TEXT, credentials=st.sampled_from(["", "user:hunter2@"]))
def test_a_reason_fits_its_column_and_tells_no_credentials(
    url: str, credentials: str
) -> None:
    why = why_not_callable("get", f"http://{credentials}{url}") or ""

    assert len(why) <= 100
    assert "hunter2" not in why


@pytest.mark.parametrize(
    "http_method",
    [
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "post",
        "Post",
        "put ",
    ],
)
def test_seven_methods_may_be_called_in_any_case(http_method: str) -> None:
    assert why_not_callable(http_method, "http://example.com/") is None


@pytest.mark.parametrize(
    "http_method",
    [
        *("", " ", "TRACE", "CONNECT", "BREW", "GETT", "G E T", "GET\r\n", "GET\x00"),
        *("po\u017ft", "opt\u0131ons", "\uff27\uff25\uff34"),
    ],
)
def test_any_other_method_is_refused(http_method: str) -> None:
    assert why_not_callable(http_method, "http://example.com/") == "bad method"


@pytest.mark.parametrize(
    ("timeout_secs", "effective"),
    [(-5, 1), (0, 1), (1, 1), (60, 60), (3600, 3600), (3601, 3600), (2**31 - 1, 3600)],
)
def test_a_timeout_is_held_between_one_second_and_the_limit(
    timeout_secs: int, effective: int
) -> None:
    assert effective_timeout(timeout_secs, 3600) == effective


@pytest.mark.parametrize(
    ("values", "obeyed"),
    [
        (["0"], 0),
        (["1"], 1),
        ([" 60 "], 60),
        (["007"], 7),
        (["86400"], 86_400),
        (["86401"], None),
        (["-1"], None),
        (["+1"], None),
        (["1.5"], None),
        (["1e3"], None),
        (["1_0"], None),
        (["٣"], None),
        (["9" * 5_000], None),
        (["soon"], None),
        ([""], None),
        ([], None),
        (["1", "2"], None),
        (["1, 2"], None),
    ],
)
def test_a_retry_delay_is_obeyed_only_as_one_number_of_seconds_up_to_a_day(
    values: list[str], obeyed: int | None
) -> None:
    assert obeyed_retry_delay(values) == obeyed


@pytest.mark.parametrize("codec", CODECS)
@given(text=TEXT, max_bytes=st.integers(0, 40))
def test_a_fitted_text_can_be_stored_and_is_not_longer_than_its_column(
    codec: str, text: str, max_bytes: int
) -> None:
    fitted = fit_text(text, codec, max_bytes)

    assert len(fitted.encode("utf-8" if codec == "utf8mb3" else codec)) <= max_bytes
    assert codec != "utf8mb3" or all(character <= "\uffff" for character in fitted)
    assert fit_text(fitted, codec, max_bytes) == fitted


@given(text=TEXT, max_bytes=st.integers(0, 40))
def test_a_text_is_cut_between_characters_and_no_earlier_than_it_must(
    text: str, max_bytes: int
) -> None:
    fitted = fit_text(text, max_bytes=max_bytes)

    assert text.startswith(fitted)
    following = text[len(fitted) : len(fitted) + 1]
    assert not following or len((fitted + following).encode()) > max_bytes


@pytest.mark.parametrize(
    ("codec", "fitted"),
    [
        ("utf-8", "a€😀ü"),
        ("utf8mb3", "a€?ü"),
        ("cp1252", "a€?ü"),
        ("iso8859-2", "a??ü"),
        ("ascii", "a???"),
    ],
)
def test_characters_the_column_does_not_have_become_question_marks(
    codec: str, fitted: str
) -> None:
    assert fit_text("a€😀ü", codec) == fitted


def test_a_text_column_holds_65535_bytes() -> None:
    assert fit_text("x" * 70_000) == "x" * 65_535
    assert fit_text("€" * 30_000) == "€" * 21_845
