"""What is sent makes the screen that Textual meant, with fewer bytes."""

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sq_console.ui.terminal.screen_diff import ScreenDiff, keeps_colour

COLUMNS, LINES = 40, 6
_PENS = (
    "",
    "1",
    "48;5;234",
    "1;38;5;251;48;5;234",
    "38;5;203;48;5;234",
    "1;3;38;5;203;48;5;234",
    "4;7",
    "4;9;48;5;234",
    "31;42",
    "1;91;102",
    "38;2;1;2;3",
    "38;2;208;208;208;48;2;28;28;28",
    "5;38;2;95;175;255;48;2;28;28;28",
)
_LETTERS = st.text("ab /", min_size=1, max_size=COLUMNS)
_BLANKS = st.integers(1, COLUMNS).map(lambda number: " " * number)
_WIDE = st.sampled_from(("漢字", "a漢 b"))
_TEXTS = st.one_of(_LETTERS, _BLANKS, _LETTERS, _BLANKS, _WIDE)
_PIECES = st.tuples(st.integers(0, COLUMNS - 6), _TEXTS, st.sampled_from(_PENS))
_ROWS = st.tuples(st.integers(0, LINES - 1), st.lists(_PIECES, max_size=4))
_FRAMES = st.lists(st.lists(_ROWS, max_size=LINES), max_size=5)


def written(rows: list[tuple[int, list[tuple[int, str, str]]]]) -> str:
    """As Textual writes: a move, then pieces that each set and reset their colours."""
    out = ["\x1b[?2026h"]
    for row, pieces in rows:
        for column, text, pen in pieces:
            fitting = text[: COLUMNS - column]
            styled = f"\x1b[{pen}m{fitting}\x1b[0m" if pen else fitting
            out.append(f"\x1b[{row + 1};{column + 1}H{styled}")
        out.append("\n" if row + 1 < LINES else "")
    return "".join([*out, "\x1b[?2026l"])


class Forgetful(pyte.Screen):
    """Erases without colour, as GNU screen does."""

    def erase_in_line(self, how=0, private=False):
        self._without_pen(lambda: super(Forgetful, self).erase_in_line(how, private))

    def erase_characters(self, count=None):
        self._without_pen(lambda: super(Forgetful, self).erase_characters(count))

    def _without_pen(self, erase):
        pen, self.cursor.attrs = self.cursor.attrs, self.default_char
        erase()
        self.cursor.attrs = pen


def terminal(kind: type[pyte.Screen] = pyte.Screen) -> tuple[pyte.Screen, pyte.Stream]:
    screen = kind(COLUMNS, LINES)
    return screen, pyte.Stream(screen)


def cells(screen: pyte.Screen) -> list[list[object]]:
    """What is seen: a blank has no colour but its background."""
    rows = [[screen.buffer[y][x] for x in range(COLUMNS)] for y in range(LINES)]
    return [
        [
            cell._replace(fg="default", bold=False, italics=False, blink=False)
            if cell.data == " "
            and not (cell.reverse or cell.underscore or cell.strikethrough)
            else cell
            for cell in row
        ]
        for row in rows
    ]


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize(
    ("kind", "keeps"), [(pyte.Screen, True), (pyte.Screen, False), (Forgetful, False)]
)
@settings(max_examples=200, deadline=None)
@given(frames=_FRAMES)
def test_the_terminal_shows_what_was_meant(kind, keeps, frames):
    meant, meant_stream = terminal()
    shown, shown_stream = terminal(kind)
    diff = ScreenDiff(keeps_colour=keeps)

    for frame in frames:
        text = written(frame)
        meant_stream.feed(text.replace("\x1b[?2026h", "").replace("\x1b[?2026l", ""))
        sent = diff.reduce(text, COLUMNS, LINES)
        shown_stream.feed(sent.replace("\x1b[?2026h", "").replace("\x1b[?2026l", ""))
        assert cells(shown) == cells(meant)


@pytest.mark.mostly_slow(1)
@pytest.mark.parametrize("keeps", [True, False])
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_rows_that_move_are_shown_as_they_were_meant(keeps, data):
    """A list is scrolled: its rows are painted anew, with a cursor and a scroll bar."""
    names = st.sampled_from([f"{n} row {n * 7}" for n in range(20)] + ["", "same"])
    rows = data.draw(st.lists(names, min_size=30, max_size=30))
    tops = data.draw(st.lists(st.integers(0, 24), min_size=2, max_size=8))
    meant, meant_stream = terminal()
    shown, shown_stream = terminal(pyte.Screen if keeps else Forgetful)
    diff = ScreenDiff(keeps_colour=keeps)

    for top in tops:
        first, last, cursor = (data.draw(st.integers(0, LINES - 1)) for _ in range(3))
        text = "".join(
            f"\x1b[{y + 1};1H\x1b[48;5;{237 if y == cursor else 233}m"
            f"{'>' if y == cursor else ' '} \x1b[1m{rows[top + y]:{COLUMNS - 3}}"
            f"{'|' if y == top // 5 else ' '}\x1b[0m"
            for y in range(min(first, 1), max(last, 4) + 1)
        )
        meant_stream.feed(text)
        shown_stream.feed(diff.reduce(text, COLUMNS, LINES))
        assert cells(shown) == cells(meant)


@pytest.mark.parametrize("by", [1, 2, -1, -2])
def test_a_text_that_is_scrolled_is_not_sent_again(by):
    diff = ScreenDiff()
    lines = [chr(ord("a") + number) * COLUMNS for number in range(20)]
    for top in (5, 5 + by):
        rows = [(y, [(0, lines[top + y], "1")]) for y in range(LINES)]
        sent = diff.reduce(written(rows), COLUMNS, LINES)

    assert sum(sent.count(line) for line in lines) == abs(by)


def test_cells_that_stay_are_not_sent_again():
    diff, text = ScreenDiff(), written([(2, [(0, "due 12 late", "31;42")])])
    diff.reduce(text, COLUMNS, LINES)

    again = diff.reduce(text, COLUMNS, LINES)
    other = diff.reduce(text.replace("12", "13"), COLUMNS, LINES)

    assert again == "\x1b[?2026h\x1b[?2026l"
    assert "3" in other
    assert "late" not in other


def test_only_the_colour_that_changes_is_set():
    diff = ScreenDiff()
    text = "\x1b[1;1H\x1b[38;5;1;48;5;9ma\x1b[0m\x1b[38;5;2;48;5;9mb\x1b[0m"

    assert diff.reduce(text, COLUMNS, LINES).endswith("a\x1b[38;5;2mb")


def test_what_another_size_or_program_painted_is_unknown():
    diff, text = ScreenDiff(), written([(0, [(0, "abc", "")])])
    diff.reduce(text, COLUMNS, LINES)

    assert "abc" in diff.reduce(text, COLUMNS + 1, LINES)
    diff.forget()
    assert "abc" in diff.reduce(text, COLUMNS + 1, LINES)
    diff.reduce("\x1b[2J", COLUMNS + 1, LINES)
    assert "abc" in diff.reduce(text, COLUMNS + 1, LINES)


def test_wide_text_is_sent_whole_and_its_row_again():
    diff, text = ScreenDiff(), "\x1b[1;1H漢字 ok"
    diff.reduce(text, COLUMNS, LINES)

    assert "漢字 ok" in diff.reduce(text, COLUMNS, LINES)


def test_the_colours_are_reset_before_the_screen_is_given_back():
    diff = ScreenDiff()
    sent = diff.reduce("\x1b[1;1H\x1b[31mred\x1b[0m\x1b[?1049l", COLUMNS, LINES)

    assert sent.endswith("\x1b[0m\x1b[?1049l")


def test_blanks_to_the_end_of_a_line_are_erased():
    diff = ScreenDiff()
    diff.reduce(written([(0, [(0, "a" * COLUMNS, "48;5;234")])]), COLUMNS, LINES)
    blanks = written([(0, [(2, " " * (COLUMNS - 2), "48;5;234")])])

    assert diff.reduce(blanks, COLUMNS, LINES) == (
        "\x1b[?2026h\x1b[1;3H\x1b[K\x1b[?2026l"
    )


def test_what_has_one_pen_is_sent_before_what_has_another():
    """A move of the cursor is shorter than a change of colours."""
    grey, white = "38;5;245;48;5;233", "1;38;5;251;48;5;233"
    rows = [(row, [(0, "1s", grey), (3, "77", white)]) for row in range(4)]

    sent = ScreenDiff().reduce(written(rows), COLUMNS, LINES)

    assert sent.count("m") == 2
    assert sent.rindex("1s") < sent.index("77")


def test_a_colour_is_said_in_the_shortest_way_that_is_the_same():
    diff = ScreenDiff()
    text = "\x1b[1;1H\x1b[38;2;208;208;208;48;2;28;58;74ma\x1b[0m"

    assert "\x1b[0;38;5;252;48;2;28;58;74ma" in diff.reduce(text, COLUMNS, LINES)


@pytest.mark.parametrize(
    ("environ", "keeps"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "tmux-256color"}, True),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"}, True),
        ({"TERM": "screen-256color"}, False),
        ({"TERM": "xterm-256color", "STY": "1.pts-0"}, False),
        ({"TERM": "vt220"}, False),
    ],
)
def test_terminals_that_erase_without_colour_are_known(environ, keeps):
    assert keeps_colour(environ) is keeps
