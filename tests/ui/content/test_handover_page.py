"""A handover in words: a ticket shows foreign text letter by letter."""

from datetime import timedelta

import pytest

from sq_console.demo.incident import seed
from sq_console.model import Minute
from sq_console.model.queue_health import VerdictKind
from sq_console.store import Store
from sq_console.ui.content.handover_page import code, handover_lines, plain
from sq_console.ui.state.readings.handover_reading import (
    pending_then,
    read_handover,
)
from tests.store.jobs import add, enter
from tests.ui.jobs import NOW, ago, vitals


def test_foreign_text_is_code_that_ends_where_it_should() -> None:
    assert code("a`b|c") == "`a'b¦c`"
    assert code("\x1b[31mred\nrow").count("`") == 2
    assert "\n" not in code("one\ntwo")
    assert code("") == ""
    assert code("token=abcdefghijkl") == "`token=***`"


def test_words_of_ours_mark_nothing_up() -> None:
    assert plain("a*b|c_d") == "a\\*b\\|c\\_d"


@pytest.mark.mostly_slow(1)
def test_a_handover_has_all_that_the_next_one_must_know(store: Store) -> None:
    seed(store)
    enter(store)

    handover = read_handover(store, "prod@db1/queue", 7_200)
    text = "\n".join(handover_lines(handover, lambda moment: moment))

    assert handover.verdict.kind in (VerdictKind.FAILING, VerdictKind.STUCK)
    for words in (
        "## `prod@db1/queue` at ",
        "404 no route for /v#/orders/notify",
        "deadlock on invoice #",
        "by `anna@ops1`: `ticket 42`; 380 wait",
        "LOST `web3:2270`",
        "`ben@ops2` retry 120 jobs",
        "(380 of them held)",
        "1 processor alive",
    ):
        assert words in text
    assert all(len(line) < 400 for line in text.splitlines())


def test_an_empty_queue_has_a_handover_too(store: Store) -> None:
    lines = handover_lines(read_handover(store, "q", 60), lambda moment: moment)

    assert lines.count("- none") == 4
    assert "0 processors alive" in "\n".join(lines)


def test_what_was_pending_is_reckoned_from_sums_and_ids() -> None:
    minute = Minute(
        NOW,
        succeeded=90,
        failed=10,
        retried=7,
        killed=1,
        duration_ms_sum=1,
        duration_ms_max=1,
    )
    counts = vitals(due=20, waiting=5, running=2).counts

    assert pending_then(counts, (minute,), 120) == 8
    assert pending_then(counts, (minute,), 130) == 0
    assert pending_then(counts, (minute,), 1_000) is None


def test_ids_since_a_moment_are_counted_however_many_there_are(store: Store) -> None:
    add(store, 40)
    store.session.execute(
        "UPDATE queued_job SET created_at = '2026-01-01 00:00:00.000' WHERE id <= 25"
    )
    now = store.reads.now()

    assert store.reads.ids_since(now - timedelta(hours=1)) == 15
    assert store.reads.ids_since(now + timedelta(hours=1)) == 0
    assert store.reads.ids_since(ago(10**8)) == 40
