"""A temporary failure as the processor has recorded it."""

from sq_console.model import (
    LogEvent,
    LogLine,
    Outcome,
    ResultCode,
)
from sq_console.text.log_messages import calling, failed_temporarily

CALL = calling(7, "post", "http://u:p@a/", 60)


def outcome(text: str, result: ResultCode = ResultCode.TEMPORARY) -> Outcome:
    log = (
        LogLine(LogEvent.CALLED, CALL),
        LogLine(LogEvent.FAILED_TEMPORARILY, failed_temporarily(7, text), 503, 12),
    )
    return Outcome(7, 2, result, 503, "http 503", text, 12, log)
