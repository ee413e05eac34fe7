"""Input from a terminal, taken apart, however it is split over reads."""

import pytest
from textual import events
from textual.message import Message

from sq_console.ui.terminal.driver import ConsoleParser
from sq_console.ui.terminal.input_filter import (
    LONGEST_SECS,
    PASTE_SECS,
    REPLY_SECS,
    Kind,
    Piece,
    decoder,
)

REPLIES = {
    "colour, BEL": b"\x1b]11;rgb:1e1e/1e1e/1e1e\x07",
    "colour, ST": b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\",
    "colour, 8 bits": b"\x9d11;rgb:1e1e/1e1e/1e1e\x9c",
    "colour, 8 bits in UTF-8": "\x9d11;rgb:1e1e/1e1e\x9c".encode(),
    "clipboard": b"\x1b]52;c;a3JLeQ==\x07",
    "version": b"\x1bP>|XTerm(380)\x1b\\",
    "setting": b"\x1bP1$r0 q\x1b\\",
    "capability": b"\x90" + b"1+r524742=38\x9c",
    "graphics": b"\x1b_Gi=31;OK\x1b\\",
    "privacy message": b"\x1b^rKqy\x1b\\",
    "start of string": b"\x1bXrKqy\x1b\\",
    "attributes": b"\x1b[?62;1;6;22c",
    "attributes, 8 bits": b"\x9b>0;276;0c",
    "keyboard": b"\x1b[?25u",
    "status": b"\x1b[0n",
    "size": b"\x1b[8;24;80t",
    "title with a bell in a DCS": b"\x1bP>|r\x07K\x1b\\",
    "no such character": b"\x1b[99999999;1u",
}


def pieces(*reads: bytes, gap_secs: float = 0.05) -> list[Piece]:
    """What comes of *reads*, one after the other, and of the time after them."""
    given = ConsoleParser().input
    decode = decoder().decode
    found: list[Piece] = []
    now = 100.0
    for read in reads:
        found += given.feed(decode(read), now)
        now += gap_secs
        found += given.tick(now)
    found += given.tick(now + PASTE_SECS)
    assert not given.is_waiting
    return found


def messages(*reads: bytes) -> list[Message]:
    parser, decode = ConsoleParser(), decoder().decode
    return [message for read in reads for message in parser.feed(decode(read))]


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_is_swallowed_wherever_it_is_split(name: str):
    reply = REPLIES[name]
    for at in range(len(reply)):
        found = pieces(reply[:at], reply[at:] + b"q")
        assert found == [(Kind.TEXT, "q")], f"split at {at}"
    assert pieces(*(bytes([byte]) for byte in reply), b"q") == [(Kind.TEXT, "q")]


@pytest.mark.parametrize("name", REPLIES)
def test_the_rest_of_a_reply_that_comes_late_is_no_key(name: str):
    reply = REPLIES[name]
    for at in range(1, len(reply)):
        found = pieces(reply[:at], reply[at:], b"q", gap_secs=0.5)
        assert [text for kind, text in found if kind is not Kind.ESCAPE] == ["q"], at


def test_replies_among_keys_take_none_with_them():
    whole = b"".join(b"j" + reply for reply in REPLIES.values()) + b"k"
    assert pieces(whole) == [(Kind.TEXT, "j" * len(REPLIES) + "k")]


@pytest.mark.parametrize(
    ("read", "key"),
    [
        (b"\x1b[A", "up"),
        (b"\x1bOA", "up"),
        (b"\x9bA", "up"),
        (b"\x1b[6~", "pagedown"),
        (b"\x1bOQ", "f2"),
        (b"\x1b[[B", "f2"),
        (b"\x1b[Z", "shift+tab"),
        (b"\x1b[114;;114u", "r"),
        (b"\x1b[99;5u", "ctrl+c"),
        (b"\x1b[1;5C", "ctrl+right"),
        (b"\x1bx", "alt+x"),
        (b"\x03", "ctrl+c"),
        ("é".encode(), "é"),
    ],
)
def test_keys_stay_keys_wherever_they_are_split(read: bytes, key: str):
    for at in range(len(read)):
        (message,) = messages(read[:at], read[at:])
        assert isinstance(message, events.Key)
        assert message.key in (key, "latin_small_letter_e_with_acute")


@pytest.mark.parametrize(
    ("read", "kind"),
    [
        (b"\x1b[<0;5;7M", events.MouseDown),
        (b"\x1b[<64;5;7M", events.MouseScrollUp),
        (b"\x1b[I", events.AppFocus),
        (b"\x1b[O", events.AppBlur),
        (b"\x1b[12;40R", events.CursorPosition),
        (b"\x1b[48;40;120;800;1200t", events.Resize),
        (b"\x1b[200~r K\x1b[201~", events.Paste),
    ],
)
def test_reports_are_reports_wherever_they_are_split(read: bytes, kind: type[Message]):
    for at in range(len(read)):
        (message,) = messages(read[:at], read[at:])
        assert type(message) is kind


def test_the_old_mouse_report_is_no_key():
    assert pieces(b"\x1b[MrKqj") == [(Kind.TEXT, "j")]


def test_a_lone_esc_is_the_escape_key_after_a_moment():
    given = ConsoleParser().input
    assert given.feed("\x1b", 100.0) == []
    assert given.tick(100.05) == []
    assert given.tick(100.11) == [(Kind.ESCAPE, "")]
    assert pieces(b"\x1b\x1b") == [(Kind.ESCAPE, "")] * 2
    assert pieces(b"\x1b\r") == [(Kind.ESCAPE, ""), (Kind.TEXT, "\r")]


def test_a_paste_is_one_paste_whatever_is_in_it():
    inside = "r\x1b]11;x\x07 \x1b[A K \x1b" + "q" * 40 + "\r\nend"
    whole = f"\x1b[200~{inside}\x1b[201~j".encode()
    for at in range(len(whole)):
        assert pieces(whole[:at], whole[at:]) == [
            (Kind.PASTE, inside),
            (Kind.TEXT, "j"),
        ]
    assert pieces(b"\x1b[200~rK", b"qq", gap_secs=5) == [(Kind.PASTE, "rKqq")]


def test_a_string_that_never_ends_does_not_keep_the_keyboard():
    given = ConsoleParser().input
    assert given.feed("\x1b]52;c;rKq", 100.0) == []
    assert given.feed("j", 100.5) == []
    assert given.feed("j", 100.0 + REPLY_SECS) == [(Kind.TEXT, "j")]


def test_a_long_string_that_still_comes_is_still_swallowed_for_a_while():
    given = ConsoleParser().input
    assert given.feed("\x1b]52;c;", 100.0) == []
    for step in range(1, 9):
        assert given.feed("rKq" * 1_000, 100.0 + step) == []
    late = given.feed("r" * 99, 100.0 + LONGEST_SECS)
    assert late == [(Kind.TEXT, "r" * 99)]


def test_an_esc_breaks_a_string_off_and_begins_what_it_says():
    assert pieces(b"\x1b]11;rgb\x1b[A") == [(Kind.SEQUENCE, "\x1b[A")]


def test_bytes_that_are_no_text_are_shown_as_such():
    assert pieces(b"\xff\x85a") == [(Kind.TEXT, "\ufffda")]
