"""What is written of an outcome that the database refuses as it is."""

from collections.abc import Iterator
from dataclasses import replace

from sq_console.model import LogLine, Outcome
from sq_console.text.log_messages import noted


def simplified(outcome: Outcome) -> Iterator[Outcome]:
    """*outcome* in plain ASCII and without the texts of the answer, but with what the
    handler has ordered; then without that, and without any word on what went wrong.
    """
    url = outcome.url if outcome.url is not None and outcome.url.isascii() else None
    bare = replace(
        outcome,
        error=None if outcome.error is None else "text refused by the database",
        response=None,
        url=url,
        headers=outcome.headers if url else None,
        log=tuple(
            LogLine(
                line.event, noted(outcome.job_id, f"{line.event} (text not storable)")
            )
            for line in outcome.log
        ),
    )
    yield bare
    yield replace(
        bare,
        error=None,
        status_code=None,
        retry_delay_secs=None,
        url=None,
        headers=None,
    )
