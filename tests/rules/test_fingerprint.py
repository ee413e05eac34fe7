"""What varies between two failures of one cause is not in their fingerprint."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sq_console.rules.fingerprint import MESSAGE_CHARS, fingerprint

TABLE = [
    ("deadlock on invoice 49221 (tx 9f3a2c)", "deadlock on invoice # (tx #)"),
    ("deadlock on invoice 7 (tx deadbeef)", "deadlock on invoice # (tx #)"),
    ("tx abcdef failed", "tx # failed"),
    ("tx abcde failed", "tx abcde failed"),
    ("/v1/orders/8812/notify", "/v#/orders/#/notify"),
    ("/jobs/0c5f4c1e-7d0b-4a52-9d9b-2f1a53c0d1aa", "/jobs/#"),
    ("at 2026-09-12T14:02:11.123Z it broke", "at # it broke"),
    ("at 2026-09-12 14:02:11 it broke", "at # it broke"),
    ("waited 1,204.5 ms", "waited # ms"),
    ("no user 'anna' here", "no user # here"),
    ('no user "anna b" here', "no user # here"),
    ("can't connect, won't retry", "can't connect, won't retry"),
    ("mail to anna.b+x@mail.example.com bounced", "mail to # bounced"),
    ("peer 10.0.0.12:443 gone", "peer # gone"),
    ("request req9f3a2c7 lost", "request # lost"),
    ("order_88231 unknown", "order_# unknown"),
    ("pointer 0x7ffdeadbeef", "pointer #"),
    ("  two\n\tlines  ", "two lines"),
    ('it said "and never end', "it said #"),
    ("ConnectionPoolTimeoutException", "ConnectionPoolTimeoutException"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "folded"), TABLE)
def test_what_varies_is_folded(text: str, folded: str):
    assert fingerprint(text) == folded


@given(st.text(max_size=400))
def test_any_text_has_a_short_fingerprint_on_one_line(text: str):
    folded = fingerprint(text)

    assert len(folded) <= MESSAGE_CHARS
    assert folded == " ".join(folded.split())


@given(st.integers(0, 10**30), st.integers(0, 10**30))
def test_numbers_do_not_matter(one: int, other: int):
    text = "order {} is not there"

    assert fingerprint(text.format(one)) == fingerprint(text.format(other))


hexes = st.text("0123456789abcdef", min_size=6, max_size=40)


@given(hexes, hexes)
def test_hex_ids_do_not_matter(one: str, other: str):
    text = "no session {} (expired)"

    assert fingerprint(text.format(one)) == fingerprint(text.format(other))


words = st.text("abcdefgh.+-_0123456789", min_size=1, max_size=30)


@given(st.uuids(), words, words)
def test_uuids_and_addresses_do_not_matter(uuid, user: str, domain: str):
    text = f"{uuid} of <{user}@{domain.replace('.', 'x').replace('+', 'x')}.example>"

    assert fingerprint(text) == "# of <#>"


@given(st.text(st.characters(exclude_characters='"'), max_size=60))
def test_what_is_quoted_does_not_matter(name: str):
    assert fingerprint(f'no field "{name}" here') == "no field # here"


def test_a_long_text_is_one_with_another_that_differs_beyond_the_end():
    begin = "the upstream said: " + "no " * 40

    assert fingerprint(f"{begin} {'x' * 300}") == fingerprint(f"{begin} {'y' * 900}")


def test_a_text_cut_inside_an_id_is_one_with_another():
    begin = " ".join(["123456789"] * 18)  # 179 characters, folded to 35

    assert fingerprint(f"{begin} lost: {'a' * 40}") == fingerprint(
        f"{begin} lost: zz{'9' * 40}"
    )
