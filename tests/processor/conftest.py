"""What tests of the calling side ask for: a handler, and callers to call it."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import pytest

from sq_console.config import ApiSettings, DbSettings, ProcessorSettings, Settings
from sq_console.model import Listening
from sq_console.processor.http.caller import Caller
from tests.handler import HandlerServer
from tests.processor.claimed_jobs import SQLITE, UUID

MakeCaller = Callable[..., Awaitable[Caller]]


@pytest.fixture
def handler() -> Iterator[HandlerServer]:
    """A handler nobody has called yet."""
    with HandlerServer() as server:
        yield server


@pytest.fixture
async def make_caller() -> AsyncIterator[MakeCaller]:
    """Opens callers with other settings than the defaults."""
    async with AsyncExitStack() as opened:

        async def make(
            db: DbSettings = SQLITE,
            api: ApiSettings = ApiSettings(),  # noqa: B008 - frozen
            processor: ProcessorSettings = ProcessorSettings(),  # noqa: B008 - frozen
            tls: ssl.SSLContext | None = None,
            listening: Listening = Listening(),  # noqa: B008 - frozen
        ) -> Caller:
            settings = Settings(db=db, api=api, processor=processor)
            caller = Caller(settings, UUID, tls, listening)
            await caller.open()
            opened.push_async_callback(caller.aclose)
            return caller

        yield make


@pytest.fixture
async def caller(make_caller: MakeCaller) -> Caller:
    """A caller with the default settings."""
    return await make_caller()
