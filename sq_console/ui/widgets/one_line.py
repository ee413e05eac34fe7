"""A field of one line, into which several lines may be pasted.

A terminal breaks a long url over two lines, and it is copied like that. Textual's field
takes the first line silently; this one joins all lines and posts a message.
"""

from textual import events
from textual.message import Message
from textual.widgets import Input


class OneLine(Input):
    """Lines are joined with `GLUE`, without the blanks around their breaks."""

    GLUE = ""

    class Joined(Message):
        """Several lines were pasted and joined into one."""

        def __init__(self, lines: int) -> None:
            super().__init__()
            self.lines = lines

    def on_paste(self, event: events.Paste) -> None:
        """Join the lines of a text that has several; Textual pastes one line itself."""
        lines = [line.strip() for line in event.text.strip().splitlines()]
        if len(lines) > 1:
            event.prevent_default()
            event.stop()
            self.replace(self.GLUE.join(lines), *self.selection)
            self.post_message(self.Joined(len(lines)))


class Words(OneLine):
    """A field of words: lines are joined with a blank."""

    GLUE = " "
