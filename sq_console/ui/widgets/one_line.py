"""A field of one line, into which a text of several may be pasted.

A terminal breaks a long url over two lines, and that is how it is copied. Textual's
field takes the first line and says nothing; this one takes all, joined, and says so.
"""

from textual import events
from textual.message import Message
from textual.widgets import Input


class OneLine(Input):
    """Lines are joined with `GLUE`, without the blanks around their breaks."""

    GLUE = ""

    class Joined(Message):
        """So many lines were pasted, and are one now."""

        def __init__(self, lines: int) -> None:
            super().__init__()
            self.lines = lines

    def on_paste(self, event: events.Paste) -> None:
        """Of one line: as ever."""
        lines = [line.strip() for line in event.text.strip().splitlines()]
        if len(lines) > 1:
            event.prevent_default()
            event.stop()
            self.replace(self.GLUE.join(lines), *self.selection)
            self.post_message(self.Joined(len(lines)))


class Words(OneLine):
    """A field whose lines stay apart by a blank."""

    GLUE = " "
