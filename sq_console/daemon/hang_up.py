"""What SIGHUP means to a daemon.

It comes when a terminal is closed, and daemons get it to reopen their log: from
logrotate, and by `systemctl reload`. A queue that stopped then would stop without a
word. So a daemon drains only when it was started in a terminal and logs to no file.
"""

import os
from logging import INFO, WARNING

from sq_console.config import LogSettings
from sq_console.daemon.log.event_lines import message_line
from sq_console.daemon.log.event_log import EventLog

_STANDARD_STREAMS = (0, 1, 2)


class HangUp:
    """The answer to SIGHUP of one daemon; made at its start: later the terminal may be
    gone.
    """

    def __init__(self, settings: LogSettings, log: EventLog) -> None:
        self._file = settings.file
        self._log = log
        self.drains = not self._file and _has_terminal()
        """The terminal was closed: end in order."""

    def reopen_log(self) -> None:
        """Reopen the log file, when there is one."""
        if self._file:
            self._log.reopen()
            self._log.put(message_line(INFO, "log_reopened", "SIGHUP: log reopened"))
        else:
            words = "SIGHUP: nothing to reopen, the log is standard error; going on"
            self._log.put(message_line(WARNING, "hang_up_ignored", words))


def _has_terminal() -> bool:
    if any(os.isatty(number) for number in _STANDARD_STREAMS):
        return True
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
