"""The request target: path and query of the url as written, byte for byte."""

import pytest

from sq_console.processor.http.caller import Caller
from sq_console.processor.http.request_target import InvalidRequest, parse_target
from tests.handler import HandlerServer
from tests.processor.claimed_jobs import call, claimed

PUNCTUATION = "!\"$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""Printable ASCII but letters, digits and `#`, which begins what is not sent."""

EXACT = [
    *("/", "//", "///x//", "/a/", "/a//b", "/.", "/..", "/./", "/../", "/a/../b"),
    *("/a/./b", "/a/..", "/a/.", "/../../etc/passwd", "/.../x", "/a/%2e%2e/b", "/%2F"),
    *("/a?", "/?", "/a??", "/a?b?c", "/a?&&=", "/a?=", "/a?b=", "/a?../b/./c"),
    *("/%7e%7E%41", "/%c3%a9", "/%C3%A9", "/%zz", "/%", "/%2", "/a?%zz%", "/%00%0a"),
    *("/{id}", '/"quoted"', "/<tag>", "/a|b", "/a^b", "/a`b", "/a\\b", "/\\\\x\\.."),
    *("/a;b=1;c", "/a,b", "/a:b@c", "/http://other/", "/a'b", "/(a)*", "/$!", "/~x"),
    *("/a?{}", '/a?"', "/a?<>", "/a?|", "/a?^", "/a?`", "/a?\\", "/a?[]", "/a?z[]=1"),
    *("/a?x=%2F%3A%27", "/a?y=%2B%3D%26", "/a+b?c+d", "/a?b;c", "/a?@:/?", "/*"),
    *(f"/{PUNCTUATION.replace('?', '')}", f"/?{PUNCTUATION}"),
    "/" + "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "?#"),
]


@pytest.mark.parametrize("target", EXACT)
async def test_printable_ascii_is_sent_as_written(
    caller: Caller, handler: HandlerServer, target: str
) -> None:
    await call(caller, claimed(handler.url(target)))

    assert handler.requests[0].target == target


@pytest.mark.parametrize("code", range(0x21, 0x7F))
async def test_no_printable_character_is_changed_wherever_it_stands(
    caller: Caller, handler: HandlerServer, code: int
) -> None:
    character = chr(code)
    target = f"/a{character}/{character}b?{character}c={character}"

    await call(caller, claimed(handler.url(target)))

    kept = "/a" if character == "#" else target
    assert handler.requests[0].target == kept


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("", "/"),
        ("?", "/?"),
        ("?a=1", "/?a=1"),
        ("#frag", "/"),
        ("/a#frag?x", "/a"),
        ("/a?#frag", "/a?"),
        ("?#", "/?"),
        ("/é?ü={ß}", "/%C3%A9?%C3%BC={%C3%9F}"),
        ("/%e9é", "/%e9%C3%A9"),
        ("/😀/\u00a0\u0085\u202e", "/%F0%9F%98%80/%C2%A0%C2%85%E2%80%AE"),
    ],
)
async def test_characters_a_request_cannot_have_are_changed_as_the_readme_says(
    caller: Caller, handler: HandlerServer, written: str, sent: str
) -> None:
    await call(caller, claimed(handler.url(written)))

    assert handler.requests[0].target == sent


async def test_a_long_url_is_sent_as_written(
    caller: Caller, handler: HandlerServer
) -> None:
    target = "/a/../" + "{é}" * 9_000

    await call(caller, claimed(handler.url(target)))

    assert handler.requests[0].target == target.replace("é", "%C3%A9")


async def test_credentials_are_taken_out_and_nothing_else(
    caller: Caller, handler: HandlerServer
) -> None:
    await call(caller, claimed(handler.url("/a/../b?").replace("//", "//u:p@", 1)))

    (request,) = handler.requests
    assert request.target == "/a/../b?"
    assert request.headers["host"] == f"127.0.0.1:{handler.port}"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://API.example.com/x", "http://api.example.com"),
        ("http://api.example.com:80", "http://api.example.com"),
        ("HTTPS://u:p@api.example.com:443/x", "https://api.example.com"),
        ("https://api.example.com:80/x", "https://api.example.com:80"),
        ("http://[::1]:8080/?", "http://[::1]:8080"),
        ("http://bücher.example/", "http://xn--bcher-kva.example"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    assert parse_target("get", url).origin == origin


@pytest.mark.parametrize("url", ["http://h/\ud800", "http://h/a b", "http://h/\x7f"])
def test_a_url_that_cannot_be_sent_is_a_bad_url(url: str) -> None:
    with pytest.raises(InvalidRequest, match="bad url"):
        parse_target("get", url)
