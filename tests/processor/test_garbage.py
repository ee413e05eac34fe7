"""A call that was answered leaves nothing for the garbage collector: whatever is made
for a call is freed with it. Circles would be looked through while other calls wait.
"""

import gc
from collections.abc import Iterator

import pytest

from sq_console.processor.http.caller import Caller
from tests.handler import HandlerServer
from tests.processor.claimed_jobs import call, claimed

CALLS = 20


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Nothing but the test itself collects garbage."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("answer", ["/ok", "/answer?status=503", "/answer?status=204"])
async def test_an_answered_call_leaves_no_circles(
    caller: Caller, handler: HandlerServer, answer: str
) -> None:
    await call(caller, claimed(handler.url(answer)))
    gc.collect()  # what the first call has set up

    for _ in range(CALLS):
        await call(caller, claimed(handler.url(answer)))

    assert gc.collect() < CALLS
