"""One list of secrets: what is masked, what stays, and what no text can break."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sq_console.text.log_messages import calling
from sq_console.text.redact import (
    masks_in,
    redact_bytes,
    redact_headers,
    redact_text,
    redact_url,
    redact_userinfo,
)

TEXT = st.text(st.characters(codec="utf-8"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://example.com/", "http://example.com/"),
        ("http://user@example.com/", "http://***@example.com/"),
        ("http://user:pass@example.com/", "http://***@example.com/"),
        ("HTTPS://user:p@ss@example.com/", "HTTPS://***@example.com/"),
        ("http://example.com/who@where", "http://example.com/who@where"),
        ("http://example.com?who@where", "http://example.com?who@where"),
        ("http://example.com#who@where", "http://example.com#who@where"),
        (" http://user:pass@example.com/", " http://***@example.com/"),
        ("//user:pass@example.com/", "//***@example.com/"),
        ("ftp://user:pass@example.com/", "ftp://***@example.com/"),
        ("who@where", "who@where"),
        ("user:pass@example.com/x", "***@example.com/x"),
        ("http://user:pa/ss@example.com/", "http://***@example.com/"),
        ("http://user:pa?ss#@example.com/", "http://***@example.com/"),
        ("http://[::1]:80/who@where", "http://[::1]:80/who@where"),
        ("http://example.com:80/who@where", "http://example.com:80/who@where"),
        # as a list reads a longer one
        (f"http://user:{'x' * 487}", "http://***"),
        (f"http://user:1{'x' * 486}", "http://***"),
        ("", ""),
    ],
)
def test_credentials_before_the_host_are_not_shown(url: str, shown: str) -> None:
    assert redact_url(url) == shown


@given(credentials=TEXT.filter(lambda text: not set("/?#\\") & set(text)), rest=TEXT)
def test_any_credentials_are_replaced_and_the_rest_stays(
    credentials: str, rest: str
) -> None:
    redacted = redact_userinfo(f"http://{credentials}@example.com/{rest}")

    assert redacted == f"http://***@example.com/{rest}"


@given(url=TEXT)
def test_redacting_twice_is_redacting_once(url: str) -> None:
    assert redact_url(redact_url(url)) == redact_url(url)


PARAMETERS = (
    *("token", "key", "api_key", "apiKey", "API-KEY", "access_token", "id_token"),
    *("signature", "sig", "password", "passwd", "pwd", "pass", "secret", "code"),
    *("client_secret", "X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token"),
    *("AWSAccessKeyId", "auth", "authToken", "jwt", "sid", "jsessionid", "otp"),
    *("%74oken", "api%5Fkey", "acce%73s_token", "user[password]", "auth%5Bkey%5D"),
)


@pytest.mark.parametrize("name", [*PARAMETERS, *map(str.upper, PARAMETERS)])
@pytest.mark.parametrize("before", ["?", "?page=2&", "?page=2;", "#", "?page=2#a=1&"])
def test_a_secret_parameter_is_masked_wherever_it_stands(name: str, before: str):
    url = f"http://h.example/x{before}{name}="

    shown = f"{url}***&last=1"

    assert redact_url(f"{url}hu/sh:1+2==&last=1") == shown
    assert redact_text(f"calling {url}hu/sh:1+2==&last=1 now") == f"calling {shown} now"


@pytest.mark.parametrize(
    "url",
    [
        "http://h.example/a?page=2&author=eve&country_code=DE&keyword=x&monkey=1",
        "http://h.example/token/key;v=1?sort=desc&order=7#part=2",
        "http://h.example/?token=&key",
    ],
)
def test_what_is_no_secret_stays(url: str):
    assert redact_url(url) == redact_text(url) == url


def test_a_url_in_a_parameter_gives_nothing_away():
    inside = "https%3A%2F%2Fu%3Ahush%40h%2F%3Ftoken%3Dhush%26a%3D1"
    twice = "http://u:hush@h/?sig=hush"

    assert redact_url(f"http://a/?next={inside}&b=2") == (
        "http://a/?next=https%3A%2F%2F***%40h%2F%3Ftoken%3D***%26a%3D1&b=2"
    )
    assert (
        redact_url(f"http://a/?next={twice}") == "http://a/?next=http://***@h/?sig=***"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"a": 1.10, "token": "hush", "b": 2}', '{"a": 1.10, "token": "***", "b": 2}'),
        (r'{"t\u006fken": "hush"}', r'{"t\u006fken": "***"}'),
        ('{"password":123,"x":1}', '{"password":"***","x":1}'),
        ('{"n": {"client_secret": "hu\\"sh"}}', '{"n": {"client_secret": "***"}}'),
        (
            r'{"b": "{\"token\":\"hush\",\"x\":1}"}',
            r'{"b": "{\"token\":\"***\",\"x\":1}"}',
        ),
        ('{"Cookie": ["hush", "hush"]}', '{"Cookie": "***"}'),
        (
            r'{"u":"http:\/\/u:hush@h\/?a=1\u0026key=hu\/sh"}',
            r'{"u":"http:\/\/***@h\/?a=1\u0026key=***"}',
        ),
        ('{"token": "cut he', '{"token": "***'),
        ('{"password": {"x": "hush}"}, "b": 2}', '{"password": "***", "b": 2}'),
        ('{"api-key": ["hush", ["hush"]]}', '{"api-key": "***"}'),
        ('{"credentials": [{"token": "hush", "x": ["hu', '{"credentials": "***"'),
        (
            r'{"b": "{\"auth\": {\"x\": [\"hush\"]}, \"y\": 1}"}',
            r'{"b": "{\"auth\": \"***\", \"y\": 1}"}',
        ),
        (
            'Authorization: Digest username="u", response="hush"\r\nX: "1"',
            'Authorization: ***\r\nX: "1"',
        ),
        (
            'Content-Disposition: form-data; name="password"\r\n\r\nhu\r\nsh\r\n--b--',
            'Content-Disposition: form-data; name="password"\r\n\r\n***\r\n--b--',
        ),
        ("user=eve&password=hush&page=2", "user=eve&password=***&page=2"),
        ("sent Authorization: Basic aHVzaA==\nX: 1", "sent Authorization: ***\nX: 1"),
        ("refused: Bearer aGVs.bG8x", "refused: Bearer ***"),
        ("cannot reach 'http://u:hush@h/': no", "cannot reach 'http://***@h/': no"),
    ],
)
def test_free_text_gives_nothing_away(text: str, shown: str):
    assert redact_text(text) == shown
    assert redact_text(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "[JOBID 7] Job killed by ops@web1 via 10.0.0.5",
        "http://host.example: connection refused",
        "bearer authentication failed: exit code=1, key=4",
        '{"max_tokens": 5, "auth": null, "code": 42, "sort_key": "a", "author": "eve"}',
    ],
)
def test_words_about_secrets_are_none(text: str):
    assert redact_text(text) == text


def test_headers_are_masked_by_name_and_looked_into():
    raw = json.dumps(
        {
            "Authorization": "Bearer hush",
            "X-Routing-Key": "hush",
            "Referer": "http://u:hush@h/?token=hush",
            "X-Author": "eve",
        }
    )

    assert redact_headers(raw) == {
        "Authorization": "***",
        "X-Routing-Key": "***",
        "Referer": "http://***@h/?token=***",
        "X-Author": "eve",
    }
    assert redact_headers('{"Cookie": "hush"') == '{"Cookie": "***"'
    assert redact_headers('{"N": 1.10}') == {"N": "1.10"}
    assert redact_headers("") is redact_headers("null") is None


def test_a_body_of_any_bytes_keeps_all_others():
    body = b'\xff\x00{"token": "hush"}\r\n'

    assert redact_bytes(body) == b'\xff\x00{"token": "***"}\r\n'


def test_a_mask_that_would_be_written_is_seen():
    assert list(masks_in("http://***@h/")) == ["url"]
    assert list(masks_in("http://h/?key=***")) == ["url"]
    assert list(masks_in(None, '{"X-Api-Key": "***"}')) == ["headers"]
    assert list(masks_in(None, None, b'{"password": "***"}')) == ["body"]
    assert not list(masks_in("http://h/?q=***&key=x", '{"X": "***"}', b"*** hello"))


@pytest.mark.parametrize(
    ("part", "kept"),
    [
        ("url", "http://user:***@h/"),
        ("headers", '{"Authorization": "Bearer ***"}'),
        ("headers", '{"Referer": "http://h/?token=***"}'),
        ("headers", '{"Referer": "http://***@h/"}'),
        ("body", "Bearer ***"),
        ("body", 'Content-Disposition: form-data; name="pw"\n\n***\n--b--'),
    ],
)
def test_a_mask_is_seen_wherever_one_is_shown(part: str, kept: str):
    raw = kept.encode() if part == "body" else kept

    assert [*masks_in(**{part: raw})] == [part]  # type: ignore[arg-type]


def test_the_row_of_a_call_has_its_parameters():
    """People look for them in the table; what shows the row masks them."""
    msg = calling(7, "post", "http://u:hush@h/?token=abc", 120)

    assert msg.endswith(" on url http://***@h/?token=abc (timeout 120)")


@given(text=TEXT)
def test_masking_a_text_twice_is_masking_it_once(text: str):
    assert redact_text(redact_text(text)) == redact_text(text)


PIECES = ("a:x/", "http://", "http://a:x/", "a&", "a=", "%25", "%3A%2F%2F", '"', "\\")
LONG = (*PIECES, "a.b-", "x: ", "x-", "token=", '"token":', '"token":"', "[", "://@")


@pytest.mark.mostly_slow(5)
@pytest.mark.parametrize("piece", LONG)
def test_no_text_is_too_long(piece: str):
    """What grows with the square of a text would be ended by the test's timeout."""
    redact_text(piece * (400_000 // len(piece)))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"password": "hush"}, '{"password": "***"}'),
        (["https://u:hush@a.example/"], '["https://***@a.example/"]'),
        ({"page": 2}, {"page": 2}),
        (7, 7),
        (None, None),
    ],
)
def test_a_secret_in_a_header_that_is_no_string_is_masked(value: object, shown: object):
    assert redact_headers(json.dumps({"X-Config": value})) == {"X-Config": shown}
