"""Hostile rows and answers, each through the whole processor, on every store."""

import pytest

from sq_console.config import DbSettings
from tests.faults.scenarios import hostile_cases

pytestmark = pytest.mark.slow


def test_each_hostile_row_and_answer_comes_to_its_own_end(
    store_settings: DbSettings, request: pytest.FixtureRequest
) -> None:
    engine = request.node.callspec.params["store_settings"]

    figures = hostile_cases.run_cases(
        hostile_cases.DatabaseVariant(store_settings, engine), hostile_cases.SHORT
    )

    assert figures.failures == []
