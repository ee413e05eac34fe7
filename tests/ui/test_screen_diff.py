"""What is sent makes the screen that Textual meant, with fewer bytes."""

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st

from sq_console.ui.terminal.screen_diff import ScreenDiff

COLUMNS, LINES = 20, 6
_PENS = ("", "1;38;5;251;48;5;234", "38;5;203;48;5;234", "4;7", "31;42", "38;2;1;2;3")
_TEXTS = st.text("ab /", min_size=1, max_size=COLUMNS)
_PIECES = st.tuples(st.integers(0, 14), _TEXTS, st.sampled_from(_PENS))
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


def terminal() -> tuple[pyte.Screen, pyte.Stream]:
    screen = pyte.Screen(COLUMNS, LINES)
    return screen, pyte.Stream(screen)


def cells(screen: pyte.Screen) -> list[list[object]]:
    """What is seen: a blank has no colour but its background."""
    rows = [[screen.buffer[y][x] for x in range(COLUMNS)] for y in range(LINES)]
    return [
        [
            cell._replace(fg="default", bold=False)
            if cell.data == " " and not cell.reverse
            else cell
            for cell in row
        ]
        for row in rows
    ]


@settings(max_examples=200, deadline=None)
@given(_FRAMES)
def test_the_terminal_shows_what_was_meant(frames):
    meant, meant_stream = terminal()
    shown, shown_stream = terminal()
    diff = ScreenDiff()

    for frame in frames:
        text = written(frame)
        meant_stream.feed(text.replace("\x1b[?2026h", "").replace("\x1b[?2026l", ""))
        sent = diff.reduce(text, COLUMNS, LINES)
        shown_stream.feed(sent.replace("\x1b[?2026h", "").replace("\x1b[?2026l", ""))
        assert cells(shown) == cells(meant)


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
