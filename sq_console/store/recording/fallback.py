"""The simpler outcomes that are tried when the database refuses one as it is."""

from collections.abc import Iterator

from sq_console.model import LogLine, Outcome
from sq_console.text.log_messages import noted


def simplified(outcome: Outcome) -> Iterator[Outcome]:
    """Yield *outcome* in plain ASCII and without the texts of the answer, but with the
    url, headers and delay that the handler has set; then without those, and without the
    error.
    """
    url = outcome.url if outcome.url is not None and outcome.url.isascii() else None
    plain = outcome._replace(
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
    yield plain
    yield plain._replace(
        error=None,
        status_code=None,
        retry_delay_secs=None,
        url=None,
        headers=None,
    )
