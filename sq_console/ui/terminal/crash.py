"""A bug of ours has ended the console: the traceback goes to the log, the operator gets
one line. Textual would print it with all local variables, other people's jobs among
them, on a terminal at three in the morning.
"""

import logging

from rich.text import Text

from sq_console.text.redact import redact_text
from sq_console.text.sanitize import clean

_log = logging.getLogger(__name__)


def crash_report(error: BaseException | None) -> Text:
    """Log *error*; the line that says so."""
    _log.error("the console broke", exc_info=error)
    words = clean(redact_text(f"{type(error).__name__}: {error}"), 200)
    return Text(f"sq-console: the console broke: {words} (see its log)")
