"""A field of one line, into which several lines may be pasted.

A terminal breaks a long url over two lines, and it is copied like that. Textual's field
takes the first line silently; this one joins all lines and posts a message.
"""

from collections.abc import Callable

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


class NumberField(OneLine):
    """A field for a number. Any other character is a key of the dialog around it."""

    def __init__(self, on_other_key: Callable[[str], None], *, id: str) -> None:
        super().__init__(id=id, restrict="[0-9,. ]*")
        self._on_other_key = on_other_key

    async def _on_key(self, event: events.Key) -> None:
        character = event.character or ""
        if event.is_printable and character not in "0123456789,. ":
            event.stop()
            event.prevent_default()
            self._on_other_key(character)
        else:
            await super()._on_key(event)

    def number(self) -> str:
        """Return the digits typed."""
        return "".join(filter(str.isdigit, self.value))


class Words(OneLine):
    """A field of words: lines are joined with a blank."""

    GLUE = " "
