"""How many outcomes go into one statement."""

from collections.abc import Iterator, Sequence

from sq_console.model import Outcome
from sq_console.store.json_param import max_statement_bytes

BATCH = 100
BATCH_BYTES = 1_000_000
"""Of one statement: a server may take no more than a megabyte at once
(`max_allowed_packet`), and closes the connection when more is sent.
"""
_ROW_BYTES = 1_000
"""The rest of a row: keys, numbers, names."""


def batches(outcomes: Sequence[Outcome]) -> Iterator[list[Outcome]]:
    """Yield *outcomes* in their order, in lists that a server accepts."""
    batch: list[Outcome] = []
    size = 0
    for outcome in outcomes:
        bytes_ = _statement_bytes(outcome)
        if batch and (len(batch) == BATCH or size + bytes_ > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(outcome)
        size += bytes_
    if batch:
        yield batch


def _statement_bytes(outcome: Outcome) -> int:
    """Return how many bytes of a statement it takes at most: of its row or its log."""
    row = (outcome.response or "", outcome.url or "")
    log = [line.msg for line in outcome.log]
    return max(
        _ROW_BYTES + sum(map(max_statement_bytes, row)),
        _ROW_BYTES * len(log) + sum(map(max_statement_bytes, log)),
    )
